import type { Page } from 'playwright-core'
import type { Client } from './client.ts'

/** Signs in at the sandbox as a persona and allows what is asked. */
export async function agree(page: Page, persona: 'ana' | 'bob' | 'chen' | 'zoe'): Promise<void> {
  await page.locator(`#persona-${persona}`).click()
  await page.locator('#consent-allow').click()
}

/** The run whose page is shown. */
export function runIdOf(page: Page): string {
  const id = /\/runs\/([\w-]{36})/.exec(page.url())?.[1]
  if (id === undefined) throw new Error(`not the page of a run: ${page.url()}`)
  return id
}

export type RunJson = {
  readonly id: string
  readonly mashup: string
  readonly status: string
  readonly progress: number
  readonly pause?: { readonly reason: string; readonly message: string; readonly connect_url: string }
  readonly error?: { readonly code: string; readonly message: string }
  readonly result?: {
    readonly title: string
    readonly image: { readonly file: { readonly id: string; readonly size: number } }
    readonly links: readonly { readonly href: string; readonly label: string }[]
  }
  readonly steps: readonly {
    readonly name: string
    readonly status: string
    readonly attempts: number
    readonly started_at: string | null
    readonly finished_at: string | null
    readonly message?: string
  }[]
}

export async function readRun(client: Client, id: string): Promise<RunJson> {
  const answer = await client.getJson(`/api/runs/${id}`)
  if (answer.status !== 200) throw new Error(`run ${id}: ${answer.status} ${answer.text}`)
  return JSON.parse(answer.text)
}

/** Asks for a run until it is as wanted. @throws after 20 s, unless told another time, with how it was last */
export async function runUntil(
  client: Client,
  id: string,
  wanted: (run: RunJson) => boolean,
  patienceMs = 20_000,
): Promise<RunJson> {
  const end = performance.now() + patienceMs
  for (;;) {
    const run = await readRun(client, id)
    if (wanted(run)) return run
    if (performance.now() > end) throw new Error(`still waiting for the run: ${JSON.stringify(run)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const isStatus = (status: string) => (run: RunJson) => run.status === status
