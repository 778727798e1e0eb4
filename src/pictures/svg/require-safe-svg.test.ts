import { describe, expect, test } from 'vitest'
import { Failure } from '#base'
import { requireSafeSvg } from './require-safe-svg.ts'

const XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'

function svg(content: string, attributes = ''): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" ${attributes}>${content}</svg>`
}

/** The rule that refuses it; undefined where it passes. */
function ruleAgainst(text: string): string | undefined {
  try {
    requireSafeSvg(text)
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect(error.data).toMatchObject({ code: 'svg_not_safe', kind: 'refused' })
    return error.hint
  }
}

describe('passes', () => {
  test.each([
    [
      'shapes',
      svg('<g><path d="M0 0h9v9z" fill="#abc"/><circle cx="1" cy="1" r="1" style="mix-blend-mode:multiply"/></g>'),
    ],
    ['an XML declaration', `<?xml version="1.0" encoding="UTF-8"?>${svg('')}`],
    ['a prefix for SVG itself', '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:path d="M0 0h1"/></s:svg>'],
    [
      'references within',
      svg('<defs><g id="a.b-1"/></defs><use href="#a.b-1"/><g clip-path="url(#c)" mask="url( \'#m\' )"/>'),
    ],
    ['xlink:href within', svg('<g id="a"/><use xlink:href="#a"/>', XLINK)],
    ['comments', svg('<!-- <script>alert(1)</script> -->')],
    ['the five entities', svg('<text>&lt;script&gt;&amp;&quot;&apos;&#x41;</text>')],
    ['a word that looks like an address in a text', svg('<title>javascript: url(https://a.example)</title>')],
    ['a name for people in any script', svg('', 'role="img" aria-label="‮ مريم &lt;b&gt; 😀 url(x)"')],
    [
      'animations by CSS, as DiceBear has them',
      svg(
        '<style>svg:has(.a){--t:1}@media (prefers-reduced-motion: no-preference){@keyframes x{0%{transform:rotate(9deg) translate(3px,-2px)}}.a{animation:x calc(var(--t,1)*18s) ease-in-out infinite}}</style>',
      ),
    ],
    ['filters', svg('<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><g filter="url(#f)"/>')],
    ['digits of ids and colours that are no numbers', svg('<g id="4e663"/><g fill="#12e456" mask="url(#4e663)"/>')],
    ['numbers as large as pictures are', svg('<path d="M33762-33762 1e5.5" stroke-width="2.5em"/>')],
  ])('%s', (_, text) => {
    expect(ruleAgainst(text)).toBeUndefined()
  })
})

