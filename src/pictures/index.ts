/** Pictures of other servers: fetched once, checked, cached, copied to runs, made into thumbnails. Owns the image codecs. */
export { PICTURE_ERRORS, type PictureErrorCode } from './errors.ts'
export { isPictureType, type PictureType } from './format/sniff.ts'
export {
  type CachedPicture,
  createPictures,
  type PictureRequest,
  type Pictures,
  type Thumbnail,
} from './pictures.ts'
export { pictureCache } from './service.ts'
export { requireSafeSvg } from './svg/require-safe-svg.ts'
