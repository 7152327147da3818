// `hms queue`: what waits to be delivered. Messages are named by id, or by domain, account, mailing and state.
import type { Command } from 'commander'
import type { MessageId } from '../../../base/brand.ts'
import { MOST_MORE, type QueueEntry, type QueueSelection } from '../../../contract/queue-operations.ts'
import type { OperationParams, OperationResult } from '../../../contract/operations.ts'
import { systemClock } from '../../../base/clock.ts'
import { badArgument, type Cli, messageId, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible, visibleLines } from '../../output/visible.ts'
import { counted, dateTime, octets, relative } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { eventTable } from '../../output/event-table.ts'
import { type RebindOptions, registerRebind, registerRebindings } from './rebindings.ts'
import { type Selecting, selecting, selection } from './selecting.ts'
import { registerDialog } from './dialog.ts'
import { registerSuspensions } from './suspensions.ts'

/** Action, what it does, and what is said when it is done. */
const ACTIONS: readonly (readonly [OperationParams<'queue.act'>['action'], string, string])[] = [
  ['retry', 'retry delivery now', 'Retrying # now.'],
  ['hold', 'hold delivery until released', 'Held #.'],
  ['release', 'release held mail', 'Released #.'],
  ['delete', 'delete without a bounce', 'Deleted #.'],
  ['bounce', 'fail permanently, with a bounce if the account sends them', 'Bounced #.'],
]

export function register(command: Command, cli: Cli): void {
  selecting(command.command('ls'))
    .description('list messages, oldest first within each shard')
    .option('--limit <n>', 'maximum number', wholeNumber(1, 10_000), 50)
    .option('--after <id>', 'continue after this message', messageId)
    .action(async (options: Selecting & { limit: number; after?: MessageId }) => {
      const { limit, after } = options
      const selected = selection([], options)
      const result = await cli.call('queue.list', { selection: selected, limit, ...(after !== undefined && { after }) })
      const whole = Object.keys(selected).length === 0 && after === undefined
      cli.answer(result, (list) => listing(list, cli.terminal.width, whole ? 'The queue is empty.' : 'Nothing in the queue matches.'))
    })
  selecting(command.command('count'))
    .description('count messages and recipients')
    .action(async (options: Selecting) =>
      cli.answer(
        await cli.call('queue.count', { selection: selection([], options) }),
        (n) => `${counted(n.messages, 'message')}, ${counted(n.recipients, 'recipient')}\n`,
      ),
    )
  command
    .command('show <id>')
    .description('show a message: recipients, header and history')
    .action(async (id: string) => {
      const result = await cli.call('queue.show', { id: messageId(id) })
      if (result.entry === null && result.events.length === 0)
        throw notFound(`There is no message ${id}.`, "'hms queue ls' lists the queue.")
      cli.answer(result, (shown) => describe(shown, cli.terminal.width))
    })
  registerDialog(command, cli)
  for (const [action, doc, done] of ACTIONS) {
    selecting(command.command(`${action} [ids...]`))
      .description(doc)
      .option('--all', 'everything in the queue')
      .option('-y, --yes', 'do not ask for confirmation')
      .option('--dry-run', 'only count what it would affect')
      .option('--counted <text>', "only what 'hms queue count --json' counted, and nothing where more matches now")
      .action(async (ids: string[], options: Selecting & { counted?: string }) => act(cli, action, done, selection(ids, options), options))
  }
  registerRebind(selecting(command.command('rebind [ids...]')), cli, (ids, options: Selecting & RebindOptions) => selection(ids, options))
  registerRebindings(command, cli)
  registerSuspensions(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms queue ls --domain example.com\n  hms queue show ID\n  hms queue dialog ID\n  hms queue retry --domain example.com\n  hms queue delete --mailing spring-sale --dry-run\n  hms queue rebind --domain example.com --pool reserve --now\n  hms queue hold --recipient "*@example.com" --older 2h',
  )
}

/** Why there may have been nothing to do. */
function nothingDone(action: string): string {
  if (action === 'retry') return " Held mail is released with 'hms queue release'; scheduled mail is sent early only if its id is given."
  if (action === 'release') return " None of it is held; 'hms queue ls --state held' shows what is."
  return " 'hms queue ls' shows the queue."
}

