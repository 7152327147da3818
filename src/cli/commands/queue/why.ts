// `hms why`: the one thing that holds a message, a recipient's mail or most mail of a domain now, what happened before, and when it moves if
// nothing changes.
import type { Command } from 'commander'
import { parseMessageId } from '../../../base/message-id.ts'
import { type NumberedEvent, OWN_SITE } from '../../../contract/events.ts'
import type { OperationParams } from '../../../contract/operations.ts'
import type { Hold, HoldKind, WaitingDomain, WaitingMessage, WaitingRecipient, Why } from '../../../contract/why.ts'
import { MOST_AHEAD } from '../../../contract/why.ts'
import { badArgument, type Cli, domainName } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime, octets, withLocalTimes } from '../../output/when.ts'
import { eventTable, outcomeText } from '../../output/event-table.ts'
import { notFound } from '../../not-found.ts'

/** Recipients of a message that are named for each reason. */
const NAMED = 3
const ENDS: ReadonlySet<NumberedEvent['kind']> = new Set(['delivered', 'failed', 'expired', 'deleted'])

export function register(command: Command, cli: Cli): void {
  command
    .argument('<id|address|domain>', 'a message id, an address that mail is for, or a domain')
    .addHelpText(
      'after',
      '\nExamples:\n  hms why 01J9Z3K8Q2V7T4B6\n  hms why ann@example.net\n  hms why example.net\n\nExit code 1 where nothing is known of it.',
    )
    .action(async (what: string) => {
      const result = await cli.call('queue.why', askedFor(what))
      if (isNothing(result)) throw nothingKnown(what, result)
      cli.answer(result, (why) => described(why, cli.terminal.width))
    })
}

function askedFor(what: string): OperationParams<'queue.why'> {
  if (what.includes('@')) return { recipient: what.replace(/^<(.*)>$/, '$1') }
  const message = parseMessageId(what)
  if (message !== undefined) return { message }
  if (/\s/.test(what) || what === '') throw badArgument(`"${what}" is no message id, no address and no domain.`)
  return { domain: domainName(what) }
}

function isNothing({ messages, domain, events }: Why): boolean {
  const isEmpty = domain === null || (domain.waiting === 0 && domain.holds.length === 0)
  return messages.length === 0 && events.length === 0 && isEmpty
}

function nothingKnown(what: string, { isCut, missing, domain }: Why): Error {
  const [slot] = missing
  const about = visible(what)
  if (slot !== undefined)
    return notFound(
      `Nothing is known of ${about}, but worker ${slot} does not answer: it may be in its shards.`,
      'Try again in a few seconds.',
    )
  if (domain !== null) return notFound(`No mail for ${about} is in the queue.`, `'hms events' shows what was delivered.`)
  if (isCut)
    return notFound(
      `Nothing was found of ${about} in the time that there was: there is too much mail to look through all.`,
      `'hms queue ls --recipient ADDRESS' and 'hms events' look through all.`,
    )
  return notFound(`Nothing is known of ${about}: it is not in the queue, and no event names it.`, "'hms queue ls' lists the queue.")
}

function described(why: Why, width: number): string {
  const { messages, domain, events, missing, isCut } = why
  const parts = messages.map((message) => messageText(message))
  if (domain !== null) parts.push(domainText(domain, width))
  if (messages.length === 0 && events.length > 0) parts.push(outcomes(events))
  if (events.length > 0) parts.push(eventTable(events, width))
  if (isCut) parts.push('There is too much to look through all of it in time: this may not be all.\n')
  for (const slot of missing) parts.push(`Worker ${slot} does not answer: what is in its shards is not seen.\n`)
  return parts.join('\n')
}

function messageText(message: WaitingMessage): string {
  const { id, account, sender, size, acceptedAt, expiresAt, recipients, more } = message
  const from = `from ${sender || '<>'}, account ${account}, ${octets(size)}`
  const head = `Message ${id} ${visible(from)}\naccepted ${dateTime(acceptedAt)}, expires ${dateTime(expiresAt)}\n`
  const groups = Map.groupBy(recipients, ({ hold, site }) => `${site} ${hold.kind} ${hold.reason}`)
  const texts = [...groups.values()].map((same) => groupText(same, expiresAt))
  return [head, ...texts, ...(more ? ['There are more recipients.\n'] : [])].join('\n')
}

