/** One thing to mend. `field` is the id of its control; absent when it belongs to no single field. */
export type FieldError = { readonly field?: string | undefined; readonly message: string }

/** All errors of a form on top of it, announced, each a link to its field. Nothing when there are none. */
export function ErrorSummary({
  id = 'errors',
  errors,
}: {
  readonly id?: string
  readonly errors: readonly FieldError[]
}) {
  if (errors.length === 0) return null
  return (
    <div class="notice bad" id={id} role="alert" tabIndex={-1}>
      <p class="notice-head">{errors.length === 1 ? 'One thing to mend' : `${errors.length} things to mend`}</p>
      <ul class="notice-body">
        {errors.map(({ field, message }) => (
          <li key={`${field} ${message}`}>{field === undefined ? message : <a href={`#${field}`}>{message}</a>}</li>
        ))}
      </ul>
    </div>
  )
}
