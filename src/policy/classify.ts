// What a peer's reply means, by where in the session it came. A 5xx fails a recipient only as the answer to RCPT, DATA or the
// final dot, and to MAIL only where it is about the sender or the size; everything else, and every reply that blocks our
// address, belongs to the source or route: the recipient waits, the site backs off, the owner is told.
import type { FailureCode } from '../contract/failure-codes.ts'
import type { PeerReply } from '../contract/events.ts'
import { ABOUT_CONTENT, ABOUT_SENDER, BLOCKS_OUR_ADDRESS, FAILURE_TEXTS, findPattern } from './reply-patterns.ts'

/** Where the reply came, as the outbound port names it. */
export type ReplyPhase = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'final' | 'idle'

/**
 * `fail`: the recipient fails. `defer`: it is tried again by the schedule. `source`: it is tried again, and the reply is about
 * us or the route: the site backs off, with an alert. `refused`: the host takes no mail at all (521, rfc:7504): fails at once
 * where no other host is left.
 */
export interface Verdict {
  readonly kind: 'fail' | 'defer' | 'source' | 'refused'
  readonly code: FailureCode
}

/** What a person would read of a reply; more is not looked at. */
const MOST_TEXT = 1024

/** About the sender or the size (rfc:3463, rfc:7505 for 5.7.27, rfc:7372 for SPF). */
const MAIL_ENHANCED = new Set(['5.1.7', '5.1.8', '5.2.3', '5.3.4', '5.6.7', '5.7.23', '5.7.24', '5.7.27'])
const FAILS_RECIPIENT: ReadonlySet<ReplyPhase> = new Set<ReplyPhase>(['rcpt', 'data', 'body', 'final'])

const BY_ENHANCED: Readonly<Record<string, FailureCode>> = {
  '1.0': 2001,
  '1.1': 2001,
  '1.2': 2002,
  '1.3': 2003,
  '1.6': 2004,
  '1.10': 4006,
  '2.1': 3002,
  '2.2': 3001,
  '3.2': 4001,
  '4.5': 4001,
  '5.0': 4002,
  '5.1': 4002,
  '5.2': 4002,
  '5.4': 4002,
  '7.25': 1999,
}
/** Said by so many peers for so many reasons that the text, where it says something, knows better. */
const VAGUE = new Set(['1.0', '2.1', '5.0'])

export function classifyReply(phase: ReplyPhase, reply: PeerReply): Verdict {
  const text = reply.text.slice(0, MOST_TEXT).toLowerCase()
  const blocked = isBlock(text, reply)
  const code = blocked ? blockCode(text) : failureCode(text, reply)
  // Before 521: Postfix's postscreen greets an address that it blocks with that code.
  if (blocked) return { kind: 'source', code }
  if (reply.code === 521 && (phase === 'greeting' || phase === 'rcpt')) return { kind: phase === 'rcpt' ? 'fail' : 'refused', code: 4006 }
  if (reply.code < 500 || reply.code > 599) return { kind: isSession(phase) ? 'source' : 'defer', code: code === 9999 ? 3999 : code }
  if (FAILS_RECIPIENT.has(phase)) return { kind: 'fail', code }
  if (phase === 'mail' && isAboutMessage(text, reply)) return { kind: 'fail', code: code === 2001 ? 2999 : code }
  return { kind: 'source', code: code === 2001 || code === 2999 ? 4999 : code }
}

function isSession(phase: ReplyPhase): boolean {
  return phase !== 'mail' && phase !== 'idle' && !FAILS_RECIPIENT.has(phase)
}

function isBlock(text: string, reply: PeerReply): boolean {
  // rfc:7372#4: our address has no matching reverse name.
  if (reply.enhanced === '5.7.25' || reply.enhanced === '4.7.25') return true
  // Nearly every reply is neither: look for a block first, and only then whether it is about something else.
  return findPattern(BLOCKS_OUR_ADDRESS, text) !== undefined && findPattern(ABOUT_CONTENT, text) === undefined
}

function blockCode(text: string): FailureCode {
  return /spamhaus|spamcop|barracuda|sorbs|uceprotect|abuseat|list|rbl|dnsbl/.test(text) ? 1002 : 1999
}

function isAboutMessage(text: string, { code, enhanced }: PeerReply): boolean {
  if (code === 552 || (enhanced !== null && MAIL_ENHANCED.has(enhanced))) return true
  // 555: a parameter of this MAIL (rfc:5321#4.1.1.11); 553: the sender's form.
  return code === 555 || code === 553 || findPattern(ABOUT_SENDER, text) !== undefined
}

function failureCode(text: string, { code, enhanced }: PeerReply): FailureCode {
  const detail = enhanced?.slice(2) ?? ''
  const byEnhanced = BY_ENHANCED[detail]
  if (byEnhanced !== undefined && !VAGUE.has(detail)) return byEnhanced
  const byText = findPattern(FAILURE_TEXTS, text)?.code
  if (byText !== undefined) return byText
  if (byEnhanced !== undefined) return byEnhanced
  if (detail.startsWith('7.')) return 1999
  if (code === 552 || code === 452) return 3001
  if (code === 421) return 4001
  return code >= 500 ? 2999 : 3999
}
