import { Duration } from './duration.tsx'

/** Where a step stands. */
export type StepStatus = 'waiting' | 'running' | 'done' | 'failed' | 'paused' | 'cancelled' | 'skipped'

/** One step as the timeline shows it. */
export type TimelineStep = {
  readonly name: string
  readonly status: StepStatus
  /** A few words about it: "Bengal, 1600 × 1200, JPEG". */
  readonly message?: string | undefined
  /** How long it took, or takes so far. */
  readonly seconds?: number | undefined
  /** Said from the second attempt on. */
  readonly attempts?: number | undefined
}

/**
 * The steps of a run, one under the other.
 *
 * Hooks for an island that keeps it live; CSS draws everything else from `data-status`:
 * - `ol[data-timeline]` the list
 * - `li[data-step="<name>"]` a step; set `data-status` to a StepStatus, and `aria-current="step"` on the running one
 * - inside it `[data-status-text]` the status as a word (the same word as in `data-status`), `[data-message]`,
 *   `[data-attempts]` ("2 attempts", else empty) and `[data-seconds]` ("2.6 s", else empty): set their text;
 *   empty ones take no room
 */
export function Timeline({
  id,
  label,
  steps,
}: {
  readonly id: string
  readonly label: string
  readonly steps: readonly TimelineStep[]
}) {
  return (
    <ol class="timeline" id={id} aria-label={label} data-timeline>
      {steps.map((step) => (
        <Step key={step.name} {...step} />
      ))}
    </ol>
  )
}

function Step({ name, status, message, seconds, attempts = 1 }: TimelineStep) {
  return (
    <li class="step" data-step={name} data-status={status} aria-current={status === 'running' ? 'step' : undefined}>
      <span class="step-dot" aria-hidden="true" />
      <div class="step-body">
        <span class="step-name">{name}</span>
        <span class="step-status" data-status-text>
          {status}
        </span>
        <span class="step-message" data-message>
          {message}
        </span>
        <span class="step-message" data-attempts>
          {attempts > 1 ? `${attempts} attempts` : null}
        </span>
      </div>
      <span class="step-time" data-seconds>
        {seconds === undefined ? null : <Duration seconds={seconds} />}
      </span>
    </li>
  )
}
