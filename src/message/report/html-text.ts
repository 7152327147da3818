// HTML as plain text, for reading what it says: markup goes, blocks end lines, entities become letters. Not for showing. One pass.

/** Elements that end a line. */
const BLOCKS = new Set('address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table td th title tr ul'.split(' '))
/** Elements whose content is not said to people. */
const SILENT = new Set(['script', 'style', 'template'])
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', shy: '', copy: '©' }

function entity(name: string): string | null {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? null
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return Number.isInteger(code) && code > 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : null
}

function decoded(text: string): string {
  return text.includes('&') ? text.replace(/&(#?[A-Za-z0-9]{1,8});/g, (whole, name: string) => entity(name) ?? whole) : text
}

function mailtoOf(tag: string): string {
  const address = /href\s{0,3}=\s{0,3}["']?mailto:([^"'\s?>]{3,320})/i.exec(tag)?.[1]
  return address === undefined ? '' : `<${address}> `
}

/** Offset after the end tag of a silent element, or the end where it is missing. */
function afterSilent(html: string, lower: string, name: string, at: number): number {
  const end = lower.indexOf(`</${name}`, at)
  if (end < 0) return html.length
  const close = html.indexOf('>', end)
  return close < 0 ? html.length : close + 1
}

export function textOfHtml(html: string): string {
  // Plain text that calls itself HTML: its lines are all that it has.
  if (!/<\/?(?:html|body|p|br|div|table|pre|span|font|td)\b/i.test(html)) return html
  const lower = html.toLowerCase()
  const out: string[] = []
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) break
    out.push(html.slice(at, open).replace(/[ \t\n]+/g, ' '))
    // An address in angle brackets that nobody escaped is text.
    const close = html.indexOf('>', open)
    if (close < 0) break
    const tag = /^\/?([a-z][a-z0-9]{0,20})/.exec(lower.slice(open + 1, open + 24))?.[1] ?? ''
    if (tag !== '' && close - open < 320 && /^<[^\s<>"'=/]{1,64}@[^\s<>"'=/]{1,255}>$/.test(html.slice(open, close + 1))) {
      out.push(html.slice(open, close + 1))
      at = close + 1
      continue
    }
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4)
      at = end < 0 ? html.length : end + 3
      continue
    }
    if (BLOCKS.has(tag)) out.push('\n')
    // A name that stands for an address.
    if (tag === 'a') out.push(mailtoOf(html.slice(open, Math.min(close, open + 1000))))
    at = SILENT.has(tag) && html.charCodeAt(open + 1) !== 47 ? afterSilent(html, lower, tag, close) : close + 1
  }
  out.push(html.slice(at).replace(/[ \t\n]+/g, ' '))
  const lines = decoded(out.join('')).split('\n', 20_000)
  return lines
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
