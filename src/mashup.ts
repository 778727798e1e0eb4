/**
 * `trivet/mashup`: all that a mash-up outside the repository may import.
 *
 * A file in the folder `mashups` exports one by default, and has its page at `/<id>`:
 *
 * ```ts
 * import { googleDrive, mashup, textField } from 'trivet/mashup'
 *
 * export default mashup('note', {
 *   title: 'A note', summary: '…', submit: 'Save it', running: 'Saving it', again: 'Another one',
 *   form: { text: textField({ label: 'What to note' }) },
 *   connect: { drive: googleDrive({ scopes: ['drive.file'], why: 'to save the note in your Drive' }) },
 *   steps: ['Write the file', 'Reserve a file id', 'Save it'],
 *   async run({ input, drive, step }) { … return { title: 'Saved' } },
 * })
 * ```
 *
 * - A step is done once: what it returns (plain data, at most 256 kB of JSON) is kept, and a run that goes on after a
 *   crash gets that instead of doing it again. What has an effect belongs into a step, and each has a name of its own.
 * - Bytes go into files of the run: `files.write` of a step, which gives the `FileRef` to return.
 * - A step that throws a `Failure` says by its `kind` what happens next: tried again, waited, paused for the person, or
 *   over. Clients of this module throw them as they should be; any other error ends the run.
 *
 * docs/tutorial/your-first-mashup.md shows all of it, from an empty folder.
 */
export {
  type Avatar,
  type AvatarStyle,
  type Breed,
  type Cat,
  type CatApi,
  catApi,
  type DiceBear,
  type DiscordProfile,
  type DriveFile,
  diceBear,
  discord,
  googleDrive,
  type MashupDiscord,
  type MashupDrive,
} from '#apis'
export { Failure, type FailureData, type FailureKind } from '#base'
export { type Pictures, pictureCache } from '#pictures'
export {
  choiceField,
  type FormField,
  type Mashup,
  mashup,
  type RunResult,
  type StepContext,
  textField,
} from '#runs'
export type { FileRef } from '#storage'