function groupText(same: readonly WaitingRecipient[], expiresAt: number): string {
  const [first] = same
  if (first === undefined) return ''
  const named = same.slice(0, NAMED).map(({ address }) => address)
  const others = same.length > named.length ? ` and ${same.length - named.length} more` : ''
  const ahead = first.ahead === null || first.ahead === 0 ? null : `${first.ahead}${first.ahead >= MOST_AHEAD ? ' or more' : ''}`
  const pairs: readonly (readonly [string, string | number | null])[] = [
    ['for', `${named.join(', ')}${others}`],
    ['goes to', first.site === OWN_SITE ? HERE : (first.site ?? 'not looked up yet')],
    [WORDS[first.hold.kind], withLocalTimes(first.hold.reason)],
    ...untilOf(first.hold),
    ...(ahead === null ? [] : [['before it', ahead] as const]),
    ['attempts', first.attempts],
    ...(first.lastReply === null || first.hold.reason.includes(first.lastReply) ? [] : [['last reply', first.lastReply] as const]),
    ['moves', movesOf(first, expiresAt)],
  ]
  return fields(pairs)
}

/** Mail for a domain of the owner's. */
const HERE = 'nowhere: it is read here, as mail for a domain of your own'

const WORDS: Readonly<Record<HoldKind, string>> = {
  held: 'held',
  suspended: 'suspended',
  account: 'held',
  'not-running': 'waits',
  stopping: 'waits',
  spool: 'waits',
  scheduled: 'waits',
  retry: 'waits',
  'backing-off': 'waits',
  block: 'waits',
  source: 'waits',
  rate: 'waits',
  'warm-up': 'waits',
  connections: 'waits',
  probing: 'waits',
  turn: 'waits',
  memory: 'waits',
  disk: 'waits',
  'looking-up': 'waits',
  sending: 'now',
  settling: 'now',
}

function untilOf({ until, since, by }: Hold): readonly (readonly [string, string])[] {
  return [
    ...(by === undefined ? [] : [['by', by] as const]),
    ...(since === undefined ? [] : [['since', dateTime(since)] as const]),
    ...(until === null ? [] : [['until', dateTime(until)] as const]),
  ]
}

function movesOf({ hold: { kind }, expected }: WaitingRecipient, expiresAt: number): string {
  if (kind === 'held') return "when it is released: 'hms queue release ID'"
  if (kind === 'suspended') return "when it is resumed: 'hms queue suspensions', 'hms queue resume NUMBER'"
  if (kind === 'account')
    return "when its account may send again, or it is released: 'hms account show ID', 'hms account state ID active', 'hms queue release --account ID'"
  if (kind === 'source') return "when a source of its pool can be used: 'hms sources ls'"
  if (kind === 'sending' || kind === 'settling') return 'now'
  if (expected !== null && expected > expiresAt) return `not before it expires, if nothing changes (about ${dateTime(expected)})`
  return expected === null ? 'as soon as there is room; nobody can say when' : `about ${dateTime(expected)}, if nothing changes`
}

function domainText({ domain, site, waiting, held, holds }: WaitingDomain, width: number): string {
  const where = site === null ? 'nobody has looked up where it goes' : site === OWN_SITE ? `it goes ${HERE}` : `it goes to ${site}`
  const heldText = held === null ? 'what is held is still being counted' : `${counted(held, 'recipient')} held`
  const head = `Mail for ${domain}: ${counted(waiting, 'recipient')} ${waiting === 1 ? 'waits' : 'wait'}, ${heldText}; ${where}.\n`
  return `${visible(head.trimEnd())}\n\n${table(
    holds,
    [
      { title: 'RECIPIENTS', of: ({ recipients, atLeast }) => `${atLeast ? 'about ' : ''}${recipients}`, right: true },
      { title: 'WHY', of: ({ reason }) => withLocalTimes(reason), shrinks: true },
      { title: 'UNTIL', of: ({ until }) => (until === null ? null : dateTime(until)) },
      { title: 'SINCE', of: ({ since }) => (since === undefined ? null : dateTime(since)) },
    ],
    width,
    'Nothing waits.',
  )}`
}

/** What became of each recipient: the last event of it. */
function outcomes(events: readonly NumberedEvent[]): string {
  const last = new Map<string, NumberedEvent>()
  for (const event of events) if (event.kind !== 'accepted') last.set(`${event.message} ${event.recipient}`, event)
  const done = [...last.values()].filter(({ kind }) => ENDS.has(kind))
  const lines = done.slice(0, NAMED).map((event) => `${event.recipient}: ${event.kind} ${dateTime(event.at)}, ${outcomeText(event)}`)
  const more = done.length > NAMED ? [`And ${done.length - NAMED} more; see below.`] : []
  const said = done.length === 0 ? ['It is not in the queue any more; what became of it is not among the events that were found.'] : []
  return `${['It is done.']
    .slice(done.length === 0 ? 1 : 0)
    .concat(lines, more, said)
    .map(visible)
    .join('\n')}\n`
}
