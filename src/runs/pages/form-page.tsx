import type { ConnectionView } from '#connections'
import { Button, Card, ErrorSummary, Form, Layout, Notice, type PageContext, PageHead, Select, type VNode } from '#ui'
import type { LoadedForm } from '../definition/form.ts'
import type { Mashup } from '../definition/mashup.ts'
import { filledForm } from '../filled-form.ts'
import type { Need } from '../needs.ts'
import { BackNotice, type BackReason } from './back-notice.tsx'
import { type Source, Sources } from './sources.tsx'

export type FormPageProps = {
  readonly page: PageContext
  readonly mashup: Mashup
  readonly loaded: LoadedForm
  readonly texts: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
  readonly submission: string
  readonly needs: readonly Need[]
  /** Of all that the mash-up uses, accounts and services. */
  readonly sources: readonly Source[]
  readonly accounts: readonly ConnectionView[]
  readonly notice: BackReason | undefined
  /** What the mash-up draws beside its fields. */
  readonly beside?: VNode | undefined
}

/** The form of a mash-up: its fields, what will be asked of which account and why, and one button. */
export function FormPage({
  page,
  mashup,
  loaded,
  texts,
  errors,
  submission,
  needs,
  sources,
  accounts,
  notice,
  beside,
}: FormPageProps) {
  const fields = Object.entries(mashup.form)
  const wrong = fields.flatMap(([name]) => (errors[name] === undefined ? [] : [{ field: name, message: errors[name] }]))
  const unset = needs.filter((need) => need.source === 'unset')
  return (
    <Layout page={page} title={mashup.title} description={mashup.summary} islands={mashup.islands ?? []}>
      <PageHead title={mashup.title} lead={mashup.summary} />
      {notice === undefined ? null : <BackNotice notice={notice} provider={needs[0]?.providerName} />}
      <Sources sources={sources} />
      {unset.map((need) => (
        <Notice key={need.name} tone="warn" heading={`${need.providerName} is not set up on this server`}>
          <p>
            Whoever runs it finds the way on <a href={page.href(`/setup/${need.provider}`)}>the set-up page</a>.
          </p>
        </Notice>
      ))}
      <Card>
        <Form
          page={page}
          id="start"
          action={page.href(`${mashup.path}/${mashup.action}`)}
          hidden={{ submission }}
          novalidate
        >
          <ErrorSummary errors={wrong} />
          <div class={beside === undefined ? undefined : 'two'}>
            <div class="form">
              {fields.map(([name, field]) => (
                <div key={name}>
                  {field.draw({
                    name,
                    label: field.label,
                    hint: field.hint,
                    text: texts[name],
                    error: errors[name],
                    loaded: loaded[name],
                    href: page.href,
                  })}
                </div>
              ))}
              {needs.map((need) => (
                <Consent
                  key={need.name}
                  need={need}
                  accounts={accounts.filter((one) => one.provider === need.provider)}
                  another={page.href(anotherAccount(need, mashup, texts))}
                />
              ))}
              <div class="row">
                <Button id="submit" disabled={unset.length > 0}>
                  {mashup.submit}
                </Button>
              </div>
            </div>
            {/* After the button: Enter in a field presses the first one there is (HTML §4.10.22.2). */}
            {beside}
          </div>
        </Form>
      </Card>
    </Layout>
  )
}

/** Said beforehand: who will be asked, for what and why; or as whom it will happen without a question. */
function Consent(props: {
  readonly need: Need
  readonly accounts: readonly ConnectionView[]
  /** Where a further account of the provider is connected. */
  readonly another: string
}) {
  const { need, accounts, another } = props
  const { usability, providerName, why } = need
  if (usability.status !== 'usable') {
    const again = usability.status === 'missing' ? '' : ` again, as ${usability.connection.accountName},`
    return (
      <Notice id={`consent-${need.name}`}>
        <p>
          {providerName} will ask you{again} to let Trivet <b>{need.allows.join(', and ')}</b>, {why}. You can take that
          back at any time.
        </p>
      </Notice>
    )
  }
  const active = accounts.filter((account) => account.status === 'active')
  if (active.length > 1) {
    return (
      <Select
        id={`account_${need.name}`}
        name={`account_${need.name}`}
        label={`${providerName} account`}
        hint={
          <>
            It is used {why}. <a href={another}>Use another account</a>
          </>
        }
        value={usability.connection.id}
        options={active.map((account) => ({ value: account.id, label: account.accountName }))}
      />
    )
  }
  return (
    <Notice id={`consent-${need.name}`} tone="ok">
      <p>
        As <b>{usability.connection.accountName}</b> at {providerName}, {why}. Nothing more will be asked.{' '}
        <a href={another}>Use another account</a>
      </p>
    </Notice>
  )
}

/** The way to a further account, and back to the form as it is. */
function anotherAccount(need: Need, mashup: Mashup, texts: Readonly<Record<string, string>>): string {
  const back = filledForm(mashup, texts)
  const query = new URLSearchParams({ scopes: need.scopes.join(' '), choose_account: 'yes', return_to: back })
  return `/connect/${need.provider}?${query}`
}
