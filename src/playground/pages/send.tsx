import { Button, type Children } from '#ui'

/** The button of a step, as wide as its words. */
export function Send({ id, children }: { readonly id: string; readonly children: Children }) {
  return (
    <div class="row">
      <Button id={id}>{children}</Button>
    </div>
  )
}
