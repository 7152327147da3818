// `hms suppression`: who gets no mail any more. Lists, what is on them, what accounts want of them, and what the program did of itself.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { formatDuration, parseDuration } from '../../../base/quantities.ts'
import {
  type AccountSuppression,
  type Holds,
  SUPPRESSION_REASONS,
  type SuppressionEntry,
  type SuppressionListView,
  type SuppressionReason,
} from '../../../contract/suppression.ts'
import { agreed } from '../../agreement.ts'
import { accountId, badArgument, type Cli, onOff } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { reasonOf, registerFiles } from './suppression-files.ts'
import { registerReview } from './suppression-review.ts'

interface AddOptions {
  readonly list: string
  readonly stream?: string
  readonly reason?: SuppressionReason
  readonly for?: number
}

interface PolicyOptions {
  readonly check?: string
  readonly add?: string
  readonly reject?: boolean
  readonly hard?: Holds
  readonly soft?: AccountSuppression['soft']
  readonly complaint?: Holds
  readonly unsubscribe?: Holds
}

export function register(command: Command, cli: Cli): void {
  registerLists(command, cli)
  registerEntries(command, cli)
  registerFiles(command, cli)
  registerReview(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms suppression create newsletter\n  hms suppression policy 1001 --check newsletter --add newsletter\n  hms suppression add ann@example.com @spam.example --list newsletter\n  hms suppression find ann@example.com\n  hms suppression import old.csv --list newsletter --reason Unsubscribe --dry-run',
  )
}

function registerLists(command: Command, cli: Cli): void {
  command
    .command('lists')
    .description('show the lists, and which accounts use them')
    .action(async () => cli.answer(await cli.call('suppression.lists', {}), (lists) => listing(lists, cli.terminal.width)))
  command
    .command('create <name>')
    .description('create a list')
    .option('--account <id>', 'of this account alone', accountId)
    .action(async (name: string, { account }: { account?: AccountId }) => {
      const result = await cli.call('suppression.create', { name, ...(account !== undefined && { account }) })
      cli.answer(result, (list) => `Made list ${visible(list.name)}. 'hms suppression policy' says which accounts use it.\n`)
    })
  command
    .command('drop <name>')
    .description('remove a list with all its entries')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, { yes }: { yes?: true }) => {
      await agreed(cli, `Remove list ${visible(name)} with all that is on it?`, yes === true)
      const result = await cli.call('suppression.drop', { name })
      cli.answer(result, ({ entries }) => `Removed the list and its ${entries} entries.\n`)
    })
  command
    .command('policy <account>')
    .description('show or change which list an account checks and adds to, and what adds to it')
    .option('--check <list|none>', 'recipients on this list get no mail of the account')
    .option('--add <list|none>', 'what comes back adds to this list')
    .option('--reject <on|off>', 'refuse them with 550 instead of accepting and failing them', onOff)
    .option('--hard <ever|off|time>', 'how long a hard bounce suppresses', holdsOf)
    .option('--soft <n/time/time|off>', 'so many soft bounces in a time suppress for a time, such as 5/14d/30d', softOf)
    .option('--complaint <ever|off|time>', 'how long a complaint suppresses', holdsOf)
    .option('--unsubscribe <ever|off|time>', 'how long an unsubscription suppresses mail of its stream', holdsOf)
    .action(async (text: string, { check, add, ...rest }: PolicyOptions) => {
      const change = { ...rest, ...(check !== undefined && { check: noneOf(check) }), ...(add !== undefined && { add: noneOf(add) }) }
      const result = await cli.call('suppression.policy', { account: accountId(text), change })
      cli.answer(result, describe)
    })
}