async function act(
  cli: Cli,
  action: OperationParams<'queue.act'>['action'],
  done: string,
  selection: QueueSelection,
  options: Selecting & { readonly counted?: string },
): Promise<void> {
  if (Object.keys(selection).length === 0 && options.all !== true) {
    throw badArgument(
      `What to ${action} was not named.`,
      "Name message ids, a criterion such as --domain ('hms queue retry --help' lists them), or --all.",
    )
  }
  if (options.dryRun === true) {
    const found = await cli.call('queue.count', { selection })
    return cli.answer(
      found,
      (n) =>
        `This would ${action} up to ${counted(n.recipients, 'recipient')} of ${counted(n.messages, 'message')}; nothing was changed.\n`,
    )
  }
  const ends = action === 'delete' || action === 'bounce'
  if (ends && options.all === true && options.yes !== true && !cli.terminal.interactive)
    throw badArgument(`This would ${action} everything in the queue.`, 'Add --yes to confirm.')
  let was = options.counted
  if (selection.ids === undefined && options.yes !== true && was === undefined && cli.terminal.interactive) {
    const found = await cli.call('queue.count', { selection })
    const { messages, recipients } = found
    was = found.counted
    const verb = action.charAt(0).toUpperCase() + action.slice(1)
    if (
      recipients > 0 &&
      !(await cli.terminal.confirm(`${verb} ${counted(recipients, 'recipient')} of ${counted(messages, 'message')}?`))
    ) {
      throw badArgument('Nothing was changed.')
    }
  }
  const result = await cli.call('queue.act', { action, selection: { ...selection, ...(was !== undefined && { counted: was }) } })
  cli.answer(
    result,
    ({ recipients }) => `${done.replace('#', counted(recipients, 'recipient'))}${recipients === 0 ? nothingDone(action) : ''}\n`,
  )
  if (result.recipients === 0 && selection.ids !== undefined) process.exitCode = 1
}

function listing({ entries, next }: OperationResult<'queue.list'>, width: number, nothing: string): string {
  const now = systemClock.now()
  const first = (entry: QueueEntry) => entry.recipients.toSorted((a, b) => a.due - b.due)[0]
  const text = table(
    entries,
    [
      { title: 'ID', of: (entry) => entry.id },
      { title: 'AGE', of: (entry) => relative(entry.acceptedAt, now).replace(' ago', '') },
      { title: 'ACCT', of: (entry) => entry.account, right: true },
      { title: 'SIZE', of: (entry) => octets(entry.size), right: true },
      { title: 'SENDER', of: (entry) => entry.sender || '<>', shrinks: true },
      {
        title: 'RECIPIENT',
        of: (entry) => `${first(entry)?.address ?? '-'}${othersOf(entry)}`,
        shrinks: true,
      },
      { title: 'STATE', of: (entry) => first(entry)?.state ?? '-' },
      { title: 'NEXT', of: (entry) => nextTry(first(entry), now) },
      { title: 'ATTEMPTS', of: (entry) => first(entry)?.attempts ?? 0, right: true },
      { title: 'LAST REPLY', of: (entry) => first(entry)?.lastReply ?? null, shrinks: true },
    ],
    width,
    nothing,
  )
  return next === null ? text : `${text}More follow: --after ${next}\n`
}

function othersOf({ recipients, more }: QueueEntry): string {
  const others = recipients.length + more - 1
  return others > 0 ? ` +${others}${more >= MOST_MORE ? ' or more' : ''}` : ''
}

function nextTry(recipient: QueueEntry['recipients'][0] | undefined, now: number): string {
  return recipient === undefined || recipient.state !== 'waiting' ? '-' : relative(Math.max(recipient.due, now), now)
}

function describe({ entry, header, events }: OperationResult<'queue.show'>, width: number): string {
  const parts: string[] = []
  if (entry === null) parts.push('The message is no longer in the queue.\n')
  else {
    parts.push(
      fields([
        ['message', entry.id],
        ['account', entry.account],
        ['sender', entry.sender || '<>'],
        ['size', octets(entry.size)],
        ['accepted', dateTime(entry.acceptedAt)],
        ['expires', dateTime(entry.expiresAt)],
        ['client id', entry.clientId],
        ['mailing', entry.mailing],
        ['stream', entry.stream],
        ['priority', entry.priority],
      ]),
      recipients(entry, width),
    )
  }
  if (header !== null) parts.push(visibleLines(header).trimEnd() + '\n')
  if (events.length > 0) parts.push(eventTable(events, width))
  return parts.join('\n')
}

function recipients(entry: QueueEntry, width: number): string {
  const named = recipientTable(entry, width)
  return entry.more > 0 ? `${named}And ${entry.more} more.\n` : named
}

function recipientTable(entry: QueueEntry, width: number): string {
  return table(
    entry.recipients,
    [
      { title: 'RECIPIENT', of: (recipient) => recipient.address, shrinks: true },
      { title: 'STATE', of: (recipient) => recipient.state },
      { title: 'DUE', of: (recipient) => dateTime(recipient.state === 'waiting' ? recipient.due : null) },
      { title: 'ATTEMPTS', of: (recipient) => recipient.attempts, right: true },
      { title: 'LAST REPLY', of: (recipient) => (recipient.lastReply === null ? null : visible(recipient.lastReply)), shrinks: true },
    ],
    width,
    'No recipients are left.',
  )
}
