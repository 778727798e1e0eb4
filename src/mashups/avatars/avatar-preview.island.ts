/** `<avatar-preview>`: draws the avatar anew while the form is filled in, offers a colour picker, and only moods that the style has. */
const WAIT_MS = 150

class AvatarPreview extends HTMLElement {
  #timer: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    const form = this.closest('form')
    if (!form) return
    this.querySelector<HTMLElement>('#show-preview')?.remove()
    addColorPicker(form)
    offerMoods(form)
    form.addEventListener('input', () => {
      offerMoods(form)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#draw(form), WAIT_MS)
    })
  }

  #draw(form: HTMLFormElement): void {
    // Half a colour is none yet.
    if (!isColor(form.querySelector<HTMLInputElement>('#background_color')?.value ?? '')) return
    const { src: base = '', fields = '' } = this.dataset
    const typed = new FormData(form)
    const query = new URLSearchParams()
    for (const name of fields.split(' ')) {
      const text = typed.get(name)
      if (typeof text === 'string' && text !== '') query.set(name, text)
    }
    const shown = this.querySelector('img')
    if (!shown) return
    const next = shown.cloneNode() as HTMLImageElement
    // What cannot be drawn leaves the last drawing where it is.
    next.addEventListener('load', () => shown.isConnected && shown.replaceWith(next), { once: true })
    next.src = `${base}?${query}`
  }
}

/** Beside the text: whoever knows the digits types them, everybody else points at a colour. */
function addColorPicker(form: HTMLFormElement): void {
  const text = form.querySelector<HTMLInputElement>('#background_color')
  if (!text) return
  const picker = document.createElement('input')
  picker.type = 'color'
  picker.id = 'background_color-picker'
  picker.setAttribute('aria-label', 'Pick the background colour')
  const follow = () => {
    if (text.value !== '' && isColor(text.value)) picker.value = `#${text.value.replace('#', '')}`
  }
  picker.addEventListener('input', () => {
    text.value = picker.value.slice(1)
  })
  text.addEventListener('input', follow)
  follow()
  text.after(picker)
}

function isColor(text: string): boolean {
  return /^(#?[0-9a-f]{6})?$/i.test(text.trim())
}

function offerMoods(form: HTMLFormElement): void {
  const moods = form.querySelector<HTMLSelectElement>('#mood')
  const known = form.querySelector<HTMLElement>('[data-moods]')?.dataset['moods']
  if (!moods || !known) return
  const style = new FormData(form).get('style')
  const offered: string[] = JSON.parse(known)[String(style)] ?? []
  for (const option of moods.options) option.disabled = option.value !== '' && !offered.includes(option.value)
  if (moods.selectedOptions[0]?.disabled) moods.value = ''
}

customElements.define('avatar-preview', AvatarPreview)
