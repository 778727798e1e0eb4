import { TextInput } from '#ui'
import { LEAST_PASSWORD } from '../passwords/rules.ts'

/** Where a name is chosen. */
export const NAME_HINT = 'Others can see it. Letters and digits, and dots, hyphens or underscores between them.'

/** Ids are fixed (interfaces, "People"); `hint` where a name is chosen. */
export function UsernameField(props: {
  readonly value: string
  readonly hint?: string
  /** For who signs in: passkeys are offered beside names (WebAuthn §5.1.4). */
  readonly offersPasskeys?: boolean
  readonly error: string | undefined
}) {
  return (
    <TextInput
      id="username"
      name="username"
      label="Username"
      {...(props.hint === undefined ? {} : { hint: props.hint })}
      value={props.value}
      required
      autocomplete={props.offersPasskeys ? 'username webauthn' : 'username'}
      autocapitalize="none"
      spellcheck={false}
      error={props.error}
    />
  )
}

/** For a password that is chosen: the first one, or the next. */
export function NewPasswordField(props: {
  readonly id: 'password' | 'next-password'
  readonly name: 'password' | 'new_password'
  readonly label: string
  readonly error: string | undefined
}) {
  return (
    <TextInput
      {...props}
      type="password"
      hint={`At least ${LEAST_PASSWORD} characters; 15 or more are better. Four words in a row are good.`}
      required
      autocomplete="new-password"
    />
  )
}
