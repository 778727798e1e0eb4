/**
 * Which variants show which mood. Written by looking at every variant that is drawn, not by names alone: the eyes that
 * avataaars calls `happy` look sad above a sad mouth, and its `frownNatural` is worried. Styles whose variants are only
 * numbered, and those without a face, have no moods; nor has a style the ones that its faces do not show.
 */

/** Moods that people choose from, in the order of forms. */
export const MOODS = ['happy', 'sad', 'angry', 'surprised', 'calm', 'cheeky', 'sleepy'] as const

export type Mood = (typeof MOODS)[number]

/** Component → its variants, with spaces between them. */
export type Parts = Readonly<Record<string, string>>

export type StyleMoods = {
  readonly moods: Readonly<Partial<Record<Mood, Parts>>>
  /** What may lie over the face without hiding eyes or mouth. Nothing: the component is left out. */
  readonly over?: Parts
  /** Components that are not always there, and without which the mood would not show. */
  readonly always?: readonly string[]
}

const AVATAAARS: StyleMoods = {
  moods: {
    happy: {
      mouth: 'smile twinkle default',
      eyes: 'happy default',
      eyebrows: 'default defaultNatural raisedExcited raisedExcitedNatural',
    },
    sad: { mouth: 'sad', eyes: 'default cry', eyebrows: 'sadConcerned sadConcernedNatural frownNatural' },
    angry: { mouth: 'serious sad grimace', eyes: 'default squint', eyebrows: 'angry angryNatural' },
    surprised: { mouth: 'disbelief screamOpen', eyes: 'surprised', eyebrows: 'raisedExcited raisedExcitedNatural' },
    calm: { mouth: 'serious', eyes: 'default', eyebrows: 'default defaultNatural flatNatural' },
    cheeky: { mouth: 'tongue smile twinkle', eyes: 'wink winkWacky', eyebrows: 'default defaultNatural upDown' },
    sleepy: { mouth: 'serious twinkle', eyes: 'closed', eyebrows: 'default defaultNatural flatNatural' },
  },
  over: { accessories: 'prescription01 prescription02 round' },
}

const BOTTTS: StyleMoods = {
  moods: { happy: { mouth: 'smile01 smile02', eyes: 'bulging eva glow hearts round roundFrame01 roundFrame02' } },
}

const LORELEI: StyleMoods = {
  moods: {
    happy: { mouth: 'happy01 happy02 happy03 happy05 happy06 happy09 happy13 happy15 happy16' },
    sad: { mouth: 'sad01 sad04 sad05 sad06 sad07 sad09' },
  },
}

// Its other mouths have one corner up or down, and `happy11` is the shape of `sad02`.
const PIXEL_ART: StyleMoods = { moods: { happy: { mouth: 'happy06 happy09' }, sad: { mouth: 'sad01' } } }

