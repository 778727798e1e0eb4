import { Button, Card, ErrorSummary, type FieldError, Form, Layout, type PageContext, TextInput, type VNode } from '#ui'
import type { AskingApp } from '../login/asking-app.ts'
import { SignInHead } from './sign-in-head.tsx'

/** `/login/code`: the second of two factors. */
export function codePage(props: {
  readonly page: PageContext
  readonly app: AskingApp | undefined
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, app, errors } = props
  return (
    <Layout page={page} title="Enter a code" width="narrow">
      <SignInHead
        title="One more step"
        lead="Your account asks for a code as well. You are not signed in yet."
        app={app}
      />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="code-form" action={page.href('/login/code')}>
          <TextInput
            id="code"
            name="code"
            label="Code"
            hint="The six digits that your authenticator app shows now. Without the app: one of your recovery codes."
            required
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck={false}
            maxlength={60}
            error={errors.find(({ field }) => field === 'code')?.message}
          />
          <div class="row">
            <Button id="code-submit">Sign in</Button>
            <Button id="code-cancel" kind="quiet" name="cancel" value="yes" formnovalidate>
              Cancel
            </Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
