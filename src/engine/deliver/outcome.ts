// What the results of a transaction mean for its recipients and its site. Pure.
import type { OutboundPhase, RecipientResult } from '../ports/outbound.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import { classifyReply } from '../../policy/classify.ts'
import { type Attempt, type Cause, type Decision, defer, deliver, fail, replyLine } from '../settle/decisions.ts'

export interface Judgement {
  readonly decisions: readonly Decision[]
  /** To be tried again at once, on another connection. */
  readonly again: readonly QueuedRecipient[]
  /** The site does not want us: it backs off. */
  readonly source: Cause | null
  /** The peer took one, or refused one for its own sake: it deals with us. */
  readonly isWelcome: boolean
}

export interface Circumstances extends Attempt {
  /** Lost before the peer can have taken it: whether another connection is worth a try. */
  readonly mayRetry: boolean
  /** The connection had taken a message before: the server may just have closed it. */
  readonly isReused: boolean
}

export function judgeResults(
  head: MessageHead,
  rows: readonly QueuedRecipient[],
  results: readonly RecipientResult[],
  around: Circumstances,
): Judgement {
  const decisions: Decision[] = []
  const again: QueuedRecipient[] = []
  let source: Cause | null = null
  let isWelcome = false
  for (const [i, row] of rows.entries()) {
    const result = results[i] ?? { kind: 'perhaps', reason: 'no result' }
    if (result.kind === 'accepted') {
      isWelcome = true
      decisions.push(deliver(head, row, around, result.reply))
    } else if (isRetried(result, around)) again.push(row)
    else {
      const { cause, verdict } = causeOf(result)
      if (verdict === 'source') source ??= cause
      else if (result.kind === 'rejected') isWelcome = true
      decisions.push(verdict === 'fail' ? fail(head, row, around, cause) : defer(head, row, around, cause))
    }
  }
  return { decisions, again, source, isWelcome }
}

/** A kept connection that ends with 421 at MAIL (rfc:5321#3.8), or without a word, says nothing of the message. */
function isRetried(result: RecipientResult, { mayRetry, isReused }: Circumstances): boolean {
  if (!mayRetry) return false
  if (result.kind === 'lost') return true
  return result.kind === 'rejected' && isReused && result.phase === 'mail' && result.reply.code === 421
}

const WHERE: Record<OutboundPhase, string> = {
  connect: 'while connecting',
  greeting: 'before the greeting',
  ehlo: 'at EHLO',
  starttls: 'at STARTTLS',
  auth: 'at AUTH',
  mail: 'at MAIL',
  rcpt: 'at RCPT',
  data: 'at DATA',
  body: 'within the message',
  final: 'after the message',
  idle: 'between messages',
}

export function wordsFor(phase: OutboundPhase): string {
  return WHERE[phase]
}

function causeOf(result: Exclude<RecipientResult, { kind: 'accepted' }>): { cause: Cause; verdict: 'fail' | 'defer' | 'source' } {
  if (result.kind === 'rejected') {
    const { kind, code } = classifyReply(result.phase, result.reply)
    const verdict = kind === 'refused' ? 'fail' : kind
    const said = verdict === 'source' ? 'The server refuses us' : 'The server refused it'
    const cause = { code, reason: `${said} ${wordsFor(result.phase)}: ${replyLine(result.reply)}`, reply: result.reply, status: '5.0.0' }
    return { cause, verdict }
  }
  const reason =
    result.kind === 'lost'
      ? `The connection was lost ${wordsFor(result.phase)}: ${result.reason}`
      : `No answer came after the message, which the server may have: ${result.reason}`
  return { cause: { code: 4999, reason, reply: null, status: '4.4.2' }, verdict: 'defer' }
}
