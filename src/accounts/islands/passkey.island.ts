import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'

/**
 * `<passkey-sign-in>` and `<passkey-add>`: hidden until this runs, for nothing in them works without. Each has a form
 * with a field `credential`, one button of type `button`, a `[role=status]`, and in `data-options` what the browser is
 * asked for. What the passkey answers goes with the form. What is marked `data-without-passkeys` goes.
 */
abstract class PasskeyForm extends HTMLElement {
  connectedCallback(): void {
    if (!browserSupportsWebAuthn()) return
    this.hidden = false
    for (const one of document.querySelectorAll<HTMLElement>('[data-without-passkeys]')) one.hidden = true
    this.querySelector('button')?.addEventListener('click', () => {
      if (this.querySelector('form')?.reportValidity()) void this.ask(false)
    })
    void this.start()
  }

  protected async start(): Promise<void> {}

  protected abstract answer(options: string, isAutofill: boolean): Promise<unknown>

  protected async ask(isAutofill: boolean): Promise<void> {
    const status = this.querySelector('[role=status]')
    const field = this.querySelector<HTMLInputElement>('input[name=credential]')
    try {
      const answer = await this.answer(this.dataset['options'] ?? '{}', isAutofill)
      if (field) field.value = JSON.stringify(answer)
      this.querySelector('form')?.requestSubmit()
    } catch (error) {
      if (!isAutofill && status) status.textContent = describe(error)
    }
  }
}

class PasskeySignIn extends PasskeyForm {
  /** Passkeys in the list of the username field (WebAuthn §5.1.4, conditional mediation), where the browser has that. */
  protected override async start(): Promise<void> {
    if (this.dataset['autofill'] !== undefined && (await browserSupportsWebAuthnAutofill())) await this.ask(true)
  }

  protected answer(options: string, useBrowserAutofill: boolean): Promise<unknown> {
    return startAuthentication({ optionsJSON: JSON.parse(options), useBrowserAutofill })
  }
}

class PasskeyAdd extends PasskeyForm {
  protected answer(options: string): Promise<unknown> {
    return startRegistration({ optionsJSON: JSON.parse(options) })
  }
}

/** Browsers say little about why, on purpose (WebAuthn §14.5.1). */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'InvalidStateError') return 'This device has a passkey of yours already.'
  return 'Nothing was done: it was cancelled, it took too long, or there is no passkey for it here.'
}

customElements.define('passkey-sign-in', PasskeySignIn)
customElements.define('passkey-add', PasskeyAdd)
