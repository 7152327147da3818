// Recipients of a notification that has no part for programs: every program words it in its own way, but all of them name the address
// where people look for it. Each address of the text is weighed by its place in the line, the words around it, and by what is known of
// the report and the original; the heaviest are the recipients.
import { addressesIn } from './address-text.ts'
import { LONGEST_DIAGNOSTIC, MOST_RECIPIENTS } from './bounds.ts'
import type { Notice } from './notice.ts'
import { isRefusal } from './smtp-words.ts'
import type { OriginalMessage } from './types.ts'

export interface TextRecipient {
  readonly address: string
  readonly weight: number
  readonly diagnostic: string
}

interface Weighed {
  readonly address: string
  readonly weight: number
  readonly place: number
  readonly line: number
}

interface Line {
  readonly text: string
  readonly lower: string
}

const MOST_LINES = 1500
const LONGEST_LINE = 1000
/** More than a place where recipients stand, and a word for it, says nothing more: others there count as well. */
const HEAVIEST = 9
/** Words, or a code: what lines of dashes have not. */
const SAYS = /\p{L}{2}|\d{3}/u
/** Below it nothing speaks for an address. */
const LEAST = 3
/** Place of an address that stands alone, or before a colon. */
const LISTED = 5
const LABEL =
  /^\W{0,20}(?:(?:the|target|failed|original|intended|final|e-?mail|mail) ){0,3}(?:address|recipient|to|for|rcpt to|addressed to)$/i
