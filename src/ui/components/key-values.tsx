import type { Children } from '../jsx.ts'

export type KeyValue = { readonly label: string; readonly value: Children; readonly id?: string | undefined }

/** Facts by name, as a description list; `id` goes to the value. */
export function KeyValues({ id, items }: { readonly id?: string | undefined; readonly items: readonly KeyValue[] }) {
  return (
    <dl class="key-values" id={id}>
      {items.map((item) => (
        <div key={item.label}>
          <dt>{item.label}</dt>
          <dd id={item.id}>{item.value}</dd>
        </div>
      ))}
    </dl>
  )
}
