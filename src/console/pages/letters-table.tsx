import type { LetterTrouble } from '#mail'
import { Table, Time } from '#ui'

/** Letters that no mail server has taken, the latest first. */
export function LettersTable({ letters }: { readonly letters: readonly LetterTrouble[] }) {
  return (
    <Table
      id="letters"
      caption="Letters that could not be sent, the latest first"
      captionHidden
      headers={['Ordered', 'About', 'What came of it', 'Tries', 'Why']}
      rows={letters.map(({ id, kind, orderedAt, tries, failure, isGivenUp }) => [
        <Time key={id} at={orderedAt} />,
        kind.replaceAll('_', ' '),
        isGivenUp ? 'given up' : 'tried again',
        String(tries),
        failure,
      ])}
    />
  )
}
