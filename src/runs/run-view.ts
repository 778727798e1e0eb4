import type { RunResult } from './definition/result.ts'

export type RunStatus = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled'
export type RunStepStatus = 'waiting' | 'running' | 'done' | 'failed' | 'paused' | 'cancelled'

/** Why a run waits for its owner, and what would let it go on. */
export type Pause = {
  readonly reason: 'connection_required' | 'needs_reconnect' | 'missing_scope'
  readonly provider: string
  readonly scopes: readonly string[]
  /** The connection that went dead or lacks a scope; absent when there is none yet. */
  readonly connection_id?: string
  /** Of a run that has begun: the name in `connect` that is concerned. */
  readonly connect?: string
  /** Of a run that has begun: the provider's accounts as they were then. Only one connected since lets it go on by itself. */
  readonly marks?: readonly string[]
  /** For the person. */
  readonly message: string
}

export type RunStep = {
  readonly name: string
  readonly status: RunStepStatus
  readonly attempts: number
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly message: string | null
  readonly revision: number
}

export type Run = {
  readonly id: string
  readonly ownerId: string
  readonly mashup: string
  readonly version: string
  readonly input: Readonly<Record<string, unknown>>
  readonly submission: string | null
  /** Name in the mash-up's `connect` → connection. */
  readonly connections: Readonly<Record<string, string>>
  readonly status: RunStatus
  readonly pause: Pause | null
  readonly progress: number
  readonly message: string | null
  readonly result: RunResult | null
  readonly error: { readonly code: string; readonly message: string } | null
  /** Grows with every change; the id of live events. */
  readonly revision: number
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

export function isOver(status: RunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled'
}

/** Whether it ever had what it needs: before that its form may still be changed. */
export function hasBegun(run: Pick<Run, 'status' | 'startedAt'>): boolean {
  return run.status !== 'paused' || run.startedAt !== null
}
