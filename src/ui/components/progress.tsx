import { Duration } from './duration.tsx'

export type ProgressProps = {
  readonly id: string
  /** What progresses, for those who do not see the bar: "Saving your cat". */
  readonly label: string
  /** From 0 to 1; absent while nobody can tell. */
  readonly value?: number | undefined
  /** What is happening: "uploading 1.4 of 2.3 MB". */
  readonly sentence?: string | undefined
  /** Elapsed so far. */
  readonly seconds?: number | undefined
}

/**
 * A bar with a number and a sentence.
 *
 * Hooks for an island that keeps it live: `progress[data-progress]` (set `value`, from 0 to 100; remove it while
 * nobody can tell), and the text of `[data-progress-number]` ("62 %"), `[data-progress-sentence]` (a polite live
 * region: change it at most every few seconds) and `[data-progress-elapsed]` ("3 s").
 */
export function Progress({ id, label, value, sentence, seconds }: ProgressProps) {
  const percent = value === undefined ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div class="progress">
      <progress id={id} aria-label={label} max="100" value={percent} data-progress>
        {percent === undefined ? null : `${percent} %`}
      </progress>
      <p class="progress-line">
        <span class="progress-number" data-progress-number>
          {percent === undefined ? null : `${percent} %`}
        </span>
        <span role="status" data-progress-sentence>
          {sentence}
        </span>
        <span class="progress-elapsed" data-progress-elapsed>
          {seconds === undefined ? null : <Duration seconds={seconds} />}
        </span>
      </p>
    </div>
  )
}
