// HTML of a message for a frame of the panel, whose policy holds in the frame too: styles carry the nonce of the page, those of attributes become
// rules of a sheet, and whatever runs or is fetched from elsewhere is left out. The frame itself runs nothing; this keeps what can be shown.
// Every sign that could begin markup is written anew, and nothing is kept that a browser reads by other rules than these (comments, raw text): a
// tag that is none here must not be one there, as some links are followed without being clicked, whatever the policy says.

/** A tag with its attributes; quotation marks may hold anything. */
const TAG = /<(\/?)([a-z][^\s/>]*)((?:[^"'>]|"[^"]*"|'[^']*')*)>/iy
/** Comments, declarations, instructions, and ends of nothing. */
const NOTE = /<!--(?:-?>|[^]*?(?:--!?>|$))|<(?:[!?]|\/(?![a-z]))[^>]*(?:>|$)/iy
const NAME = /^[a-z][\w:-]*$/
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g
/** With what is in them. */
const DROPPED_WHOLE = new Set(['script', 'noscript', 'template', 'svg', 'math', 'title', 'iframe', 'noembed', 'noframes'])
const DROPPED = new Set('base embed fencedframe frame frameset link meta object plaintext portal textarea xmp'.split(' '))
/** What is fetched. */
const FETCHED = new Set('action attributionsrc background data formaction ping poster src srcset xlink:href'.split(' '))

export function framedHtml(html: string, nonce: string): string {
  const rules: string[] = []
  // As long as it is, so that places in it are the same.
  const lowered = html.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
  let framed = ''
  let at = 0
  for (;;) {
    const next = html.indexOf('<', at)
    if (next < 0) break
    framed += html.slice(at, next)
    const note = noteAt(lowered, next)
    if (note !== null) {
      // Whether there is one decides how all is laid out.
      framed += note.startsWith('<!doctype') ? '<!doctype html>' : ''
      at = next + note.length
      continue
    }
    TAG.lastIndex = next
    const tag = TAG.exec(html)
    if (tag === null) {
      // A sign as any other, or a tag that does not end: what follows it is no markup then.
      const isOpen = /[a-z/]/i.test(html.charAt(next + 1))
      framed += isOpen ? '' : '&lt;'
      at = isOpen ? html.length : next + 1
      continue
    }
    at = TAG.lastIndex
    const [, end = '', name = '', attributes = ''] = tag
    const lower = name.toLowerCase()
    if (DROPPED_WHOLE.has(lower)) {
      if (end === '') at = behind(lowered, lower, at)
    } else if (lower === 'style') {
      if (end !== '') continue
      const close = lowered.indexOf('</style', at)
      framed += sheet(html.slice(at, close < 0 ? html.length : close), nonce)
      at = behind(lowered, lower, at)
    } else if (NAME.test(lower) && !DROPPED.has(lower)) framed += end === '' ? `<${name}${kept(attributes, rules)}>` : `</${name}>`
  }
  return `${framed}${html.slice(at)}${sheet(rules.join('\n'), nonce)}`
}

/** Null: none begins there. */
function noteAt(lowered: string, at: number): string | null {
  NOTE.lastIndex = at
  return NOTE.exec(lowered)?.[0] ?? null
}

/** Behind the end of an element, or of all. */
function behind(lowered: string, name: string, at: number): number {
  const close = lowered.indexOf(`</${name}`, at)
  const end = close < 0 ? -1 : lowered.indexOf('>', close)
  return end < 0 ? lowered.length : end + 1
}

const sheet = (css: string, nonce: string): string => (css === '' ? '' : `<style nonce="${nonce}">${harmless(css)}</style>`)

/** Nothing is fetched, and the sheet does not end early. */
const harmless = (css: string): string =>
  css
    .replaceAll('<', '')
    .replaceAll(/@import[^;]*;?/gi, '')
    .replaceAll(/url\s*\([^)]*\)?/gi, 'none')

function kept(attributes: string, rules: string[]): string {
  let text = ''
  for (const [, name = '', quoted] of attributes.matchAll(ATTRIBUTE)) {
    const lower = name.toLowerCase()
    if (lower === 'style') {
      rules.push(`:is(#a#b#c, [data-hms="${rules.length}"]) { ${plain(quoted ?? '')} }`)
      text += ` data-hms="${rules.length - 1}"`
    } else if (!lower.startsWith('on') && !FETCHED.has(lower)) text += quoted === undefined ? ` ${name}` : ` ${name}=${quoted}`
  }
  return /\/\s*$/.test(attributes) ? `${text} /` : text
}

/** What an attribute says, without its marks. */
function plain(quoted: string): string {
  const said = /^["']/.test(quoted) ? quoted.slice(1, -1) : quoted
  return said
    .replaceAll(/&(?:quot|#34);/gi, '"')
    .replaceAll(/&(?:apos|#39);/gi, "'")
    .replaceAll(/&amp;/gi, '&')
    .replaceAll(/[{}]/g, '')
}
