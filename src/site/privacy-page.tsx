import { Layout, type PageContext, PageHead, Prose } from '#ui'

export function PrivacyPage({ page }: { readonly page: PageContext }) {
  return (
    <Layout page={page} title="What is asked, kept, and for how long">
      <PageHead
        title="What is asked, kept, and for how long"
        lead="In full, and in words: of every table of the database, and of every cookie."
      />
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
            asked and are shown to nobody, you included. When they were renewed, and whether that worked, for a week.
          </li>
          <li>
            Pictures of cats and of profiles, once per address, in a cache; and a copy of the ones that your run used.
          </li>
          <li>
            If you make an account: your user name, what you enter in your profile, your password as an Argon2id hash,
            what you allowed which app, and for 90 days when, from which address and with which browser somebody signed
            in or tried to.
          </li>
          <li>
            An e-mail address, if you enter one. Letters go there: a link that confirms it, a link for a new password,
            word that it was changed. To whom one is to go is kept until the mail server has taken it, a day at most.
          </li>
          <li>
            What was changed, when, from which address and by whom, in an audit log that administrators read, for a
            year: an account signed up, linked, joined with what a guest had, or switched off; a passkey, a code or a
            password set or taken away; an app registered or changed; a key changed. You stand in it by a random id. It
            is not removed with your account: from then on the id is nobody&rsquo;s.
          </li>
          <li>
            Apps that you register, with what you entered about them and their secrets as hashes. Of apps that you let
            in: what they may have and until when, and their tokens as hashes.
          </li>
          <li>
            Counts that stop whoever tries too often. Of wrong passwords, wrong codes, new accounts and letters: by
            hashes of names and networks, made with a key, for a day after the last. Of begun sign-ins and registered
            apps: by the network you come from, for an hour.
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
            Up to five cookies, none of which follows you anywhere else: one keeps you apart from other visitors and
            knows that you are signed in; one guards the forms of who has no account yet; three live for minutes or an
            hour while you show a second factor, choose a new password, or try the playground. There are two more on the
            hosts of apps that this server stands in front of, which know that you are signed in there. No third party
            is asked for anything by these pages.
          </li>
          <li>
            Not in the log of requests: from which address they came, with which browser, and what stands in an address
            after its question mark. Only requests to APIs behind this server are logged with the address they came
            from.
          </li>
        </ul>
        <h2>For how long</h2>
        <ul>
          <li>A guest that does nothing for 30 days is removed, with runs, files and connections.</li>
          <li>You are signed out after 12 idle hours, and after 30 days in any case; administrators after 8 hours.</li>
          <li>
            An account stays until you delete it, and with it goes everything of it but the audit log. What an app may
            have goes an hour after it has ended. An app that nobody registered by name and nobody used for 30 days is
            forgotten.
          </li>
          <li>
            A connection stays until you disconnect it on <a href={page.href('/connections')}>Connections</a>, or take
            the permission back at the provider. Disconnecting deletes the keys here at once and tells the provider to
            drop them.
          </li>
          <li>
            An unfinished way to a provider is forgotten after ten minutes. What an app asks you for, while you decide,
            is forgotten after half an hour.
          </li>
          <li>
            A link for a new password ends after 15 minutes, one that confirms an e-mail address after a day. A letter
            that the mail server refused is remembered for a week, without the name of your mailbox.
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
