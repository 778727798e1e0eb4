import {
  Button,
  ButtonLink,
  Card,
  ErrorSummary,
  Form,
  Layout,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'
import type { PROFILE_FIELDS, ProfileFields } from '../profile/parse-profile.ts'

type Wrong = { readonly field: string; readonly message: string }

/** `/account/profile`: every claim of OpenID Connect Core §5.1 that one can say about oneself. */
export function profilePage(props: {
  readonly page: PageContext
  readonly fields: ProfileFields
  readonly errors: readonly Wrong[]
  readonly status?: string | undefined
  /** Where to confirm that it is you before the e-mail address can be changed; undefined when it can be now. */
  readonly confirmHref: string | undefined
}): VNode {
  const { page, fields, errors, status, confirmHref } = props
  const inputs = (shown: readonly Shown[]) =>
    shown.map(({ name, ...rest }) => (
      <TextInput
        key={name}
        id={idOf(name)}
        name={name}
        value={fields[name] ?? ''}
        error={errors.find(({ field }) => field === name)?.message}
        {...rest}
        {...(name === 'email' ? emailRule(page, confirmHref) : {})}
      />
    ))
  return (
    <Layout page={page} title="Profile" status={status}>
      <PageHead
        title="Profile"
        lead="An app sees of this what you allow it to, and nothing before you do. You may leave everything empty."
      />
      <ErrorSummary
        errors={errors.map(({ field, message }) => ({ field: idOf(field), message: `${labelOf(field)}: ${message}` }))}
      />
      <Form page={page} id="profile-form" action={page.href('/account/profile')} novalidate>
        <Card heading="About you">
          <div class="form">{inputs(ABOUT)}</div>
        </Card>
        <Card heading="How to reach you">
          <div class="form">{inputs(REACH)}</div>
        </Card>
        <Card heading="Postal address">
          <div class="form">{inputs(ADDRESS)}</div>
        </Card>
        <div class="row">
          <Button id="profile-save">Save the profile</Button>
          <ButtonLink id="profile-cancel" kind="quiet" href={page.href('/account')}>
            Back
          </ButtonLink>
        </div>
      </Form>
    </Layout>
  )
}

/** Said before anything is typed, so that nothing typed is lost on the way. */
function emailRule(page: PageContext, confirmHref: string | undefined) {
  if (confirmHref === undefined) return {}
  const link = (
    <a id="profile-confirm" href={page.href(confirmHref)}>
      Confirm that it is you
    </a>
  )
  return { readonly: true, hint: <>{link} to change it: you signed in a while ago.</> }
}

type Shown = {
  readonly name: (typeof PROFILE_FIELDS)[number]
  readonly label: string
  readonly hint?: string
  readonly type?: 'url' | 'email' | 'tel'
  readonly autocomplete?: string
  readonly rows?: number
}

const ABOUT: readonly Shown[] = [
  { name: 'name', label: 'Whole name', hint: 'As you want it to be shown.', autocomplete: 'name' },
  { name: 'given_name', label: 'Given name', autocomplete: 'given-name' },
  { name: 'middle_name', label: 'Middle name', autocomplete: 'additional-name' },
  { name: 'family_name', label: 'Family name', autocomplete: 'family-name' },
  { name: 'nickname', label: 'Nickname', autocomplete: 'nickname' },
  { name: 'gender', label: 'Gender', autocomplete: 'sex' },
  { name: 'birthdate', label: 'Date of birth', hint: '1990-12-31; 0000-12-31 without the year; or 1990.' },
  { name: 'profile', label: 'Page about you', type: 'url' },
  { name: 'picture', label: 'Picture of you', hint: 'The address of an image.', type: 'url' },
  { name: 'website', label: 'Website', type: 'url', autocomplete: 'url' },
  { name: 'zoneinfo', label: 'Time zone', hint: 'By its name, such as Europe/Paris.' },
  { name: 'locale', label: 'Language', hint: 'As a tag, such as en-GB or fr.' },
]

const REACH: readonly Shown[] = [
  { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email' },
  {
    name: 'phone_number',
    label: 'Phone number',
    hint: 'With the country code: +33 …',
    type: 'tel',
    autocomplete: 'tel',
  },
]

const ADDRESS: readonly Shown[] = [
  { name: 'address.street_address', label: 'Street and number', rows: 2, autocomplete: 'street-address' },
  { name: 'address.postal_code', label: 'Postal code', autocomplete: 'postal-code' },
  { name: 'address.locality', label: 'Town', autocomplete: 'address-level2' },
  { name: 'address.region', label: 'Region', autocomplete: 'address-level1' },
  { name: 'address.country', label: 'Country', autocomplete: 'country-name' },
]

function labelOf(field: string): string {
  return [...ABOUT, ...REACH, ...ADDRESS].find(({ name }) => name === field)?.label ?? field
}

function idOf(field: string): string {
  return `profile-${field.replace('.', '-')}`
}
