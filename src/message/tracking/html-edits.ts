// What is changed in an HTML part for tracking and unsubscribing: slices of its text and what takes their place. A tokenizer of the HTML
// standard finds them, as every reader's does; nothing else is touched. The text is the part's octets, one character each (Latin-1), so
// that offsets are those of the octets; tags are ASCII in every charset that comes here.
import type { Token, Tokenizer } from 'parse5'
import { late, once } from '../../base/late.ts'
import { type Charset, followedUrl } from './followed-url.ts'

/** `[start, end)` gives way to `text`, whose octets are its characters (Latin-1). */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface HtmlPlan {
  /** Without it nothing is tracked, whatever the HTML says: links that lead nowhere are worse than none. */
  readonly tracked: boolean
  /** Links and opens that are not named in the HTML, too. */
  readonly clicks: boolean
  readonly opens: boolean
  /** Host of our own links, which are left. */
  readonly host: string
  /** Address of the redirect to a link. */
  readonly click: (url: string, link: string | null) => string
  /** Address of the image. */
  readonly open: string
  readonly unsubscribe: string
  /** Words of the link that is added where there is none; null: none is. */
  readonly footer: string | null
  /** Of templates: characters that stand for what is not known yet, and what takes the place of a link with some. */
  readonly late?: { readonly filler: string; readonly wrap: (start: number, end: number) => string }
}

export interface HtmlEdits {
  /** In the order of their places, which never overlap. */
  readonly edits: readonly Edit[]
  readonly hasUnsubscribe: boolean
}

const parse5 = late('parse5')

/** Editors of HTML escape the braces in links. */
const PLACEHOLDER = /\{\{HsUnsubscribe\}\}|%7B%7BHsUnsubscribe%7D%7D/gi
const LINK_ID = /^[0-9A-Za-z._-]{1,64}$/
/** What a tokenizer by itself does not know: text up to their end tag (the HTML standard, 13.2.6.4). Scripts run in no mail. */
const MODES = once((): ReadonlyMap<string, Tokenizer['state']> => {
  const { TokenizerMode } = parse5()
  return new Map([
    ['script', TokenizerMode.SCRIPT_DATA],
    ['style', TokenizerMode.RAWTEXT],
    ['xmp', TokenizerMode.RAWTEXT],
    ['iframe', TokenizerMode.RAWTEXT],
    ['noembed', TokenizerMode.RAWTEXT],
    ['noframes', TokenizerMode.RAWTEXT],
    ['title', TokenizerMode.RCDATA],
    ['textarea', TokenizerMode.RCDATA],
    ['plaintext', TokenizerMode.PLAINTEXT],
  ])
})
/** Links of HTML, and of what Outlook draws from VML. */
const LINKED = new Set(['a', 'area', 'v:rect', 'v:roundrect', 'v:shape', 'v:oval', 'v:image'])
/** Of a comment that Outlook reads as HTML: `<!--[if mso]>`. */
const CONDITIONAL = /^<!--\[if[^\]]{0,200}\]>/i

/** What one message may cost at most; what is beyond it stays as it is. */
export interface Budget {
  links: number
  octets: number
}

export function htmlEdits(html: string, charset: Charset, plan: HtmlPlan, budget: Budget): HtmlEdits {
  const scan = new Scan(html, charset, { plan, budget })
  scan.run(0, html.length, false)
  return scan.finish()
}

class Scan {
  readonly #html: string
  readonly #charset: Charset
  readonly #plan: HtmlPlan
  readonly #budget: Budget
  readonly #edits: Edit[] = []
  #hasImage = false
  #hasUnsubscribe = false
  /** Where the body ends. */
  #end = -1

  constructor(html: string, charset: Charset, { plan, budget }: { readonly plan: HtmlPlan; readonly budget: Budget }) {
    this.#html = html
    this.#charset = charset
    this.#plan = plan
    this.#budget = budget
  }

