// What a message says to people: its text parts without the original that it returns, with who sent it and about what.
import { cleanAddress } from './address-text.ts'
import { MOST_TEXT } from './bounds.ts'
import { type Fields, rawValue, value } from './fields.ts'
import { originalInText } from './original.ts'
import { type Part, partText } from './parts.ts'

export interface Notice {
  readonly subject: string
  /** Lower case; empty where unknown. */
  readonly from: string
  /** To whom it came: addresses of ours, never the failed recipient. */
  readonly to: string
  readonly fields: Fields
  /** What it says, line ends LF. */
  readonly text: string
  /** Header of an original that stands in the text. */
  readonly original: Fields | null
  /** The text from that header on. */
  readonly pasted: string | null
  /** All of the text, with an original that stands in it. */
  readonly whole: string
  /** The part that it was read from. */
  readonly part: string
}

/** `root`: the message, or a message in it that is a notification itself. */
export function noticeOf(root: Part): Notice {
  const leaves = readable(root)
  const texts = leaves.map(partText)
  const whole = texts.join('\n\n').slice(0, MOST_TEXT)
  const found = originalInText(whole)
  const said = found === null ? whole : whole.slice(0, found.cut)
  return {
    subject: value(root.fields, 'subject').slice(0, 1000),
    from: senderOf(root.fields),
    to: (cleanAddress(value(root.fields, 'to')) ?? '').toLowerCase(),
    fields: root.fields,
    text: said,
    original: found?.fields ?? null,
    pasted: found === null || found.at === null ? null : whole.slice(found.at),
    whole,
    part: leaves[0]?.path ?? '',
  }
}

function senderOf(fields: Fields): string {
  const from = value(fields, 'from')
  return (cleanAddress(from) ?? from.slice(0, 200)).toLowerCase()
}

/** Text for people: of alternatives the plain one; nothing of a returned message, nothing of the part for programs. */
function readable(part: Part): Part[] {
  if (part.children.length === 0) return isText(part) ? [part] : []
  if (part.type.startsWith('message/')) return []
  const inner = part.children.map(readable)
  if (part.type !== 'multipart/alternative') {
    const plain = inner.flat()
    // A multipart whose first part says it all in HTML, and whose plain parts are signatures of servers on the way.
    return plain
  }
  const first = inner.find((leaves) => leaves.some((leaf) => leaf.type !== 'text/html' && leaf.raw.trim() !== ''))
  return first ?? inner.at(-1) ?? []
}

function isText(part: Part): boolean {
  if (/^attachment/i.test(rawValue(part.fields, 'content-disposition')) && part.type !== 'text/plain') return false
  return (
    (part.type.startsWith('text/') && !/rfc822|calendar|css|xml|csv|vcard/.test(part.type)) ||
    (part.path === '' && part.children.length === 0 && !/^(?:application|image|audio|video|message)\//.test(part.type))
  )
}
