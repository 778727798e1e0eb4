/** A system that Trivet is made of, as its card says it. A card whose page is not there yet says so. */
export type System = {
  readonly id: string
  readonly eyebrow: string
  readonly title: string
  readonly text: string
  /** Page of the mash-up; absent for what is not one. */
  readonly path?: string
  /** Where the card of something that is no mash-up leads to. */
  readonly page?: string
}

export const SYSTEMS: readonly System[] = [
  {
    id: 'cats',
    eyebrow: 'Google Drive · The Cat API',
    title: 'A cat for your Drive',
    text: 'Choose a breed, get its picture saved in your Drive.',
    path: '/cats',
  },
  {
    id: 'avatars',
    eyebrow: 'Discord · DiceBear',
    title: 'An avatar drawn for you',
    text: 'Every style seen beforehand, seeded by your Discord name.',
    path: '/avatars',
  },
  {
    id: 'uploads',
    eyebrow: 'put.io',
    title: 'A folder to put.io',
    text: 'Whole folders, resumable, nothing twice.',
    path: '/uploads',
  },
  {
    id: 'labs',
    eyebrow: 'Terraform · Proxmox · Vault',
    title: 'Hands-on labs',
    text: 'Machines built for you, steps to follow, a score at the end.',
  },
  {
    id: 'apps',
    eyebrow: 'OAuth 2.1 · OpenID Connect',
    title: 'Your own apps and APIs',
    text: 'An account here, and sign-in for your apps. The gateway in front of APIs is still to come.',
    page: '/account',
  },
]
