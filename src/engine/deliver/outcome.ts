// What the results of a transaction mean for its recipients and its site. Pure.
import type { Domain, Ms } from '../../base/brand.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import { type PeerReply, replyLine } from '../../contract/events.ts'
import type { OutboundPhase, RecipientResult } from '../ports/outbound.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import { classifyReply } from '../../policy/classify.ts'
import { classifyStatus, waitAsked } from '../../policy/post/answers.ts'
import { askLists, type ReplyLists, type StatusEntry } from '../../policy/lists/verdict.ts'
import type { KnownReply } from './blocks.ts'
import { type Attempt, type Cause, type Decision, defer, deliver, fail } from '../settle/decisions.ts'

export interface Judgement {
  readonly decisions: readonly Decision[]
  /** To be tried again at once, on another connection. */
  readonly again: readonly QueuedRecipient[]
  /** The site does not want us: it backs off. */
  readonly source: Cause | null
  /** The peer took one, or refused one for its own sake: it deals with us. */
  readonly isWelcome: boolean
  /** What the owner's lists want told. */
  readonly alerts: readonly string[]
  /** What block rules know of the replies. */
  readonly known: readonly KnownReply[]
}

export interface Circumstances extends Attempt {
  /** Lost before the peer can have taken it: whether another connection is worth a try. */
  readonly mayRetry: boolean
  /** The connection had taken a message before: the server may just have closed it. */
  readonly isReused: boolean
  /** What the owner's list files say of replies; null: there are none. */
  readonly lists: ReplyLists | null
  /** What block rules know of a reply about mail to the domain. */
  readonly known: (domain: Domain, reply: PeerReply) => readonly KnownReply[]
}

export function judgeResults(
  head: MessageHead,
  rows: readonly QueuedRecipient[],
  results: readonly RecipientResult[],
  around: Circumstances,
): Judgement {
  const decisions: Decision[] = []
  const alerts = new Set<string>()
  const again: QueuedRecipient[] = []
  const known = new Map<BlockRule, KnownReply>()
  let source: Cause | null = null
  let isWelcome = false
  for (const [i, row] of rows.entries()) {
    const result = results[i] ?? { kind: 'perhaps', reason: 'no result' }
    if (result.kind === 'accepted') {
      isWelcome = true
      decisions.push(deliver(head, row, around, result.reply))
    } else if (isRetried(result, around)) again.push(row)
    else {
      const { cause, verdict, schedule, alert, replies } = judge(row, result, around)
      for (const reply of replies) known.set(reply.block, reply)
      if (alert !== null) alerts.add(`${alert}: ${cause.reason}`)
      if (verdict === 'source') source ??= cause
      else if ((result.kind === 'rejected' || result.kind === 'declined') && !isBlock(replies)) isWelcome = true
      decisions.push(verdict === 'fail' ? fail(head, row, around, cause) : defer(head, row, { ...around, schedule }, cause))
    }
  }
  return { decisions, again, source, isWelcome, alerts: [...alerts], known: [...known.values()] }
}

/** It is about us, whoever the recipient is. */
function isBlock(replies: readonly KnownReply[]): boolean {
  return replies.some(({ block }) => !block.onlyAlert)
}

/** It waits, whatever the code, unless a block wants it to fail. */
function byBlocks(replies: readonly KnownReply[]): 'fail' | 'defer' | null {
  if (!isBlock(replies)) return null
  return replies.some(({ block }) => !block.onlyAlert && block.action === 'fail') ? 'fail' : 'defer'
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

interface Judged {
  readonly cause: Cause
  readonly verdict: 'fail' | 'defer' | 'source'
  readonly schedule: Attempt['schedule']
  readonly alert: string | null
  readonly replies: readonly KnownReply[]
}

function judge(
  row: QueuedRecipient,
  result: Exclude<RecipientResult, { kind: 'accepted' }>,
  { lists, schedule, known }: Circumstances,
): Judged {
  if (result.kind === 'rejected' || result.kind === 'declined') {
    const { kind, code } = result.kind === 'declined' ? classifyStatus(result.reply.code) : classifyReply(result.phase, result.reply)
    const line = replyLine(result.reply)
    const listed = askLists(lists, line, row.domain)
    const replies = known(row.domain, result.reply)
    // A block rule does what is to be done at the site; the recipient waits.
    const verdict = verdictBy(listed.status?.status ?? 'default', byBlocks(replies) ?? kind)
    const said = verdict === 'source' || isBlock(replies) ? 'The server refuses us' : 'The server refused it'
    const reason = result.kind === 'declined' ? `The server answered: ${line}` : `${said} ${wordsFor(result.phase)}: ${line}`
    const cause = { code: listed.code ?? code, reason, reply: result.reply, status: '5.0.0' }
    // The owner's wait is for this attempt; the age at which it fails stays.
    const asked = listed.wait ?? askedWait(row, result)
    const waits = asked === null ? schedule : { ...schedule, first: asked, longest: asked }
    return { cause, verdict, schedule: waits, alert: listed.status?.alert ?? null, replies }
  }
  const reason =
    result.kind === 'lost'
      ? `The connection was lost ${wordsFor(result.phase)}: ${result.reason}`
      : `No answer came after the message, which the server may have: ${result.reason}`
  return { cause: { code: 4999, reason, reply: null, status: '4.4.2' }, verdict: 'defer', schedule, alert: null, replies: [] }
}

/** How long an HTTP server asks to be left alone; as what is due is spread by a tenth, a little more. */
function askedWait({ attempts }: QueuedRecipient, result: RecipientResult): Ms | null {
  if (result.kind !== 'declined' || result.retryAfter === null) return null
  return Math.ceil(waitAsked(result.retryAfter, attempts + 1) / 0.9)
}

/** A reply that is about our address stays that where the owner calls it temporary: the site still backs off. */
function verdictBy(listed: StatusEntry['status'], kind: ReturnType<typeof classifyReply>['kind']): Judged['verdict'] {
  if (listed === 'permanent') return 'fail'
  if (listed === 'temporary') return kind === 'source' ? 'source' : 'defer'
  return kind === 'refused' ? 'fail' : kind
}
