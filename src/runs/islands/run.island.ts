/**
 * `<run-live>`: keeps the page of a run live over SSE. When the run's status changes the server draws the page anew,
 * so that nothing is said in two places.
 */
type StepEvent = {
  name: string
  status: string
  message?: string
  attempts: number
  started_at: string | null
  finished_at: string | null
}
type ProgressEvent = { progress: number; message: string | null }

const RELOAD_MS = 5000

class RunLive extends HTMLElement {
  #events: EventSource | undefined
  #clock: ReturnType<typeof setInterval> | undefined

  connectedCallback(): void {
    const url = this.dataset['events']
    if (url === undefined) return
    const began = Date.now() - Number(this.dataset['elapsed'] ?? 0) * 1000
    this.#clock = setInterval(
      () => setText(this, '[data-progress-elapsed]', `${Math.round((Date.now() - began) / 1000)} s`),
      1000,
    )
    this.#events = new EventSource(url)
    // Refused for good, such as by a session that is over: the browser does not come back by itself, the page does.
    this.#events.addEventListener('error', () => {
      if (this.#events?.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), RELOAD_MS)
    })
    this.#events.addEventListener('step', (event) => this.#step(JSON.parse(event.data)))
    this.#events.addEventListener('progress', (event) => this.#progress(JSON.parse(event.data)))
    this.#events.addEventListener('status', (event) => this.#status(JSON.parse(event.data)))
  }

  disconnectedCallback(): void {
    this.#events?.close()
    clearInterval(this.#clock)
  }

  #step(step: StepEvent): void {
    const item = this.querySelector<HTMLElement>(`[data-step="${CSS.escape(step.name)}"]`)
    if (!item) return
    item.dataset['status'] = step.status
    if (step.status === 'running') item.setAttribute('aria-current', 'step')
    else item.removeAttribute('aria-current')
    setText(item, '[data-status-text]', step.status)
    setText(item, '[data-message]', step.message ?? '')
    setText(item, '[data-attempts]', step.attempts > 1 ? `${step.attempts} attempts` : '')
    if (step.started_at && step.finished_at) {
      const seconds = (Date.parse(step.finished_at) - Date.parse(step.started_at)) / 1000
      setText(item, '[data-seconds]', `${seconds.toFixed(1)} s`)
    }
  }

  #progress({ progress, message }: ProgressEvent): void {
    const percent = Math.round(progress * 100)
    const bar = this.querySelector<HTMLProgressElement>('progress[data-progress]')
    if (bar) bar.value = percent
    setText(this, '[data-progress-number]', `${percent} %`)
    if (message) setText(this, '[data-progress-sentence]', message)
  }

  #status({ status }: { status: string }): void {
    if (status === this.dataset['status'] || (status === 'running' && this.dataset['status'] === 'queued')) return
    this.#events?.close()
    location.reload()
  }
}

function setText(root: HTMLElement, selector: string, text: string): void {
  const element = root.querySelector(selector)
  if (element && element.textContent !== text) element.textContent = text
}

customElements.define('run-live', RunLive)
