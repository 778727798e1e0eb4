import { Button, ButtonLink, type Children, type PageContext, Select, type SelectOption, TextInput } from '#ui'

/** A form that only looks: by GET, so that its result has an address. */
export function SearchForm(props: {
  readonly page: PageContext
  readonly id: string
  readonly path: string
  readonly children: Children
}) {
  const { page, id, path } = props
  return (
    <search>
      <form class="form" id={id} method="get" action={page.href(path)}>
        <div class="grid">{props.children}</div>
        <div class="row">
          <Button id={`${id}-submit`} kind="quiet">
            Search
          </Button>
          <a href={page.href(path)}>Show all</a>
        </div>
      </form>
    </search>
  )
}

/** What to look for, and a state to narrow it down to. */
export function SearchFields(props: {
  readonly label: string
  readonly search: string
  readonly state: string
  readonly states: readonly SelectOption[]
}) {
  return (
    <>
      <TextInput
        id="search"
        name="search"
        type="search"
        label={props.label}
        value={props.search}
        maxlength={200}
        optional
      />
      <Select
        id="state"
        name="state"
        label="Which"
        value={props.state}
        options={[{ value: '', label: 'all' }, ...props.states]}
      />
    </>
  )
}

/** The way to the page after this one, where there is one. */
export function NextPage(props: {
  readonly page: PageContext
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Name and value of the parameter that begins it. */
  readonly from: readonly [name: string, value: string | null]
}) {
  const { page, path, query, from } = props
  const [name, value] = from
  if (value === null) return null
  const set = Object.entries({ ...query, [name]: value }).filter(([, text]) => text !== '')
  return (
    <p>
      <ButtonLink id="next-page" kind="quiet" href={page.href(`${path}?${new URLSearchParams(set)}`)}>
        More
      </ButtonLink>
    </p>
  )
}
