/**
 * `<copy-field>`: gives the field that the server drew its Copy button. Expects one input, one hidden button and one
 * `[role=status]` inside, see `components/copy-field.tsx`.
 */
class CopyField extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector('input')
    const button = this.querySelector('button')
    const status = this.querySelector('[role=status]')
    if (input === null || button === null || status === null) return
    const said = button.textContent
    button.hidden = false
    input.addEventListener('focus', () => input.select())
    button.addEventListener('click', async () => {
      const copied = await copy(input)
      status.textContent = copied ? 'Copied' : 'Selected: press Ctrl+C or ⌘C to copy'
      button.textContent = copied ? 'Copied' : 'Selected'
      setTimeout(() => {
        button.textContent = said
        status.textContent = ''
      }, 2000)
    })
  }
}

/** The clipboard API exists in secure contexts only (W3C Clipboard API, 7.2); elsewhere the text is left selected. */
async function copy(input: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(input.value)
    return true
  } catch {
    input.select()
    return false
  }
}

customElements.define('copy-field', CopyField)
