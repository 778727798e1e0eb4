import { z } from 'zod'

const headers = z.array(z.tuple([z.string(), z.string()]))

/** A request as it went out, and what came back; a password in it stands as `$PASSWORD`. */
export const exchangeSchema = z.object({
  request: z.object({ method: z.string(), url: z.string(), headers, body: z.string().optional() }),
  /** Absent where the browser itself went there. */
  answer: z.object({ status: z.number(), headers, body: z.string() }).optional(),
})

export type Exchange = Readonly<z.infer<typeof exchangeSchema>>
export type SentRequest = Exchange['request']
export type Answer = NonNullable<Exchange['answer']>

/** A member of a JSON answer, where that is text. */
export function textOf(answer: Answer | undefined, name: string): string | undefined {
  const value = jsonOf(answer)[name]
  return typeof value === 'string' ? value : undefined
}

/** The JSON object of an answer; empty for whatever else it is. */
export function jsonOf(answer: Answer | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer?.body ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

export function headerOf(answer: Answer | undefined, name: string): string | undefined {
  return answer?.headers.find(([one]) => one === name)?.[1]
}
