// The options that choose mail of the queue, and what they say: of every command that is about some of it.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { systemClock } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/quantities.ts'
import type { QueueCriteria } from '../../../contract/criteria.ts'
import type { QueueSelection } from '../../../contract/queue-operations.ts'
import { accountId, badArgument, domainName, messageId } from '../../cli.ts'

/** As their options give them. */
export interface Criteria {
  readonly domain?: ReturnType<typeof domainName>
  readonly account?: AccountId
  readonly mailing?: string
  readonly site?: string
  readonly source?: string
  readonly recipient?: string
  readonly sender?: string
  readonly older?: number
  readonly younger?: number
}

export interface Selecting extends Criteria {
  readonly state?: 'waiting' | 'held'
  readonly all?: true
  readonly dryRun?: true
  readonly yes?: true
}

export function choosing(sub: Command): Command {
  return sub
    .option('--domain <name>', "recipients' domain", domainName)
    .option('--account <id>', 'account', accountId)
    .option('--mailing <id>', 'mailing id (X-xsMailingId)')
    .option('--site <name>', 'where it goes, as hms top names it')
    .option('--source <name>', 'what it would leave from now, as hms sources names it')
    .option('--recipient <pattern>', 'address, with * for anything and ? for one character')
    .option('--sender <pattern>', 'sender, likewise')
    .option('--older <time>', 'accepted longer ago than 90s, 10m, 2h, 1d', span)
    .option('--younger <time>', 'accepted within the last 90s, 10m, 2h, 1d', span)
}

export function selecting(sub: Command): Command {
  return choosing(sub).option('--state <waiting|held>', 'state', (text) => {
    if (text === 'waiting' || text === 'held') return text
    throw badArgument(`"${text}" is neither waiting nor held.`)
  })
}

function span(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw badArgument(`"${text}" is no time such as 90s, 10m, 2h or 1d.`)
  return value
}

/** Ages count from now. */
export function criteriaOf({ domain, account, mailing, site, source, recipient, sender, older, younger }: Criteria): QueueCriteria {
  const now = systemClock.now()
  return {
    ...(domain !== undefined && { domain }),
    ...(account !== undefined && { account }),
    ...(mailing !== undefined && { mailing }),
    ...(site !== undefined && { site }),
    ...(source !== undefined && { source }),
    ...(recipient !== undefined && { recipient }),
    ...(sender !== undefined && { sender }),
    ...(older !== undefined && { acceptedBefore: now - older }),
    ...(younger !== undefined && { acceptedAfter: now - younger }),
  }
}

export function selection(ids: readonly string[], options: Selecting): QueueSelection {
  const { state } = options
  return { ...(ids.length > 0 && { ids: ids.map(messageId) }), ...(state !== undefined && { state }), ...criteriaOf(options) }
}
