import { Notice } from '#ui'

/** Why a person comes back from a provider without an account. */
export type BackReason = 'denied' | 'expired' | 'failed'

export function parseBackReason(text: string | undefined): BackReason | undefined {
  return text === 'denied' || text === 'expired' || text === 'failed' ? text : undefined
}

/** What happened at the provider, and that nothing is lost. */
export function BackNotice(props: { readonly notice: BackReason; readonly provider: string | undefined }) {
  const { notice, provider = 'The provider' } = props
  const [heading, text] = {
    denied: [
      'You did not give the permission',
      `${provider} told us so. Nothing was done, and what you chose is still here.`,
    ],
    expired: [
      'That took too long',
      `The way to ${provider} is open for ten minutes. What you chose is still here: press the button again.`,
    ],
    failed: [
      `${provider} could not be connected`,
      'Nothing was done, and what you chose is still here: press the button again.',
    ],
  }[notice]
  return (
    <Notice id="connect-notice" tone="warn" role="status" heading={heading}>
      <p>{text}</p>
    </Notice>
  )
}