export const MOOD_TABLE: Readonly<Record<string, StyleMoods>> = {
  avataaars: {
    ...AVATAAARS,
    over: { ...AVATAAARS.over, facialHair: 'beardLight beardMajestic beardMedium moustacheFancy' },
  },
  'avataaars-neutral': { moods: AVATAAARS.moods },
  'big-smile': {
    moods: {
      happy: { mouth: 'openedSmile gapSmile braces teethSmile kawaii', eyes: 'cheery normal starstruck' },
      sad: { mouth: 'openSad unimpressed', eyes: 'sad' },
      angry: { mouth: 'unimpressed openSad', eyes: 'angry' },
      calm: { mouth: 'unimpressed', eyes: 'normal' },
      cheeky: { mouth: 'kawaii gapSmile openedSmile teethSmile', eyes: 'winking' },
      sleepy: { mouth: 'unimpressed kawaii', eyes: 'sleepy' },
    },
    over: { accessories: 'catEars clownNose glasses sailormoonCrown' },
  },
  bottts: BOTTTS,
  'bottts-neutral': BOTTTS,
  cameo: {
    moods: { happy: { mouth: 'smile grin beam' }, calm: { mouth: 'calm' }, cheeky: { mouth: 'smirk' } },
  },
  clay: {
    moods: {
      happy: { mouth: 'smile open toothy laugh smileBig openSmall', eyes: 'googly even big dots happy mono trio' },
      sad: { mouth: 'frown pout', eyes: 'even big dots down mono trio' },
      surprised: { mouth: 'o dot', eyes: 'even big pinprick up mono' },
      calm: { mouth: 'line', eyes: 'even dots tiny mono' },
      cheeky: { mouth: 'tongue smileTongue smirk', eyes: 'wink side' },
    },
  },
  critters: {
    moods: {
      happy: { mouth: 'smile grin laugh', eyes: 'round dots bigPupils mono trio happy' },
      sad: { mouth: 'frown sad', eyes: 'round dots bigPupils mono trio closedLine' },
      angry: { mouth: 'frown zigzag line', eyes: 'angry' },
      surprised: { mouth: 'ooh open', eyes: 'round bigPupils mono wide' },
      calm: { mouth: 'line tinySmile', eyes: 'dots closedLine' },
      cheeky: { mouth: 'smirk tongue blep', eyes: 'wink sideeye squint' },
      sleepy: { mouth: 'line dot tinySmile', eyes: 'sleepy monoSleepy' },
    },
  },
  cutouts: {
    moods: { happy: { mouth: 'smile tornSmile' }, surprised: { mouth: 'gasp' }, calm: { mouth: 'strip' } },
  },
  dylan: {
    moods: {
      happy: { mood: 'happy superHappy' },
      sad: { mood: 'sad' },
      angry: { mood: 'angry' },
      calm: { mood: 'neutral' },
    },
  },
  'fun-emoji': {
    moods: {
      happy: { mouth: 'smileLol smileTeeth wideSmile', eyes: 'closed cute plain stars' },
      sad: { mouth: 'sad drip', eyes: 'sad tearDrop crying' },
      angry: { mouth: 'pissed shout sad', eyes: 'pissed' },
      calm: { mouth: 'plain lilSmile', eyes: 'plain closed2' },
      cheeky: { mouth: 'tongueOut cute', eyes: 'wink wink2' },
      sleepy: { mouth: 'plain lilSmile', eyes: 'sleepClose' },
    },
  },
  gaze: { moods: { happy: { eyes: 'happy grin' } } },
  'line-face': {
    moods: {
      happy: { mouth: 'smile pleased', eyes: 'happy dots' },
      sad: { mouth: 'frown', eyes: 'dots unevenDots closed' },
      calm: { mouth: 'soft line', eyes: 'closed dots' },
      cheeky: { mouth: 'smirk', eyes: 'wink winkRight' },
      sleepy: { mouth: 'line', eyes: 'sleepy' },
    },
  },
  lorelei: LORELEI,
  'lorelei-neutral': LORELEI,
  marbles: {
    moods: {
      happy: { mouth: 'smile grin', eyes: 'dots wide oval happy' },
      sad: { mouth: 'pout', eyes: 'dots wide oval' },
      surprised: { mouth: 'open', eyes: 'dots wide oval uneven' },
      calm: { mouth: 'line small', eyes: 'closed dots' },
      cheeky: { mouth: 'tongue smirk', eyes: 'wink' },
      sleepy: { mouth: 'line', eyes: 'sleepy' },
    },
  },
  micah: {
    moods: {
      happy: { mouth: 'smile laughing', eyebrows: 'up eyelashesUp' },
      sad: { mouth: 'sad frown', eyes: 'eyes eyesShadow round', eyebrows: 'up eyelashesUp' },
      surprised: { mouth: 'surprised', eyes: 'eyes eyesShadow round', eyebrows: 'up eyelashesUp' },
      cheeky: { mouth: 'smirk' },
    },
  },
  miniavs: { moods: { happy: { mouth: 'default missingTooth', eyes: 'happy' } } },
  moods: {
    moods: {
      happy: { mouth: 'smile wide bigSmile smileOpen laugh', eyes: 'pupils bigPupils sparkle happy' },
      sad: { mouth: 'frown', eyes: 'pupils bigPupils sparkle lookDown' },
      angry: { mouth: 'frown line wavy', eyes: 'angry' },
      surprised: { mouth: 'open gasp', eyes: 'pupils bigPupils small' },
      calm: { mouth: 'smile line', eyes: 'calm closed' },
      cheeky: { mouth: 'smirk tongue', eyes: 'wink lookSide' },
      sleepy: { mouth: 'line gasp', eyes: 'sleepy' },
    },
  },
  'open-peeps': {
    moods: {
      happy: { expression: 'smile smileBig smileLOL smileTeethGap lovingGrin1 eatingHappy' },
      sad: { expression: 'solemn concerned' },
      angry: { expression: 'angryWithFang rage veryAngry' },
      surprised: { expression: 'awe hectic' },
      calm: { expression: 'calm' },
      cheeky: { expression: 'cheeky' },
      sleepy: { expression: 'tired eyesClosed' },
    },
    over: {
      accessories: 'glasses glasses2 glasses3 glasses4 glasses5',
      facialHair: 'chin full full4 goatee1 moustache1 moustache4 moustache9',
      mask: '',
    },
  },
  personas: {
    moods: {
      happy: { mouth: 'smile bigSmile', eyes: 'open happy glasses' },
      sad: { mouth: 'frown', eyes: 'open glasses' },
      surprised: { mouth: 'surprise', eyes: 'open glasses' },
      cheeky: { mouth: 'smirk', eyes: 'wink' },
      sleepy: { mouth: 'lips smile', eyes: 'sleep' },
    },
    over: { facialHair: 'goatee pyramid shadow soulPatch' },
  },
  'pixel-art': PIXEL_ART,
  'pixel-art-neutral': PIXEL_ART,
  pixelbot: {
    moods: {
      happy: { mouth: 'smile bigSmile', eyes: 'happy round blocks tall' },
      surprised: { mouth: 'open', eyes: 'round tall wide' },
      calm: { mouth: 'flat tiny', eyes: 'soft slim' },
    },
  },
  sprouts: {
    moods: {
      happy: { mouth: 'smile grin', eyes: 'dots round bigPupils happy' },
      sad: { mouth: 'frown', eyes: 'dots round bigPupils' },
      angry: { mouth: 'frown line wavy', eyes: 'angry' },
      surprised: { mouth: 'ooh open', eyes: 'round bigPupils wide' },
      calm: { mouth: 'line tinySmile', eyes: 'closedLine dots' },
      cheeky: { mouth: 'tongue', eyes: 'wink sideeye' },
      sleepy: { mouth: 'line tinySmile', eyes: 'sleepy' },
    },
  },
  'toon-head': {
    moods: {
      happy: { mouth: 'laugh smile', eyes: 'happy bow', eyebrows: 'happy neutral raised' },
      sad: { mouth: 'sad', eyes: 'happy humble', eyebrows: 'sad' },
      angry: { mouth: 'angry', eyes: 'happy wide', eyebrows: 'angry' },
      surprised: { mouth: 'agape', eyes: 'wide', eyebrows: 'raised happy' },
      calm: { mouth: 'smile', eyes: 'humble', eyebrows: 'neutral happy' },
      cheeky: { mouth: 'smile laugh', eyes: 'wink', eyebrows: 'happy raised' },
    },
    over: { beard: 'chin fullBeard longBeard' },
  },
  'voxel-art': {
    moods: {
      happy: { mouth: 'smile bigSmile laugh wideSmile', eyes: 'open happy', eyebrows: 'raised soft' },
      sad: { mouth: 'frown', eyes: 'open soft', eyebrows: 'soft' },
      angry: { mouth: 'frown flat', eyes: 'open wide', eyebrows: 'angry' },
      surprised: { mouth: 'ooh', eyes: 'wide', eyebrows: 'raised' },
      calm: { mouth: 'flat smile', eyes: 'closed soft', eyebrows: 'flat soft' },
      cheeky: { mouth: 'tongue smirk', eyes: 'side', eyebrows: 'raised flat' },
      sleepy: { mouth: 'flat', eyes: 'sleepy', eyebrows: 'flat soft' },
    },
    over: { glasses: 'round square cat', beard: 'full goatee stubble' },
    always: ['eyebrows'],
  },
  'voxel-bot': {
    moods: {
      happy: { mouth: 'smile', eyes: 'round square happy plus' },
      sleepy: { mouth: 'line', eyes: 'sleepy' },
    },
  },
}
