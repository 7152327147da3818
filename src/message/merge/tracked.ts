// Templates made ready for tracking before they are filled in: links that are the same for all are rewritten once, others stand in a tag that
// rewrites them when they are known. What is of each recipient is Liquid, too. Only HTML that a recipient's data may bring (`raw`) is looked
// through anew for each.
import { followedUrl, valueOf } from '../tracking/followed-url.ts'
import { type Budget, type Edit, htmlEdits, type HtmlPlan } from '../tracking/html-edits.ts'
import type { RewritePlan } from '../tracking/rewrite.ts'
import { LINK_TAG, OWN_NAME } from './liquid.ts'
import { nextLiquid } from './quick.ts'

/** What stands for the token of a recipient, and for what stands behind `/u/` for him. */
export const MARKS = { token: `{{ ${OWN_NAME}.token }}`, unsubscribe: `{{ ${OWN_NAME}.unsubscribe }}` } as const

const MOST_LINKS = 2000
const MOST_HTML = 1024 * 1024
/** Takes the place of Liquid while HTML is read: as long as it, and never part of a tag's syntax. */
const FILLER = '\u0001'
const PLACEHOLDER = '{{hsunsubscribe}}'

export interface TrackedHtml {
  readonly source: string
  /** Rendered HTML is to be edited instead. */
  readonly isLate: boolean
}

/** Octets are characters here (Latin-1), so that places are those of the HTML as it was read. */
export function trackedSource(html: string, plan: RewritePlan): TrackedHtml {
  const octets = Buffer.from(html).toString('latin1')
  const masked = maskedLiquid(octets)
  if (masked === null) return { source: html, isLate: true }
  if (isTooLarge(octets, plan)) return { source: unsubscribed(html, plan), isLate: false }
  const late: HtmlPlan['late'] = {
    filler: FILLER,
    wrap: (start, end) => `{% ${LINK_TAG} %}${octets.slice(start, end)}{% end${LINK_TAG} %}`,
  }
  const { edits } = htmlEdits(masked, 'utf-8', { ...plan.html, late }, budget())
  return { source: spliced(octets, edits), isLate: false }
}

/** The same of HTML that was rendered. */
export function trackedHtml(html: string, plan: RewritePlan): string {
  const octets = Buffer.from(html).toString('latin1')
  if (isTooLarge(octets, plan)) return unsubscribed(html, plan)
  return spliced(octets, htmlEdits(octets, 'utf-8', plan.html, budget()).edits)
}

/** With the address to unsubscribe, or a line with it. */
export function trackedText(text: string, { html, textFooter }: RewritePlan): string {
  const filled = text.replaceAll('{{HsUnsubscribe}}', html.unsubscribe)
  if (filled !== text || textFooter === null) return filled
  return `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}\n${textFooter.text}\n`
}

/** Where a link leads through, of the value of its `href` as HTML has it; as it was where it is no link to a web page. */
export function clickOf(plan: RewritePlan): (value: string) => string {
  return (value) => {
    const quote = value.includes('"') ? "'" : '"'
    if (value.includes(quote)) return value
    const attribute = `href=${quote}${Buffer.from(value).toString('latin1')}${quote}`
    const url = followedUrl(attribute, valueOf(attribute) ?? '', 'utf-8')
    return url === null || url.host === plan.html.host ? value : plan.html.click(url.href, null)
  }
}

function isTooLarge(octets: string, { mostHtml }: RewritePlan): boolean {
  return octets.length > MOST_HTML || (mostHtml !== null && octets.length > mostHtml)
}

function unsubscribed(html: string, plan: RewritePlan): string {
  return html.replaceAll('{{HsUnsubscribe}}', plan.html.unsubscribe)
}

function budget(): Budget {
  return { links: MOST_LINKS, octets: MOST_HTML }
}

function spliced(octets: string, edits: readonly Edit[]): string {
  let out = ''
  let at = 0
  for (const { start, end, text } of edits) {
    out += octets.slice(at, start) + text
    at = end
  }
  return Buffer.from(out + octets.slice(at), 'latin1').toString()
}

/** With every piece of Liquid filled over; null: it may bring tags, or says that something is none. */
function maskedLiquid(source: string): string | null {
  let out = ''
  let at = 0
  for (;;) {
    const start = nextLiquid(source, at)
    if (start === source.length) return out + source.slice(at)
    const close = source.indexOf(source[start + 1] === '{' ? '}}' : '%}', start + 2)
    if (close < 0) return out + source.slice(at)
    const piece = source.slice(start, close + 2)
    if (/\b(?:raw|comment)\b/.test(piece)) return null
    out += source.slice(at, start) + (piece.toLowerCase() === PLACEHOLDER ? piece : FILLER.repeat(piece.length))
    at = close + 2
  }
}