describe('refuses', () => {
  test.each([
    ['a script', svg('<script>alert(1)</script>'), 'element script'],
    ['an empty script with an address', svg('<script href="https://a.example/x.js"/>'), 'element script'],
    ['a script in upper case', svg('<SCRIPT>alert(1)</SCRIPT>'), 'element SCRIPT'],
    [
      'a script by a prefix of SVG',
      svg('<x:script>1</x:script>', 'xmlns:x="http://www.w3.org/2000/svg"'),
      'element x:script',
    ],
    ['a script of XHTML', svg('<x:script>1</x:script>', 'xmlns:x="http://www.w3.org/1999/xhtml"'), 'namespace'],
    [
      'a script whose namespace is declared late',
      svg('<g xmlns="http://www.w3.org/1999/xhtml"><script/></g>'),
      'element g',
    ],
    ['a script of no namespace', svg('<g xmlns=""><script/></g>'), 'element g'],
    ['a script in metadata', svg('<metadata><script>1</script></metadata>'), 'element script'],
    ['foreignObject', svg('<foreignObject><iframe/></foreignObject>'), 'element foreignObject'],
    ['iframe', svg('<iframe src="x"/>'), 'element iframe'],
    ['a link', svg('<a href="https://a.example"><path d=""/></a>'), 'element a'],
    ['set on an href', svg('<g id="a"><set attributeName="href" to="javascript:alert(1)"/></g>'), 'element set'],
    ['animate', svg('<animate attributeName="xlink:href" values="javascript:alert(1)"/>'), 'element animate'],
    ['a handler', svg('<path onclick="alert(1)"/>'), 'attribute path onclick'],
    ['a handler on the root', svg('', 'onload="alert(1)"'), 'attribute svg onload'],
    ['a handler in upper case', svg('<g ONLOAD="alert(1)"/>'), 'attribute g ONLOAD'],
    [
      'a handler behind a prefix',
      svg('<g s:onload="1"/>', 'xmlns:s="http://www.w3.org/2000/svg"'),
      'attribute g s:onload',
    ],
    ['tabindex with focus', svg('<g tabindex="0"/>'), 'attribute g tabindex'],
    ['xml:base, which moves #ids elsewhere', svg('<g xml:base="https://a.example/"/>'), 'attribute g xml:base'],
    ['svg inside svg', svg(svg('')), 'element svg'],
    ['a root that is not svg', '<g xmlns="http://www.w3.org/2000/svg"/>', 'root g'],
    ['a root without a namespace', '<svg viewBox="0 0 1 1"/>', 'root svg'],
    ['a root of another namespace', '<svg xmlns="http://www.w3.org/1999/xhtml"/>', 'root svg'],
    ['HTML', '<!DOCTYPE html><html><body>Sign in</body></html>', 'document type'],
    ['HTML without a type', '<html><body>Sign in</body></html>', 'root html'],
    ['nothing', '', 'not well-formed'],
    ['plain text', 'too many requests', 'not well-formed'],
  ])('%s', (_, text, rule) => {
    expect(ruleAgainst(text)).toContain(rule)
  })

  test.each([
    ['image', '<image href="https://a.example/x.png"/>', 'element image'],
    ['image of data', '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', 'element image'],
    ['feImage', '<filter id="f"><feImage href="/etc/passwd"/></filter>', 'element feImage'],
    ['use elsewhere', '<use href="https://a.example/x.svg#a"/>', 'address'],
    ['use of data', '<use href="data:image/svg+xml,x#a"/>', 'address'],
    ['use of a file', '<use href="file:///etc/passwd#a"/>', 'address'],
    ['use of a path', '<use href="/x.svg#a"/>', 'address'],
    ['use of the whole document', '<use href="#"/>', 'address'],
    ['use with a space in front', '<use href=" #a"/>', 'address'],
    ['xlink:href elsewhere', '<use xlink:href="//a.example/x#a"/>', 'address'],
    ['a second, prefixed href elsewhere', '<use href="#a" xlink:href="https://a.example"/>', 'address'],
    ['javascript:', '<use href="javascript:alert(1)"/>', 'address'],
    ['javascript: by a character reference', '<use href="&#106;avascript:alert(1)"/>', 'address'],
    ['javascript: with a line break in it', '<use href="java&#10;script:alert(1)"/>', 'address'],
    ['javascript: in a fill', '<path fill="javascript:alert(1)"/>', 'script address'],
    ['href where none belongs', '<path href="#a"/>', 'address'],
    ['gradient elsewhere', '<linearGradient id="a" href="x.svg#b"/>', 'address'],
    ['fill elsewhere', '<path fill="url(https://a.example/#a)"/>', 'url()'],
    ['fill elsewhere in upper case', '<path fill="URL(HTTPS://A.EXAMPLE/#a)"/>', 'url()'],
    ['fill elsewhere behind one within', '<path fill="url(#a) url(//a.example/x)"/>', 'url()'],
    ['url with quotes', `<path fill="url('https://a.example/#a')"/>`, 'url()'],
    ['url with a reference to #', '<path fill="url(x.svg&#35;a)"/>', 'url()'],
    ['url with a space in it', '<path fill="url (#a"/>', 'url()'],
    ['url of an empty text', '<path fill="url()"/>', 'url()'],
    ['mask elsewhere', '<g mask="url(x.svg#m)"/>', 'url()'],
    ['filter elsewhere', '<g filter="url(x.svg#f)"/>', 'url()'],
    ['cursor', '<g cursor="url(x.png)"/>', 'attribute g cursor'],
    ['style with url', '<g style="background:url(https://a.example/x)"/>', 'url()'],
    ['style with an escaped url', String.raw`<g style="fill:\75rl(https://a.example/x)"/>`, 'escape'],
    ['style with url in two by a comment', '<g style="fill:u/**/rl(https://a.example)"/>', 'comment in CSS'],
    [
      'style with image-set',
      '<g style="mask-image:image-set(&quot;https://a.example/x&quot; 1x)"/>',
      'function image-set',
    ],
    ['style with expression', '<g style="width:expression(alert(1))"/>', 'function expression'],
    ['style with letters that fold', '<g style="fill:uRſl(x)"/>', 'beyond ASCII'],
    ['style sheet with @import', '<style>@import "https://a.example/x.css";</style>', 'at-rule @import'],
    ['style sheet with @IMPORT', '<style>@IMPORT "https://a.example/x.css";</style>', 'at-rule @import'],
    ['style sheet with an escaped @import', String.raw`<style>@\69mport "x";</style>`, 'escape'],
    ['style sheet with @import by a reference', '<style>&#64;import "x";</style>', 'at-rule @import'],
    ['style sheet with @import around a comment', '<style>@im<!-- -->port "x";</style>', 'at-rule @import'],
    ['style sheet with @font-face', '<style>@font-face{src:local(x)}</style>', 'at-rule @font-face'],
    ['style sheet with url', '<style>g{fill:url(x.svg#a)}</style>', 'url()'],
    ['style sheet in CDATA', '<style><![CDATA[@import "x";]]></style>', 'CDATA'],
    ['a child in style', '<style><g/></style>', 'in style'],
    [
      'a link to a style sheet',
      '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="x"/>',
      'element link',
    ],
    ['turbulence', '<filter id="f"><feTurbulence numOctaves="1000000"/></filter>', 'element feTurbulence'],
    ['an id that is no name', '<g id="a) url(x"/>', 'characters'],
  ])('what leads outside: %s', (_, content, rule) => {
    expect(ruleAgainst(svg(content, XLINK))).toContain(rule)
  })

  test.each([
    ['a document type', `<!DOCTYPE svg>${svg('')}`, 'document type'],
    [
      'an external entity',
      `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg('<text>&x;</text>')}`,
      'document type',
    ],
    ['entities that multiply', `<!DOCTYPE svg [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>${svg('&b;')}`, 'document type'],
    ['an entity of HTML', svg('<text>&nbsp;</text>'), 'not well-formed'],
    [
      'a style sheet instruction',
      `<?xml-stylesheet href="https://a.example/x.css"?>${svg('')}`,
      'processing instruction',
    ],
    ['any instruction', svg('<?php echo 1 ?>'), 'processing instruction'],
    ['CDATA', svg('<text><![CDATA[<script>]]></text>'), 'CDATA'],
    ['a byte order mark', `\uFEFF${svg('')}`, 'byte order mark'],
    ['a byte order mark inside', svg('<g id="\uFEFF"/>'), 'byte order mark'],
    ['UTF-16 read as UTF-8', Buffer.from(svg(''), 'utf16le').toString('utf8'), 'not well-formed'],
    ['a declaration of UTF-16', `<?xml version="1.0" encoding="UTF-16"?>${svg('')}`, 'XML declaration'],
    ['a declaration of ISO-2022-JP', `<?xml version="1.0" encoding="ISO-2022-JP"?>${svg('')}`, 'XML declaration'],
    ['XML 1.1, which has other characters', `<?xml version="1.1"?>${svg('')}`, 'XML declaration'],
    ['a lone surrogate', svg('<text>\uD800</text>'), 'lone surrogate'],
    ['NUL', svg('<scr\0ipt/>'), 'not well-formed'],
    ['an attribute twice', svg('<g id="a" id="b"/>'), 'not well-formed'],
    [
      'an attribute twice by prefixes',
      svg(
        '<use a:href="#a" b:href="x"/>',
        'xmlns:a="http://www.w3.org/1999/xlink" xmlns:b="http://www.w3.org/1999/xlink"',
      ),
      'not well-formed',
    ],
    ['an unquoted attribute', '<svg xmlns=http://www.w3.org/2000/svg/>', 'not well-formed'],
    ['an element that is not closed', '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>', 'not well-formed'],
    ['a second root', `${svg('')}<script/>`, 'not well-formed'],
    ['text behind the root', `${svg('')} alert(1)`, 'not well-formed'],
    ['an id twice', svg('<g id="a"/><g id="a"/>'), 'id a twice'],
  ])('what readers could read differently: %s', (_, text, rule) => {
    expect(ruleAgainst(text)).toContain(rule)
  })

  test.each([
    ['33 levels', svg(`${'<g>'.repeat(33)}${'</g>'.repeat(33)}`), 'deeper'],
    ['100,000 levels', svg(`${'<g>'.repeat(30_000)}`), 'deeper'],
    ['500 kB', svg(`<!-- ${'x'.repeat(500_000)} -->`), 'bytes'],
    ['500 kB in letters of three bytes', svg(`<!-- ${'日'.repeat(170_000)} -->`), 'bytes'],
    ['a group that uses itself', svg('<g id="a"><use href="#a"/></g>'), 'go round'],
    [
      'two groups that use one another',
      svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
      'go round',
    ],
    ['a mask that masks itself', svg('<mask id="m"><g mask="url(#m)"/></mask>'), 'go round'],
    ['a style sheet that lets a mask mask itself', svg('<mask id="m" style="mask:url(#m)"/>'), 'go round'],
    [
      'a hundred references in a row',
      svg(Array.from({ length: 100 }, (_, n) => `<g id="a${n}"><use href="#a${n + 1}"/></g>`).join('')),
      'in a row',
    ],
    [
      'ten groups, each of ten of the one before',
      svg(Array.from({ length: 10 }, (_, n) => `<g id="a${n}">${`<use href="#a${n - 1}"/>`.repeat(10)}</g>`).join('')),
      'times a shape',
    ],
    ['a style sheet that names a mask', svg('<style>.p{mask:url(#p)}</style>'), 'style: url()'],
    ['a style sheet that names a filter', svg('<style>rect{filter:URL ( "#f" )}</style>'), 'url()'],
    [
      'a style sheet that hands on a mask to every child',
      svg('<style>rect{mask:inherit}</style><g mask="url(#m)"/>'),
      'inherit',
    ],
    ['a mask handed on to every child', svg('<g mask="url(#m)"><rect mask="inherit"/></g>'), 'rect mask: inherit'],
    ['dashes', svg('<path stroke-dasharray=".001"/>'), 'attribute path stroke-dasharray'],
    ['a pattern', svg('<pattern id="p"/>'), 'element pattern'],
    ['a text on a path', svg('<text><textPath href="#p">a</textPath></text>'), 'element textPath'],
    ['numbers beyond a million', svg('<path d="M0 0A1e9 1e9 0 1 1 1e9 1e9"/>'), 'path d: number 1e9'],
    ['a number that is long', svg('<rect width="10000000.0"/>'), 'number 10000000.0'],
    ['a number in a row of others', svg('<path d="M1.5.5e30"/>'), 'number .5e30'],
    ['a number without decimals', svg('<path d="M-1.E+38"/>'), 'number 1.E+38'],
    ['a transformation', svg('<g style="transform:scale(2e38)"/>'), 'number 2e38'],
    [
      'a thousand blurs',
      svg(`<filter id="f"><feGaussianBlur stdDeviation="9"/></filter>${'<path filter="url(#f)"/>'.repeat(1000)}`),
      'times a shape',
    ],
  ])('what takes too long: %s', (_, text, rule) => {
    const started = performance.now()
    expect(ruleAgainst(text)).toContain(rule)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('reads in time that grows with the text alone', () => {
  const long = (part: string) => part.repeat(Math.floor(400_000 / part.length))

  test.each([
    ['one word', long('a')],
    ['dashes', long('-')],
    ['words that begin an address', long('url(#a')],
    ['an address that does not end', `url(#${long('a')}`],
    ['spaces in an address', `url(${long(' ')}`],
    ['at-signs', long('@')],
    ['script addresses without their colon', long('javascript ')],
  ])('a value of 400 kB: %s', (_, value) => {
    for (const text of [svg(`<rect fill="${value}"/>`), svg(`<style>${value}</style>`)]) {
      const started = performance.now()
      ruleAgainst(text)
      expect(performance.now() - started).toBeLessThan(500)
    }
  })
})

test('the message is for people, without anything of the SVG in it', () => {
  try {
    requireSafeSvg(svg('<secret-word/>'))
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect((error as Failure).data.message).not.toContain('secret')
    expect((error as Failure).hint).toBe('element secret-word')
  }
})
