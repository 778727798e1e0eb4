import { Prose, Tag } from '#ui'
import type { DecodedToken } from '../steps/decode.ts'

const NAMES = { id: 'ID token: who signed in, for the app', access: 'Access token: what the app may do, for an API' }

/** A token taken apart, with the checks that whoever takes it has to make. */
export function Decoded({ token }: { readonly token: DecodedToken }) {
  const { kind, header, claims, checks } = token
  return (
    <section aria-labelledby={`decoded-${kind}`}>
      <Prose>
        <h3 id={`decoded-${kind}`}>{NAMES[kind]}</h3>
        <pre id={`decoded-${kind}-header`}>{JSON.stringify(header, undefined, 2)}</pre>
        <pre id={`decoded-${kind}-claims`}>{JSON.stringify(claims, undefined, 2)}</pre>
      </Prose>
      <ul class="plain stack" id={`decoded-${kind}-checks`}>
        {checks.map(({ what, holds }) => (
          <li key={what}>
            <Tag tone={holds ? 'ok' : 'bad'}>{holds ? 'yes' : 'no'}</Tag> {what}
          </li>
        ))}
      </ul>
    </section>
  )
}
