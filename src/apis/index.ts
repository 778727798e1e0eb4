/** Clients of other people's APIs, over an account handle or a key. They know neither OAuth nor pages. */

export type { Avatar, AvatarStyle } from './dicebear/avatar.ts'
export { createDiceBear, type DiceBear, type DiceBearOptions, type DrawnAvatar } from './dicebear/dice-bear.ts'
export { diceBear } from './dicebear/service.ts'
export { discord, type MashupDiscord } from './discord/connector.ts'
export type { DiscordProfile } from './discord/profile.ts'
export { API_ERRORS, type ApiErrorCode } from './errors.ts'
export { googleDrive, type MashupDrive } from './google-drive/connector.ts'
export { createDrive, type Drive, type DriveDeps, type DriveFile, type DriveUpload } from './google-drive/drive.ts'
export type { ResumePoint } from './google-drive/resumable.ts'
export type { Breed, CatImage, ListedBreed } from './thecatapi/answers.ts'
export { type Cat, type CatApi, type CatApiOptions, createCatApi } from './thecatapi/cat-api.ts'
export { catApi } from './thecatapi/service.ts'