const ALIAS = /\((?:generated|expanded) from:?\s*<?$/
/** Words of a line before a list of failed addresses. */
const LEADS =
  /recipient|address|following|undeliver|could ?n.?t be|not be (?:delivered|reached|sent)|failed|failure|unable to|not delivered|unknown|delivery|destinat|empfänger|zugestellt|destinataire|receiver|收件|宛先|受信|получател|адрес|odbiorc|adresat|mottagar|modtager|ontvanger|geadresseerde|vastaanottaj|příjemc|címzett|alıcı|did not reach|rejected/
const OF_SENDER =
  /\b(?:mail from|from|sender|return-path|reply-to|envelope-from|contact|e-?mail us|write to|questions?|assistance|help ?desk|support|administrator|report(?:ed)? (?:it|this|to)|forward (?:this|it)|please (?:e-?mail|send)|message-id|in-reply-to|references|absender|expéditeur|remitente|mittente)\b[^@]{0,60}$/

export function textRecipients(notice: Notice, original: OriginalMessage | null, known: ReadonlySet<string>): TextRecipient[] {
  const lines = notice.text
    .split('\n', MOST_LINES)
    .map((raw) => raw.replace(/^(?:>[> ]{0,6}|\|[ \t])/, '').slice(0, LONGEST_LINE))
    .map((text) => ({ text, lower: text.toLowerCase() }))
  const ours = oursOf(notice, original)
  const weighed = new Map<string, Weighed>()
  let lead = ''
  lines.forEach((line, n) => {
    for (const { address, start, end } of addressesIn(line.text, 200)) {
      const key = address.toLowerCase()
      const place = placeOf(line, { start, end })
      const isAlias = ALIAS.test(line.lower.slice(0, start))
      const isNamed = known.has(key)
      const weight =
        Math.min(HEAVIEST, place + wordsAround(line, { start, end }, lead, lines[n + 1]) + (isAlias ? 8 : 0)) +
        (ours.get(key) ?? 0) +
        (isNamed ? 4 : 0) +
        (isRole(key) && !isNamed ? -4 : 0)
      const before = weighed.get(key)
      // What is said of an alias stands beside what it became.
      if (before === undefined || before.weight < weight) weighed.set(key, { address, weight, place, line: isAlias && n > 0 ? n - 1 : n })
    }
    if (line.text.trim() !== '' && !line.text.includes('@')) lead = line.lower
    else if (line.text.trim().endsWith(':') && LEADS.test(line.lower)) lead = line.lower
  })
  return heaviest([...weighed.values()]).map(({ address, weight, line }) => ({
    address,
    weight,
    diagnostic: diagnosticAt(lines, line, address),
  }))
}

/** Addresses that the report and the original have as sender, with what they lose by it. */
function oursOf(notice: Notice, original: OriginalMessage | null): Map<string, number> {
  const ours = new Map<string, number>()
  if (notice.from.includes('@')) ours.set(notice.from, -6)
  if (notice.to !== '') ours.set(notice.to, -6)
  for (const address of [original?.from, original?.returnPath])
    if (address !== undefined && address !== null) ours.set(address.toLowerCase(), -5)
  // Who writes to himself is recipient and sender in one.
  for (const address of original?.to ?? []) ours.delete(address.toLowerCase())
  return ours
}

const isRole = (address: string): boolean =>
  /^(?:postmaster|mailer-daemon|abuse|hostmaster|support|helpdesk|info-?desk|noreply|no-reply|spam)@/.test(address)

interface Span {
  readonly start: number
  readonly end: number
}

/** Weight of the place in its line. */
function placeOf({ lower }: Line, { start, end }: Span): number {
  const before = lower.slice(Math.max(0, start - 120), start)
  if (/(?:rcpt to|recipient|rcpt)\s*[:=]?\s*<?$/.test(before)) return 6
  if (/^[\s*•·\-–—|.>]{0,20}(?:\d{1,3}[.)]\s*)?[<"'(«[]{0,3}(?:smtp:|mailto:|rfc822;)?$/.test(before))
    return /^[>"')»\]]{0,3}\s*(?:[:;,.]|$)/.test(lower.slice(end, end + 20)) ? 5 : 4
  if (
    /^[^@]{0,40}(?:to|user|mailbox|address|account|empfänger|destinataire|destinatario|an|à|para|кому|宛先)\s*[:=]\s*["'<]{0,2}$/.test(
      before,
    )
  )
    return 4
  if (
    /(?:\bto|\bfor|\bdelivering|\bdeliver|\baddress|\brecipients?|\buser|\bmailbox|\ban|\bà|\bpara|\ba|\bper|\bdo|для|на)[\s:]{1,3}["'<([]{0,3}$/.test(
      before,
    )
  )
    return 3
  if (/\baddressed(?: to)?,?\s{1,3}["'<([]{0,3}$/.test(before)) return 4
  if (/smtp=$|[a-z)]\s{0,2}[:：]\s{0,3}["'<]{0,2}$/.test(before)) return 4
  return /^[^@]{0,80}\b[45]\d\d[ -][^@]{0,80}$/.test(before) ? 3 : 0
}

const SAID_OF =
  /^[>"')\]»]{0,3}\s*(?:\.\.\.|:|\(|,|;|-{1,2}\s|=>)?\s{0,3}(?:was not|not found|unknown|user unknown|host unknown|couldn.?t|could not|can.?t|cannot|does not|doesn.?t|is not|isn.?t|failed|no such|mailbox|rejected|over quota|invalid|unroutable|undeliver|has been disabled|[45]\d\d\b|[45]\.\d\.\d)/

/** Weight of what stands around it: in the line, before it and after it. */
function wordsAround({ text, lower }: Line, { start, end }: Span, lead: string, next: Line | undefined): number {
  const before = lower.slice(Math.max(0, start - 120), start)
  let weight = 0
  if (SAID_OF.test(lower.slice(end, end + 120))) weight += 4
  if (isRefusal(text)) weight += 2
  if (LEADS.test(before) || LEADS.test(lead)) weight += 2
  if (next !== undefined && /^\s/.test(next.text) && next.text.trim() !== '') weight += 1
  // The head of a summary of the message, not of what became of it.
  if (
    /^\s{0,8}(?:to|an|à|para|a)\s{0,3}:/.test(before) &&
    next !== undefined &&
    /^\s{0,8}(?:subject|sent|betreff|objet|asunto|cc)\s{0,3}:/.test(next.lower)
  )
    weight -= 5
  if (!ALIAS.test(before) && OF_SENDER.test(before)) weight -= 6
  if (/https?:\/\/\S*$/.test(before)) weight -= 6
  return weight
}

/** Those near the heaviest and those in a place like its; where nothing speaks for an address, the only one that is not ours. */
function heaviest(found: readonly Weighed[]): Weighed[] {
  const [top] = [...found].sort((a, b) => b.weight - a.weight)
  if (top === undefined) return []
  if (top.weight < LEAST) {
    const others = found.filter(({ weight }) => weight >= 0)
    return others.length === 1 ? others : []
  }
  const isOne = ({ weight, place }: Weighed): boolean =>
    weight >= Math.max(LEAST, top.weight - 2) || (place === LISTED && top.place === LISTED && weight >= LISTED)
  return found.filter(isOne).slice(0, MOST_RECIPIENTS)
}

/** What is said of the address at this line: the rest of the line and the lines that belong to it. */
function diagnosticAt(lines: readonly Line[], at: number, address: string): string {
  const own = lines[at]?.text ?? ''
  const place = own.toLowerCase().indexOf(address.toLowerCase())
  const before = own.slice(0, Math.max(0, place))
  const said = [place < 0 ? '' : isRefusal(before) ? own : own.slice(place + address.length).replace(/^[>"')\]\s:;,.]+/, '')]
  let empty = 0
  for (let n = at + 1; n < Math.min(lines.length, at + 16); n++) {
    const text = lines[n]?.text.trim() ?? ''
    if (!SAYS.test(text)) {
      const soFar = said.join(' ').trim()
      if ((soFar.length > 8 && !soFar.endsWith(':')) || ++empty > 3) break
      continue
    }
    const [other] = addressesIn(text.slice(0, 400), 1)
    if (other !== undefined && other.start < 4 && other.address.toLowerCase() !== address.toLowerCase()) break
    // The head of the next list.
    if (text.endsWith(':') && /\b(?:recipients?|address(?:es)?)\b/i.test(text)) break
    said.push(text)
  }
  const text = said.join(' ').replace(/\s+/g, ' ').trim()
  if (SAYS.test(text.replaceAll(address, ''))) return text.slice(0, LONGEST_DIAGNOSTIC)
  // `Unknown user: ann@example.com` says it in front of the address, `Failed address: ann@example.com` does not.
  const label = before.replace(/[\s:<"']+$/, '').trim()
  return SAYS.test(label) && !LABEL.test(label) ? label.slice(0, LONGEST_DIAGNOSTIC) : ''
}
