/** Names that an SVG may use; everything else is refused, so what browsers learn tomorrow is refused as well. */

export const SVG = 'http://www.w3.org/2000/svg'
export const XMLNS = 'http://www.w3.org/2000/xmlns/'
const XLINK = 'http://www.w3.org/1999/xlink'
const XML = 'http://www.w3.org/XML/1998/namespace'
const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const DC = 'http://purl.org/dc/elements/1.1/'
const DCTERMS = 'http://purl.org/dc/terms/'
const CC = 'http://creativecommons.org/ns#'

/** Namespaces that may be declared. */
export const NAMESPACES: ReadonlySet<string> = new Set([SVG, XLINK, XML, XSI, RDF, DC, DCTERMS, CC])

/** Namespaces of `metadata`, which nobody draws and whose addresses nobody fetches. */
export const METADATA: ReadonlySet<string> = new Set([RDF, DC, DCTERMS, CC])

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/**
 * Elements of SVG 2 that only draw. Not among them: what runs or embeds something (`script`, `foreignObject`, `image`,
 * `feImage`, `a`), what changes attributes after they were checked (`animate`, `set`), what makes much work or memory of
 * little text and no picture of DiceBear has (`marker`, `pattern`, `textPath`, `feTurbulence`, `feMorphology`,
 * `feConvolveMatrix`, lights; as attributes the dashes of strokes), and `svg` inside `svg`.
 */
export const ELEMENTS = words(`
  g defs symbol use title desc metadata style
  path rect circle ellipse line polyline polygon text tspan
  clipPath mask linearGradient radialGradient stop
  filter feBlend feColorMatrix feComponentTransfer feFuncR feFuncG feFuncB feFuncA feComposite feDropShadow feFlood
  feGaussianBlur feMerge feMergeNode feOffset
`)

/** Elements whose `href` may name another one of the same document. */
export const REFERRING = words('use linearGradient radialGradient')

/** Attributes whose value is for people or only a name, so that it is not read as CSS. */
export const FREE_TEXT = words('aria-label aria-labelledby aria-describedby aria-hidden role class lang')

/** Attributes whose value is a name, where digits are no number: DiceBear makes ids of random ones. */
export const NAMES = words('id in in2 result')

export const ATTRIBUTES = words(`
  id class style lang role aria-label aria-labelledby aria-describedby aria-hidden focusable version baseProfile
  viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points
  dx dy rotate textLength lengthAdjust href type media
  fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit
  opacity color clip-path clip-rule mask mask-type filter flood-color flood-opacity
  color-interpolation color-interpolation-filters stop-color stop-opacity offset transform transform-origin
  display visibility overflow isolation mix-blend-mode paint-order vector-effect pointer-events
  shape-rendering text-rendering image-rendering color-rendering
  font-family font-size font-weight font-style font-variant font-stretch letter-spacing word-spacing text-anchor
  text-decoration dominant-baseline alignment-baseline baseline-shift direction unicode-bidi writing-mode
  gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits
  filterUnits primitiveUnits
  in in2 result mode operator k1 k2 k3 k4 values tableValues slope intercept amplitude exponent stdDeviation edgeMode
`)

/** `namespace name` of attributes with a prefix. */
export const PREFIXED_ATTRIBUTES: ReadonlySet<string> = new Set([
  `${XLINK} href`,
  `${XML} space`,
  `${XML} lang`,
  `${XSI} type`,
  `${RDF} about`,
  `${RDF} resource`,
])

/** Functions of CSS that make a value of other values; `url` is looked at for itself. Filters are much work, see `ELEMENTS`. */
export const CSS_FUNCTIONS = words(`
  url rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix calc min max clamp var
  matrix matrix3d translate translatex translatey translatez translate3d scale scalex scaley scalez scale3d
  rotate rotatex rotatey rotatez rotate3d skew skewx skewy perspective
  cubic-bezier steps linear
  is not where has nth-child nth-of-type
`)

export const AT_RULES = words('@media @keyframes')
