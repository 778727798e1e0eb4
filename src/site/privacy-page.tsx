import { Layout, type PageContext, PageHead, Prose } from '#ui'

export function PrivacyPage({ page }: { readonly page: PageContext }) {
  return (
    <Layout page={page} title="What is asked, kept, and for how long">
      <PageHead title="What is asked, kept, and for how long" lead="In full, and in words. There is nothing else." />
      <Prose>
        <h2>What is asked of your accounts</h2>
        <p>
          A form says beforehand which account it needs, what for, and with which permission. Of Google that is the
          permission to create files in your Drive (<code>drive.file</code>): with it this server sees the files it made
          itself and no others. Your name, e-mail address and picture are read so that you can tell your accounts apart.
          Of Discord it is your name, picture and id (<code>identify</code>), and nothing more; what an avatar is drawn
          from, mostly that name, goes to a DiceBear server where whoever runs Trivet has named one.
        </p>
        <h2>What is kept</h2>
        <ul>
          <li>What you entered in a form, and the steps and results of the run it began: until the run is removed.</li>
          <li>
            The keys that providers give us for your account, sealed with AES-256-GCM. They are used to do what you
            asked and are shown to nobody, you included.
          </li>
          <li>
            Pictures of cats and of profiles, once per address, in a cache; and a copy of the ones that your run used.
          </li>
          <li>
            If you make an account: your user name, what you enter in your profile, your password as an Argon2id hash,
            what you allowed which app, and for 90 days when and from where somebody signed in or tried to.
          </li>
          <li>
            If you add a passkey: its public key, and the name that you gave it. If you set up codes from an app: the
            key of the app, sealed, and your recovery codes as hashes. All of it until you remove it.
          </li>
          <li>
            If you sign in with Google or Discord: which account it is there, by its number, and its name, until you
            unlink it. Nothing else of it is read, and no key to it is kept. Your e-mail address there is compared with
            nothing.
          </li>
          <li>
            One cookie that keeps you apart from other visitors. No third party is asked for anything by these pages.
          </li>
        </ul>
        <h2>For how long</h2>
        <ul>
          <li>A guest that does nothing for 30 days is removed, with runs, files and connections.</li>
          <li>Your cookie ends after 12 idle hours, and after 30 days in any case.</li>
          <li>
            A connection stays until you disconnect it on <a href={page.href('/connections')}>Connections</a>, or take
            the permission back at the provider. Disconnecting deletes the keys here at once and tells the provider to
            drop them.
          </li>
          <li>An unfinished way to a provider is forgotten after ten minutes.</li>
          <li>
            A link for a new password ends after 15 minutes, one that confirms an e-mail address after a day. A letter
            that your mail server refused is remembered for a week, without the name of your mailbox.
          </li>
          <li>
            What you tried out in the <a href={page.href('/playground')}>playground</a> goes after an hour, or when you
            press Forget there.
          </li>
        </ul>
      </Prose>
    </Layout>
  )
}