function registerEntries(command: Command, cli: Cli): void {
  command
    .command('add <targets...>')
    .description('suppress addresses, whole domains (@example.com) or patterns with * and ?')
    .requiredOption('--list <name>', 'the list')
    .option('--stream <name>', 'mail of this stream alone')
    .option('--reason <reason>', SUPPRESSION_REASONS.join(', '), reasonOf)
    .option('--for <time>', 'for a time, such as 90d; otherwise for ever', timeOf)
    .action(async (targets: string[], { list, stream, reason, for: span }: AddOptions) => {
      const result = await cli.call('suppression.add', {
        list,
        targets,
        ...(stream !== undefined && { stream }),
        ...(reason !== undefined && { reason }),
        ...(span !== undefined && { for: span }),
      })
      cli.answer(result, ({ added, changed }) => `Added ${added}${changed === 0 ? '' : `, ${changed} were there already`}.\n`)
    })
  command
    .command('remove <targets...>')
    .description('remove entries, so that the recipients get mail again')
    .requiredOption('--list <name>', 'the list')
    .option('--stream <name>', 'only what suppresses mail of this stream; - for all but streams')
    .option('--dry-run', 'only say how many entries it would be')
    .action(async (targets: string[], { list, stream, dryRun }: { list: string; stream?: string; dryRun?: true }) => {
      const scope = stream === undefined ? {} : { stream: stream === '-' ? null : stream }
      const result = await cli.call('suppression.remove', { list, targets, ...scope, ...(dryRun === true && { dryRun }) })
      if (result.removed === 0)
        throw notFound('None of them is on the list.', "'hms suppression find' tells what stands against an address.")
      cli.answer(
        result,
        ({ removed }) => `${dryRun === true ? 'It would remove' : 'Removed'} ${counted(removed, 'entry').replace('entrys', 'entries')}.\n`,
      )
    })
  command
    .command('find <target>')
    .description('check an address: entries for itself, its domain or a pattern')
    .option('--list <name>', 'on this list alone')
    .action(async (target: string, { list }: { list?: string }) => {
      const result = await cli.call('suppression.find', { target, ...(list !== undefined && { list }) })
      cli.answer(result, ({ entries }) => found(entries, cli.terminal.width))
    })
}

function noneOf(text: string): string | null {
  return text === 'none' ? null : text
}

function holdsOf(text: string): Holds {
  return text === 'ever' || text === 'off' ? text : timeOf(text)
}

function timeOf(text: string): number {
  const span = parseDuration(text)
  if (span === undefined || span < 1000) throw badArgument(`"${text}" is no time such as 30d or 12h.`)
  return span
}

function softOf(text: string): AccountSuppression['soft'] {
  if (text === 'off') return { count: 5, within: 14 * 86_400_000, holds: 'off' }
  const [count = '', within = '', holds = '', more] = text.split('/')
  if (!/^\d{1,4}$/.test(count) || more !== undefined || holds === '')
    throw badArgument(`"${text}" does not say how many, within which time, for how long.`, 'Write 5/14d/30d or 3/7d/ever.')
  return { count: Number(count), within: timeOf(within), holds: holdsOf(holds) }
}

function holdsWords(holds: Holds): string {
  return typeof holds === 'number' ? `for ${formatDuration(holds)}` : holds === 'ever' ? 'for ever' : 'not at all'
}

function describe({ check, add, reject, hard, soft, complaint, unsubscribe }: AccountSuppression): string {
  return fields([
    ['checks', check ?? 'no list'],
    ['adds to', add ?? 'no list'],
    ['recipients on the list', reject ? 'refused with 550' : 'accepted and failed with code 1001'],
    ['hard bounce', holdsWords(hard)],
    ['soft bounces', soft.holds === 'off' ? 'not at all' : `${soft.count} within ${formatDuration(soft.within)} ${holdsWords(soft.holds)}`],
    ['complaint', holdsWords(complaint)],
    ['unsubscription', `${holdsWords(unsubscribe)}, mail of its stream`],
  ])
}

function listing(lists: readonly SuppressionListView[], width: number): string {
  return table(
    lists,
    [
      { title: 'LIST', of: ({ name }) => name },
      { title: 'OF', of: ({ account }) => account ?? 'all' },
      { title: 'ENTRIES', of: ({ entries }) => entries, right: true },
      { title: 'CHECKED BY', of: ({ checkedBy }) => checkedBy.join(', '), shrinks: true },
      { title: 'FILLED BY', of: ({ addedToBy }) => addedToBy.join(', '), shrinks: true },
    ],
    width,
    "There are no lists. 'hms suppression create' makes one.",
  )
}

function found(entries: readonly SuppressionEntry[], width: number): string {
  return table(
    entries,
    [
      { title: 'LIST', of: ({ list }) => list },
      { title: 'ENTRY', of: ({ target }) => target },
      { title: 'STREAM', of: ({ stream }) => stream ?? 'all' },
      { title: 'REASON', of: ({ reason }) => reason },
      { title: 'SINCE', of: ({ at }) => dateTime(at) },
      { title: 'UNTIL', of: ({ expires }) => (expires === null ? 'ever' : dateTime(expires)) },
      { title: 'ORIGIN', of: ({ origin }) => origin, shrinks: true },
    ],
    width,
    'Nothing stands against it.',
  )
}
