// Where a link leads, as whoever follows it asks for it: the value of its `href` with what HTML escapes, read as a browser reads addresses.
// What is no plain link to a web page is null, and stays as it is.
import type { Token } from 'parse5'
import { late } from '../../base/late.ts'

const parse5 = late('parse5')

/** `utf-8`: or ASCII alone; `other`: a charset in which ASCII is ASCII. */
export type Charset = 'utf-8' | 'other'

export interface FollowedUrl {
  readonly href: string
  readonly host: string
}

/** Longer ones are left: the link that leads there must fit into the request line of any proxy. */
const LONGEST = 4000
const EIGHT_BIT = /[\u0080-\uffff]/
const WEB = /^https?:\/\//i
/** A placeholder that somebody else fills in later, or that nobody did: where it leads cannot be told. */
const PLACEHOLDER = /\{\{HsUnsubscribe\}\}|%7B%7BHsUnsubscribe%7D%7D/i

/** `attribute`: all of it, octets as Latin-1; `value`: what was read from it as that. */
export function followedUrl(attribute: string, value: string, charset: Charset): FollowedUrl | null {
  if (attribute.length > 2 * LONGEST || PLACEHOLDER.test(attribute)) return null
  const text = EIGHT_BIT.test(attribute) ? anew(attribute, charset) : value
  // In other charsets a path is read in UTF-8 and a query in the charset: too much to promise.
  if (text === null || (charset !== 'utf-8' && EIGHT_BIT.test(text))) return null
  const trimmed = text.trimStart()
  const url = WEB.test(trimmed) ? URL.parse(trimmed) : null
  return url === null || url.href.length > LONGEST ? null : { href: url.href, host: url.host }
}

/** Of octets that are UTF-8. */
function anew(attribute: string, charset: Charset): string | null {
  const text = charset === 'utf-8' ? Buffer.from(attribute, 'latin1').toString('utf8') : '\ufffd'
  return text.includes('\ufffd') ? null : (valueOf(text) ?? null)
}

/** The value of an attribute by itself, without what HTML escapes. */
export function valueOf(attribute: string): string | undefined {
  let value: string | undefined
  const nothing = (): void => {}
  const { Tokenizer } = parse5()
  const tokenizer = new Tokenizer(
    {},
    {
      onStartTag: ({ attrs }: Token.TagToken) => {
        value = attrs[0]?.value
      },
      onEndTag: nothing,
      onComment: nothing,
      onDoctype: nothing,
      onEof: nothing,
      onCharacter: nothing,
      onNullCharacter: nothing,
      onWhitespaceCharacter: nothing,
    },
  )
  tokenizer.write(`<a ${attribute} >`, true)
  return value
}
