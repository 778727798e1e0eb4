/** `<choices-search>`: a search field over a grid of choices, which without JavaScript is just scrolled. */
class ChoicesSearch extends HTMLElement {
  connectedCallback(): void {
    const grid = this.querySelector('[data-choices]')
    if (!grid) return
    const input = document.createElement('input')
    const status = document.createElement('p')
    input.type = 'search'
    input.className = 'input'
    input.placeholder = this.dataset['label'] ?? 'Search'
    input.setAttribute('aria-label', this.dataset['label'] ?? 'Search')
    status.className = 'hint'
    status.setAttribute('role', 'status')
    grid.before(input, status)
    input.addEventListener('input', () => {
      const shown = filter(grid, input.value)
      status.textContent =
        input.value === '' ? '' : shown === 0 ? `Nothing is called “${input.value}”` : `${shown} found`
    })
    // Enter in the search field must not send the form: it takes the only card that is left.
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      const left = grid.querySelectorAll<HTMLInputElement>('[data-choice]:not([hidden]) input')
      if (left.length === 1) left[0]?.click()
    })
    grid.querySelector<HTMLElement>('input:checked')?.closest('[data-choice]')?.scrollIntoView({ block: 'nearest' })
  }
}

function filter(grid: Element, words: string): number {
  const wanted = words.trim().toLowerCase().split(/\s+/)
  let shown = 0
  for (const card of grid.querySelectorAll<HTMLElement>('[data-choice]')) {
    const text = card.textContent.toLowerCase()
    card.hidden = !wanted.every((word) => text.includes(word))
    if (!card.hidden) shown += 1
  }
  return shown
}

customElements.define('choices-search', ChoicesSearch)
