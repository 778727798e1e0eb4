/** A whole mash-up: a form, an account, three steps, a result. Works as it is, with the sandbox and with the real Google. */
export function mashupTemplate(id: string): string {
  const words = id.replaceAll(/[-_]+/g, ' ').trim()
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return `import { googleDrive, mashup, textField } from 'trivet/mashup'

export default mashup('${id}', {
  title: '${title}',
  summary: 'Write a line, find it as a file in your Google Drive.',
  submit: 'Save it to my Drive',
  running: 'Saving your line',
  again: 'Save another one',

  // What is asked first. The form is kept while the person is at Google.
  form: { line: textField({ label: 'Your line' }) },

  // Accounts that are needed, and what for: the person is asked for exactly this.
  connect: { drive: googleDrive({ scopes: ['drive.file'], why: 'to save one file in your Drive' }) },

  // What the page shows beforehand. A step is done once, also when the server is restarted in the middle of it all.
  steps: ['Write the file', 'Reserve a file id', 'Save it to your Drive'],

  async run({ input, drive, step }) {
    const file = await step('Write the file', ({ files }) =>
      files.write({ name: '${id}.txt', type: 'text/plain', source: Buffer.from(input.line), maxBytes: 10_000 }),
    )
    // A step of its own: the id is kept before the upload begins, so that an upload that is repeated leaves one file.
    const id = await step('Reserve a file id', ({ signal }) => drive.newFileId({ signal }))
    const saved = await step('Save it to your Drive', async ({ signal, say }) => {
      const uploaded = await drive.upload({ id, file, signal })
      say(\`as \${drive.accountName}\`)
      return uploaded
    })
    return {
      title: 'Your line is in your Drive',
      table: [
        { name: 'File', value: saved.name },
        { name: 'In the Drive of', value: drive.accountName },
      ],
      links: [{ href: saved.webViewLink, label: 'Open in Drive' }],
    }
  },
})
`
}
