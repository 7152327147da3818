// What an outcome says of the account that sent. Pure.
import type { PeerReply } from '../../contract/events.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'

interface Failure {
  readonly failureCode: FailureCode
  readonly reply: PeerReply | null
}

/** It was suppressed: nobody refused it. */
export const NOT_TRIED: FailureCode = 1001
const UNKNOWN: ReadonlySet<FailureCode> = new Set<FailureCode>([2001, 2004])
/** Also where DNS says it. */
const HARD: ReadonlySet<FailureCode> = new Set<FailureCode>([...UNKNOWN, 2002, 2003, 4006])
/** Where a peer says it: what somebody gave up by hand has no reply. */
const HARD_BY_REPLY: ReadonlySet<FailureCode> = new Set<FailureCode>([2999, 3002])
const BLOCKED: ReadonlySet<FailureCode> = new Set<FailureCode>([1002, 1003, 1004, 1999])
/** A reply that names the domain for another reason, such as a missing SPF record, is no block. */
const BLOCK_WORDS = ['list', 'block', 'reputation', 'banned', 'spam', 'abuse', 'phish', 'malicious'] as const
const SHORTEST_DOMAIN = 4
const MOST_TEXT = 1024

export function isUnknownUser({ failureCode }: Pick<Failure, 'failureCode'>): boolean {
  return UNKNOWN.has(failureCode)
}

export function isHardBounce({ failureCode, reply }: Failure): boolean {
  return HARD.has(failureCode) || (reply !== null && HARD_BY_REPLY.has(failureCode))
}

/** Whether it is a block that names one of these domains, as a word of its own. */
export function namesInBlock({ failureCode, reply }: Failure, domains: readonly (string | null)[]): boolean {
  if (reply === null || !BLOCKED.has(failureCode)) return false
  const text = reply.text.slice(0, MOST_TEXT).toLowerCase()
  if (!BLOCK_WORDS.some((word) => text.includes(word))) return false
  return domains.some((domain) => domain !== null && domain.length >= SHORTEST_DOMAIN && hasWord(text, domain))
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isOfName(text[at - 1]) && !isOfName(text[at + word.length], text[at + word.length + 1])) return true
  return false
}

/** A full stop at the end of a sentence ends a name. */
function isOfName(character: string | undefined, next?: string): boolean {
  if (character === undefined) return false
  if (character === '.') return next !== undefined && /[a-z0-9-]/.test(next)
  return /[a-z0-9-]/.test(character)
}
