// What a failing reply, status or text means. The owner's list files come first, then the rules, then what the codes alone say; what none
// of them knows is unknown, and never a failure for ever.
import type { Category, Classification } from '../../contract/feedback.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import { type CodeEntry, isFor } from '../lists/verdict.ts'
import type { PatternList } from '../patterns/pattern-list.ts'
import { byCodes, softer } from './codes.ts'
import { type Meaning, MEANINGS } from './meanings.ts'
import { readReply, readText, type Reading, type ReplyLike } from './reading.ts'
import { RULES } from './rules.ts'
import { RuleSet } from './rule-set.ts'

export interface ClassifyInput {
  /** In the session or in a report, with its code in front where it is a string. */
  readonly reply?: ReplyLike | string | null
  /** What a person would read of a bounce message; asked where the reply says nothing. */
  readonly text?: string | null
  readonly status?: string | null
  /** Where the mail went, for entries of the owner's that are about one domain. */
  readonly domain?: string | null
  /** A name of a provider as the Smart rules have it. */
  readonly provider?: string | null
}

/** The owner's: `response_translations.list`, `textbody_translations.list` and `bouncesignatures.list`. */
export interface OwnTexts {
  readonly replies: PatternList<CodeEntry>
  readonly texts: PatternList<FailureCode>
  readonly signatures: PatternList<FailureCode>
}

export interface Meant {
  readonly meaning: Meaning
  /** It came with a 4xx. */
  readonly isTemporary: boolean
  readonly rule: string | null
}

/** Said of an address or a mailbox. */
const DEFINITE: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.2.2'])
/** Said of the sender's (rfc:3463#3.2). */
const OF_SENDER: ReadonlySet<string> = new Set(['5.1.7', '5.1.8'])
/** With a 5xx, by receivers that could not look the address up: whatever else they say of it, it may be there. */
const NOT_LOOKED_UP =
  /\b(?:again|try|retry) (?:later|in \d)|\btemporar|\btime(?:d )?out\b|\btimed out\b|could not connect|\b(?:database|directory|ldap|dns|backend)(?: server)?(?: is)? (?:down|unavailable|failure|error)|internal error|\bplease retry|, retry\b/
/** Whatever went before. */
const LOOKED_UP = /domain name not found|nxdomain|no such domain/

let ready: RuleSet | null = null

export function classify(input: ClassifyInput, own: OwnTexts | null = null): Classification {
  const byOwner = own === null ? null : askOwner(own, input)
  if (byOwner !== null) return byOwner
  const { meaning, rule } = meaningOf(input)
  const { category, code, blame, action } = MEANINGS[meaning]
  return { category, code, blame, action, rule }
}

/** What comes with a 4xx is never hard. */
export function categoryOf(meaning: Meaning, isTemporary: boolean): Category {
  return MEANINGS[isTemporary ? softer(meaning) : meaning].category
}

export function meaningOf(input: ClassifyInput): Meant {
  const { status = null, provider = null } = input
  const readings: Reading[] = []
  for (const reading of readingsOf(input)) {
    readings.push(reading)
    ready ??= new RuleSet(RULES)
    const rule = ready.find(reading, provider)
    if (rule === null || isBesides(rule.means, reading, status)) continue
    const isTemporary = isTemporaryBy(reading)
    const isSofter =
      isTemporary || (isHard(rule.means) && reading.code !== null && NOT_LOOKED_UP.test(reading.text) && !LOOKED_UP.test(reading.text))
    return { meaning: isSofter ? softer(rule.means) : rule.means, isTemporary, rule: rule.name }
  }
  for (const reading of readings) {
    const meaning = byCodes(reading)
    if (meaning !== 'unknown') return { meaning, isTemporary: isTemporaryBy(reading), rule: null }
  }
  return { meaning: 'unknown', isTemporary: false, rule: null }
}

/** The text is read only where the reply's rules say nothing. */
function* readingsOf({ reply, text, status = null }: ClassifyInput): Generator<Reading> {
  const hasReply = reply !== undefined && reply !== null
  if (hasReply) yield readReply(reply, status)
  if (text !== undefined && text !== null && text !== '') yield readText(text, status)
  else if (!hasReply) yield readText('', status)
}

const isHard = (means: Meaning): boolean => MEANINGS[means].category === 'Hard'

/**
 * Of a notification without a reply, a definite status says what failed; words about anything else may be of a footer or of the message.
 * And what a reply says with a status of the sender's address is not about the recipient's.
 */
function isBesides(means: Meaning, { code, status: said }: Reading, status: string | null): boolean {
  if (said !== null && OF_SENDER.has(said) && isHard(means)) return true
  const { blame, ours }: { readonly blame: unknown; readonly ours?: true } = MEANINGS[means]
  return code === null && status !== null && DEFINITE.has(status) && blame !== 'recipient' && ours !== true
}

/** The reply's own code counts where it has one: receivers send `450 5.1.1`. */
function isTemporaryBy({ code, status }: Reading): boolean {
  return code === null ? status !== null && status.startsWith('4') : code < 500
}

function askOwner(own: OwnTexts, { reply, text, domain = null }: ClassifyInput): Classification | null {
  const line = reply === undefined || reply === null ? null : typeof reply === 'string' ? reply : lineOf(reply)
  const byReply = line === null ? undefined : own.replies.find(line, isFor(domain))?.code
  if (byReply !== undefined) return byCode(byReply, 'response_translations.list')
  if (text === undefined || text === null) return null
  const byText = own.texts.find(text)
  if (byText !== undefined) return byCode(byText, 'textbody_translations.list')
  const bySignature = own.signatures.find(text)
  return bySignature === undefined ? null : byCode(bySignature, 'bouncesignatures.list')
}

function lineOf({ code, enhanced, text }: ReplyLike): string {
  return [code, enhanced, text].filter((part) => part !== null && part !== undefined).join(' ')
}

/** What a failure code of the owner's means; one that says little comes out as `Custom`. */
export function byCode(code: FailureCode, rule: string): Classification {
  const found = Object.values(MEANINGS).find((one) => one.code === code && code !== 9999)
  if (found === undefined || code % 1000 === 999) return { category: 'Custom', code, blame: null, action: 'none', rule }
  const { category, blame, action } = found
  return { category, code, blame, action, rule }
}
