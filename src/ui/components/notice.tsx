import type { Children } from '../jsx.ts'

/** What a notice or a tag is about: told by colour and by its mark. */
export type Tone = 'info' | 'ok' | 'warn' | 'bad'

export type NoticeProps = {
  readonly id?: string | undefined
  readonly tone?: Tone | undefined
  readonly heading?: Children
  /** `status` is announced when it changes, `alert` at once; nothing for what is there from the start. */
  readonly role?: 'status' | 'alert' | undefined
  readonly hidden?: boolean | undefined
  readonly children?: Children
}

/** Something to know before going on. The heading says the tone in words. `data-*` and `aria-*` pass through. */
export function Notice({ tone = 'info', heading, children, ...rest }: NoticeProps) {
  return (
    <div {...rest} class={`notice ${tone}`}>
      {heading === undefined ? null : <p class="notice-head">{heading}</p>}
      {children === undefined ? null : <div class="notice-body">{children}</div>}
    </div>
  )
}
