// `hms events`: what happened, newest last; with --follow as it happens.
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AccountId, MessageId } from '../../../base/brand.ts'
import type { EventFilter } from '../../../engine/ports/stores.ts'
import { MAIL_EVENT_KINDS, type MailEventKind, type NumberedEvent } from '../../../contract/events.ts'
import { accountId, badArgument, type Cli, messageId, wholeNumber } from '../../cli.ts'
import { systemClock } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/quantities.ts'
import { EventMatcher } from '../../../store/sqlite/events/event-match.ts'
import { dateTime } from '../../output/when.ts'
import { eventLine, eventTable } from '../../output/event-table.ts'

interface Filters {
  message?: MessageId
  recipient?: string
  clientId?: string
  headerId?: string
  subject?: string
  account?: AccountId
  mailing?: string
  kind?: readonly MailEventKind[]
  since?: number
  until?: number
  before?: string
  limit: number
  follow?: true
}

/** How often a follower asks. */
const POLL = 500

export function register(command: Command, cli: Cli): void {
  command
    .option('--message <id>', 'of one message', messageId)
    .option('--recipient <address>', 'of one recipient; @example.com: of a domain; with *: of those that fit')
    .option('--subject <words>', 'accepted mail whose subject has these words; in quotes: is this; with *: fits')
    .option('--client-id <id>', "by the caller's own id (X-xsMessageId)")
    .option('--header-id <id>', 'accepted mail by its Message-ID')
    .option('--account <id>', 'of one account', accountId)
    .option('--mailing <id>', 'of one mailing')
    .option('--kind <kinds>', `of these kinds, with commas: ${MAIL_EVENT_KINDS.join(', ')}`, kinds)
    .option('--since <span|time>', 'not older than 30m, 2h or 2026-11-22T07:00', since)
    .option('--until <span|time>', 'not newer than that', since)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .option('--before <event>', 'page on: only events before this one')
    .option('-f, --follow', 'go on with events as they happen')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  hms events --kind failed,deferred --since 1h',
        '  hms events --recipient ann@example.com',
        "  hms events --subject 'invoice november'",
        "  hms events --recipient '*@example.com' --since 2d",
        '  hms events --follow',
        '\nPatterns with * are looked for in every event: that takes time, and a search of more than 10 s says where to go on.',
      ].join('\n'),
    )
    .action(async ({ follow, kind, recipient, ...filters }: Filters) => {
      const filter = { ...filters, ...recipientsOf(recipient), ...(kind !== undefined && { kinds: kind }) }
      if (follow !== true) {
        const found = await cli.call('events.find', filter)
        cli.answer(found, ({ events, next, isCut }) => `${eventTable(events.toReversed(), cli.terminal.width)}${cutText(next, isCut)}`)
        return
      }
      const matcher = new EventMatcher(filter)
      await tail(cli, (event) => matcher.fits(event))
    })
}

function cutText(next: string | null, isCut: boolean): string {
  const reached = isCut && next !== null ? `Looked through as far back as ${dateTime(Number(next.slice(1)))}. ` : ''
  return next === null ? '' : `${reached}Older ones: the same with --before ${next}\n`
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

/** An address, one that begins with `@` for all of its domain, or a pattern. */
function recipientsOf(recipient: string | undefined): Pick<EventFilter, 'recipient' | 'domain' | 'address'> {
  if (recipient === undefined) return {}
  if (recipient.includes('*')) return { address: recipient }
  return recipient.startsWith('@') ? { domain: recipient.slice(1) } : { recipient }
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