  /** Goes through `[from, to)`; `isComment`: it is read by Outlook alone. */
  run(from: number, to: number, isComment: boolean): void {
    const nothing = (): void => {}
    const tokenizer: Tokenizer = new (parse5().Tokenizer)(
      { sourceCodeLocationInfo: true },
      {
        onStartTag: (token) => {
          const mode = MODES().get(token.tagName)
          if (mode !== undefined) tokenizer.state = mode
          this.#startTag(token, from, isComment)
        },
        onEndTag: (token) => this.#endTag(token, from, isComment),
        onComment: ({ location }) => {
          if (location !== null && !isComment) this.#comment(from + location.startOffset, from + location.endOffset)
        },
        onDoctype: nothing,
        onEof: nothing,
        onCharacter: nothing,
        onNullCharacter: nothing,
        onWhitespaceCharacter: nothing,
      },
    )
    tokenizer.write(from === 0 && to === this.#html.length ? this.#html : this.#html.slice(from, to), true)
  }

  finish(): HtmlEdits {
    const { tracked, opens, open, unsubscribe, footer } = this.#plan
    this.#placeholders()
    let added = ''
    if (footer !== null && !this.#hasUnsubscribe)
      added += `<p style="font-size:12px;text-align:center"><a href="${unsubscribe}">${footer}</a></p>`
    if (tracked && opens && !this.#hasImage) added += image(open)
    const end = this.#end < 0 ? this.#html.length : this.#end
    if (added !== '') this.#edits.push({ start: end, end, text: added })
    return { edits: inOrder(this.#edits), hasUnsubscribe: this.#hasUnsubscribe || footer !== null }
  }

  #comment(start: number, end: number): void {
    const opening = CONDITIONAL.exec(this.#html.slice(start, start + 220))?.[0]
    if (opening !== undefined) this.run(start + opening.length, end, true)
  }

  #startTag(token: Token.TagToken, from: number, isComment: boolean): void {
    const { tagName, location } = token
    if (location === null) return
    if (LINKED.has(tagName)) this.#link(token, from)
    else if (isComment) return
    else if (tagName === 'hstracking') {
      this.#hasImage = true
      this.#replace(from + location.startOffset, from + location.endOffset, this.#plan.tracked ? image(this.#plan.open) : '')
    } else if (tagName === 'hsunsubscribe') {
      this.#hasUnsubscribe = true
      const name = from + location.startOffset + 1
      this.#replace(name, name + tagName.length, `a href="${this.#plan.unsubscribe}"`)
    }
  }

  #endTag({ tagName, location }: Token.TagToken, from: number, isComment: boolean): void {
    if (location === null || isComment) return
    const [start, end] = [from + location.startOffset, from + location.endOffset]
    if (tagName === 'body' || (tagName === 'html' && this.#end < 0)) this.#end = start
    else if (tagName === 'hstracking') this.#replace(start, end, '')
    else if (tagName === 'hsunsubscribe') this.#replace(start, end, '</a>')
  }

  #link({ attrs, location }: Token.TagToken, from: number): void {
    const of = (name: string): string | undefined => attrs.find((attr) => attr.name === name)?.value
    const wanted = of('hstracking')?.trim().toLowerCase()
    const link = of('hslinkid')?.trim()
    for (const name of ['hstracking', 'hslinkid']) this.#takeOut(location?.attrs?.[name], from)
    const place = location?.attrs?.['href']
    const { tracked, clicks } = this.#plan
    if (!tracked || place === undefined || wanted === 'false' || !(clicks || wanted === 'true')) return
    const [start, end] = [from + place.startOffset, from + place.endOffset]
    if (this.#budget.links <= 0) return
    this.#budget.links--
    if (this.#isLate(start, end)) return
    const url = followedUrl(this.#html.slice(start, end), of('href') ?? '', this.#charset)
    if (url === null || url.host === this.#plan.host) return
    const text = this.#plan.click(url.href, link !== undefined && LINK_ID.test(link) ? link : null)
    this.#replaceValue(start, end, text)
  }

  /** An attribute with the white space before it: it is for us alone. */
  #takeOut(place: Token.Location | undefined, from: number): void {
    if (place === undefined) return
    let start = from + place.startOffset
    while (/\s/.test(this.#html[start - 1] ?? '')) start--
    this.#replace(start, from + place.endOffset, '')
  }

  #isLate(start: number, end: number): boolean {
    const { late } = this.#plan
    if (late === undefined || !this.#html.slice(start, end).includes(late.filler)) return false
    const [from, to] = this.#valueWithin(start, end)
    this.#replaceValue(start, end, late.wrap(from, to))
    return true
  }

  /** The value of an attribute, in the quotation marks that it has. */
  #replaceValue(start: number, end: number, text: string): void {
    const [from, to] = this.#valueWithin(start, end)
    this.#replace(from, to, to < end ? text : `"${text}"`)
  }

  /** Without quotation marks. */
  #valueWithin(start: number, end: number): readonly [from: number, to: number] {
    let at = this.#html.indexOf('=', start) + 1
    while (/\s/.test(this.#html[at] ?? '')) at++
    const quote = this.#html[at]
    return quote === '"' || quote === "'" ? [at + 1, end - 1] : [at, end]
  }

  #replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text })
  }

  /** In links, in the text, and in what Outlook alone reads. */
  #placeholders(): void {
    for (const { index, 0: found } of this.#html.matchAll(PLACEHOLDER)) {
      this.#hasUnsubscribe = true
      this.#replace(index, index + found.length, this.#plan.unsubscribe)
    }
  }
}

/** A placeholder within what is taken out goes with it. */
function inOrder(edits: readonly Edit[]): readonly Edit[] {
  let end = 0
  return edits
    .toSorted((a, b) => a.start - b.start)
    .filter((edit) => {
      if (edit.start < end) return false
      end = edit.end
      return true
    })
}

function image(url: string): string {
  return `<img src="${url}" width="1" height="1" alt="" style="border:0">`
}
