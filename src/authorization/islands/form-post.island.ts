/** `<form-post>`: sends the form inside at once. */
class FormPost extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('form')?.requestSubmit()
  }
}

customElements.define('form-post', FormPost)
