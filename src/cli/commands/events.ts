// `hms events`: what happened, newest last; with --follow as it happens.
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEventKind, type NumberedEvent } from '../../contract/events.ts'
import { accountId, badArgument, type Cli, messageId, wholeNumber } from '../cli.ts'
import { systemClock } from '../../base/clock.ts'
import { parseDuration } from '../../base/quantities.ts'
import { eventLine, eventTable } from './event-table.ts'

interface Filters {
  message?: MessageId
  recipient?: string
  account?: AccountId
  mailing?: string
  kind?: readonly MailEventKind[]
  since?: number
  before?: string
  limit: number
  follow?: true
}

/** How often a follower asks. */
const POLL = 500

export function register(command: Command, cli: Cli): void {
  command
    .option('--message <id>', 'of one message', messageId)
    .option('--recipient <address>', 'of one recipient')
    .option('--account <id>', 'of one account', accountId)
    .option('--mailing <id>', 'of one mailing')
    .option('--kind <kinds>', `of these kinds, with commas: ${MAIL_EVENT_KINDS.join(', ')}`, kinds)
    .option('--since <span|time>', 'not older than 30m, 2h or 2026-11-22T07:00', since)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .option('--before <event>', 'page on: only events before this one')
    .option('-f, --follow', 'go on with events as they happen')
    .addHelpText(
      'after',
      '\nExamples:\n  hms events --kind failed,deferred --since 1h\n  hms events --recipient ann@example.com\n  hms events --follow',
    )
    .action(async ({ follow, kind, ...filters }: Filters) => {
      const filter = { ...filters, ...(kind !== undefined && { kinds: kind }) }
      if (follow !== true) {
        const found = await cli.call('events.find', filter)
        cli.answer(
          found,
          ({ events, next }) =>
            `${eventTable(events.toReversed(), cli.terminal.width)}${next === null ? '' : `Older ones: the same with --before ${next}\n`}`,
        )
        return
      }
      await tail(cli, (event) => matches(event, filter))
    })
}

/** Prints events from now on until the process is interrupted. */
async function tail(cli: Cli, wanted: (event: NumberedEvent) => boolean): Promise<void> {
  let after: string | null = null
  let first = true
  for (;;) {
    const { events, last }: { events: readonly NumberedEvent[]; last: string | null } = await cli.call('events.tail', {
      after,
      limit: 1000,
    })
    if (!first) {
      for (const event of events) if (wanted(event)) cli.terminal.write(cli.json ? `${JSON.stringify(event)}\n` : eventLine(event))
    }
    first = false
    after = last
    if (events.length < 1000) await wait(POLL)
  }
}

function matches(event: NumberedEvent, filter: Omit<Filters, 'follow' | 'kind'> & { kinds?: readonly MailEventKind[] }): boolean {
  return (
    (filter.message === undefined || event.message === filter.message) &&
    (filter.recipient === undefined || event.recipient.toLowerCase() === filter.recipient.toLowerCase()) &&
    (filter.account === undefined || event.account === filter.account) &&
    (filter.mailing === undefined || event.mailing === filter.mailing) &&
    (filter.kinds === undefined || filter.kinds.includes(event.kind))
  )
}

function kinds(text: string): readonly MailEventKind[] {
  return text.split(',').map((part) => {
    const kind = MAIL_EVENT_KINDS.find((known) => known === part.trim())
    if (kind === undefined) throw badArgument(`"${part}" is no kind of event.`, `There are ${MAIL_EVENT_KINDS.join(', ')}.`)
    return kind
  })
}

function since(text: string): number {
  const span = parseDuration(text)
  const at = span !== undefined ? systemClock.now() - span : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw badArgument(`"${text}" is neither a span such as 2h nor a time such as 2026-11-22T07:00.`)
  return at
}
