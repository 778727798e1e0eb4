import { Notice } from '#ui'

/** Said before somebody signs in: what a guest did is not lost, and not taken over by itself. */
export function GuestNotice() {
  return (
    <Notice id="guest-things">
      <p>
        What was done in this browser as a guest does not move into your account by itself: you are asked about it next.
      </p>
    </Notice>
  )
}
