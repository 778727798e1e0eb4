import type { Avatar, DiscordProfile } from '#apis'
import type { Run } from '#runs'
import type { FileRef } from '#storage'

/** What a run keeps for the page of its avatar. */
export type AvatarResult = {
  readonly avatar: Avatar
  readonly file: FileRef
  readonly profile: DiscordProfile
  /** None where it could not be had. */
  readonly picture: FileRef | null
}

/** Only runs of this mash-up, whose result is what its `run` gave, are read by this. */
export function avatarResult(run: Run): AvatarResult | undefined {
  return run.mashup === 'avatars' ? (run.result?.data as AvatarResult | undefined) : undefined
}
