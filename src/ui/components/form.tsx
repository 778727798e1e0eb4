import type { Children } from '../jsx.ts'
import type { PageContext } from '../page-context.ts'

export type FormProps = {
  readonly page: PageContext
  readonly id?: string | undefined
  /** A final URL: `page.href('/cats/create_cat_request')`. */
  readonly action: string
  /** Sends files too (`multipart/form-data`). */
  readonly multipart?: boolean | undefined
  /** Hidden fields by name, such as `submission` or `interaction`. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  /** Leaves all checking to the server. */
  readonly novalidate?: boolean | undefined
  readonly children: Children
}

/** A form that posts, with the CSRF token of the page as field `csrf`. `data-*` and `aria-*` pass through. */
export function Form({ page, multipart = false, hidden = {}, children, ...rest }: FormProps) {
  return (
    <form {...rest} class="form" method="post" enctype={multipart ? 'multipart/form-data' : undefined}>
      <input type="hidden" name="csrf" value={page.csrf} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}
