import { Notice } from '#ui'

/** Said before somebody signs in: what a guest did is not taken over by itself. */
export function GuestNotice() {
  return (
    <Notice id="guest-things">
      <p>The runs and connections that you began as a guest stay with the guest and do not move into your account.</p>
    </Notice>
  )
}
