// What a peer's reply means, by where in the session it came. A 5xx fails a recipient only as the answer to RCPT, DATA or the
// final dot, and to MAIL only where it is about the sender or the size; everything else, and every reply that blocks our
// address, belongs to the source or route: the recipient waits, the site backs off, the owner is told.
import type { FailureCode } from '../contract/failure-codes.ts'
import type { PeerReply } from '../contract/events.ts'
import { meaningOf } from './classify/classify.ts'
import { type Meaning, MEANINGS } from './classify/meanings.ts'

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

/** About the sender or the size (rfc:3463, rfc:7505 for 5.7.27, rfc:7372 for SPF). */
const MAIL_ENHANCED = new Set(['5.1.7', '5.1.8', '5.2.3', '5.3.4', '5.6.7', '5.7.23', '5.7.24', '5.7.27'])
const FAILS_RECIPIENT: ReadonlySet<ReplyPhase> = new Set<ReplyPhase>(['rcpt', 'data', 'body', 'final'])
/** A 5xx to MAIL that means one of these is about this sender or message. */
const ABOUT_MESSAGE: ReadonlySet<Meaning> = new Set<Meaning>(['domain', 'spam', 'virus', 'size'])

export function classifyReply(phase: ReplyPhase, reply: PeerReply): Verdict {
  const { meaning, rule } = meaningOf({ reply })
  const known: { readonly code: FailureCode; readonly ours?: true } = MEANINGS[meaning]
  // Before 521: Postfix's postscreen greets an address that it blocks with that code.
  if (known.ours === true) return { kind: 'source', code: known.code }
  if (reply.code === 521 && (phase === 'greeting' || phase === 'rcpt')) return { kind: phase === 'rcpt' ? 'fail' : 'refused', code: 4006 }
  if (reply.code < 500 || reply.code > 599) return { kind: isSession(phase) ? 'source' : 'defer', code: orElse(known.code, 3999) }
  const code = orElse(known.code, 2999)
  if (FAILS_RECIPIENT.has(phase)) return { kind: 'fail', code }
  if (phase === 'mail' && isAboutMessage(meaning, rule, reply)) return { kind: 'fail', code: code === 2001 ? 2999 : code }
  return { kind: 'source', code: code === 2001 || code === 2999 ? 4999 : code }
}

function orElse(code: FailureCode, unknown: FailureCode): FailureCode {
  return code === 9999 ? unknown : code
}

function isSession(phase: ReplyPhase): boolean {
  return phase !== 'mail' && phase !== 'idle' && !FAILS_RECIPIENT.has(phase)
}

function isAboutMessage(meaning: Meaning, rule: string | null, { code, enhanced }: PeerReply): boolean {
  if (code === 552 || (enhanced !== null && MAIL_ENHANCED.has(enhanced))) return true
  // 555: a parameter of this MAIL (rfc:5321#4.1.1.11); 553: the sender's form.
  return code === 555 || code === 553 || ABOUT_MESSAGE.has(meaning) || rule === 'sender-refused' || rule === 'authentication-failed'
}
