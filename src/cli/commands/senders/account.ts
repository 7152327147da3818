// `hms account`: virtual accounts, numbered from 1000 (mail without a login).
import type { Command } from 'commander'
import type { Domain } from '../../../base/brand.ts'
import { PRIORITIES, type Priority } from '../../../contract/priority.ts'
import { type Account, WEIGHTS } from '../../../contract/settings.ts'
import { type Stream, STREAM_KINDS, type StreamKind, streamsOf } from '../../../contract/streams.ts'
import { systemClock } from '../../../base/clock.ts'
import { stateNow } from '../../../policy/accounts/standing.ts'
import { registerAccountQuota, useTable } from './quotas.ts'
import { registerStates, standingLines } from './account-state.ts'
import { accountId, badArgument, type Cli, onOff, wholeNumber } from '../../cli.ts'
import { postInWords, registerPost } from './account-post.ts'
import { keepInWords, registerKeep } from './account-keep.ts'
import { pickupInWords, registerPickup } from './account-pickup.ts'
import { registerTracking, trackingInWords } from './account-tracking.ts'
import { fields, table } from '../../output/table.ts'
import { notFound } from '../../not-found.ts'

interface Changes {
  name?: string
  bounceMail?: boolean
  delayNotices?: boolean
  unsigned?: Account['unsigned']
  verifiedSendersOnly?: boolean
  messagesPerHour?: number | 'none'
  priority?: Priority
  highestPriority?: Priority
  weight?: number
  window?: string
  stream?: string
  returnPath?: string
  feedbackId?: string
  returnPathNames?: boolean
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list accounts')
    .action(async () => cli.answer(await cli.call('account.list', {}), (accounts) => accountTable(accounts, cli.terminal.width)))
  command
    .command('add <name>')
    .description('add an account and its first SMTP login')
    .action(async (name: string) =>
      cli.answer(await cli.call('account.add', { name }), ({ account, credential }) =>
        fields([
          ['account', `${account.id} (${account.name})`],
          ['user', credential.user],
          ['password', `${credential.password}   (shown only now)`],
        ]),
      ),
    )
  command
    .command('show <id>')
    .description('show an account: its state with reason, and its settings')
    .action(async (id: string) =>
      cli.answer(
        await cli.call('account.show', { id: accountId(id) }),
        ({ account, use }) => describe(account) + useTable(use, cli.terminal.width),
      ),
    )
  registerSet(command, cli)
  registerStreams(command, cli)
  registerTracking(command, cli)
  registerPost(command, cli)
  registerPickup(command, cli)
  registerKeep(command, cli)
  registerStates(command, cli)
  registerAccountQuota(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms account add "Newsletter"\n  hms account set 1001 --messages-per-hour 5000\n  hms account state 1001 held --reason "phishing" --until 2d\n  hms account state 1001 active',
  )
}

function registerSet(command: Command, cli: Cli): void {
  command
    .command('set <id>')
    .description('change an account')
    .option('--name <name>', 'its name')
    .option('--bounce-mail <on|off>', 'mail bounces to senders whose domain is verified', onOff)
    .option('--delay-notices <on|off>', 'tell senders once of a delay', onOff)
    .option('--unsigned <refuse|provider|allow>', "mail without a DKIM key for its author's domain", unsigned)
    .option('--verified-senders-only <on|off>', 'take only sender domains that were verified', onOff)
    .option('--messages-per-hour <n|none>', 'accept at most so many', (text) => (text === 'none' ? text : wholeNumber(0, 1e9)(text)))
    .option('--priority <high|normal|bulk>', 'of mail that does not say', priority)
    .option('--highest-priority <high|normal|bulk>', 'the highest that its mail may ask for', priority)
    .option('--weight <n>', 'its part of the turns that accounts share at a site', wholeNumber(WEIGHTS.least, WEIGHTS.most))
    .option('--stream <name>', 'the stream of mail that does not say')
    .option('--return-path <domain|none>', 'mail leaves with a return path of our own at this domain, so that bounces come back to us')
    .option('--return-path-names <on|off>', 'that return path names the recipient too, where it fits', onOff)
    .option('--feedback-id <sender|none>', 'mail has a Feedback-ID with mailing, stream, account and this, by which Gmail tells complaints')
    .option('--window <times|none>', 'when its mail is sent, such as "Mon-Fri 08:00-20:00 Europe/Vienna" or "quiet 22:00-07:00 UTC"')
    .action(async (id: string, change: Changes) => {
      if (Object.keys(change).length === 0)
        throw badArgument('Nothing to change was named.', "'hms account set --help' lists what there is.")
      const { messagesPerHour, window, returnPath, feedbackId, ...rest } = change
      // commander takes a null for no value, so that `none` stays a word until here.
      const limit = messagesPerHour === undefined ? {} : { messagesPerHour: messagesPerHour === 'none' ? null : messagesPerHour }
      const feedback = feedbackId === undefined ? {} : { feedbackId: feedbackId === 'none' ? null : feedbackId }
      const bounces = returnPath === undefined ? {} : { returnPathDomain: returnPath === 'none' ? null : (returnPath as Domain) }
      const times = window === undefined ? {} : { window: window === 'none' ? null : window }
      const changed = await cli.call('account.set', { id: accountId(id), change: { ...rest, ...limit, ...times, ...bounces, ...feedback } })
      const note = returnPath === undefined ? '' : await returnPathNote(changed, cli)
      cli.answer(changed, (account) => `${describe(account)}${note}`)
    })
}

/** Without the domain's mail the bounces never come back. */
async function returnPathNote({ returnPathDomain: domain }: Account, cli: Cli): Promise<string> {
  if (domain === null || (await cli.call('inbound.list', {})).some((own) => own.domain === domain)) return ''
  return `\nThis server takes no mail for ${domain} yet, so that bounces are refused: 'hms inbound add ${domain}', and an MX record that leads here.\n`
}

function registerStreams(command: Command, cli: Cli): void {
  const streams = command.command('streams').description('list, add and remove the streams that mail of an account belongs to')
  streams
    .command('ls <id>')
    .description('list the streams of an account')
    .action(async (id: string) => {
      const account = (await cli.call('account.list', {})).find((one) => one.id === accountId(id))
      if (account === undefined) throw notFound(`There is no account ${id}.`, "'hms account ls' lists them.")
      cli.answer(streamsOf(account), (rows) =>
        table(
          rows,
          [
            { title: 'STREAM', of: (row) => row.name, shrinks: true },
            { title: 'KIND', of: (row) => row.kind },
            { title: '', of: (row) => (row.name === account.stream ? 'of mail that does not say' : '') },
          ],
          cli.terminal.width,
          'No streams.',
        ),
      )
    })
  streams
    .command('add <id> <name>')
    .description('add a stream to an account, or change its kind')
    .option('--kind <transactional|bulk>', 'bulk: mail that one can unsubscribe from', streamKind, 'bulk')
    .action(async (id: string, name: string, { kind }: { kind: StreamKind }) =>
      cli.answer(await cli.call('account.streams.add', { id: accountId(id), name, kind }), describe),
    )
  streams
    .command('rm <id> <name>')
    .description('remove a stream from an account')
    .action(async (id: string, name: string) => {
      const { removed } = await cli.call('account.streams.remove', { id: accountId(id), name })
      if (!removed) throw notFound(`Account ${id} has no stream ${name} of its own.`, `'hms account streams ls ${id}' lists them.`)
      cli.answer({ removed }, () => `Removed ${name}.\n`)
    })
  streams.addHelpText('after', '\nExamples:\n  hms account streams add 1001 newsletter\n  hms account set 1001 --stream newsletter')
}

function streamKind(text: string): StreamKind {
  const found = STREAM_KINDS.find((one) => one === text)
  if (found === undefined) throw badArgument(`"${text}" is none of ${STREAM_KINDS.join(', ')}.`)
  return found
}

const named = ({ name, kind }: Stream): string => (name === kind ? name : `${name} (${kind})`)

function unsigned(text: string): Account['unsigned'] {
  if (text === 'refuse' || text === 'provider' || text === 'allow') return text
  throw badArgument(`"${text}" is none of refuse, provider, allow.`)
}

function priority(text: string): Priority {
  const found = PRIORITIES.find((one) => one === text)
  if (found === undefined) throw badArgument(`"${text}" is none of ${PRIORITIES.join(', ')}.`)
  return found
}

function accountTable(accounts: readonly Account[], width: number): string {
  return table(
    accounts,
    [
      { title: 'ID', of: (account) => account.id, right: true },
      { title: 'NAME', of: (account) => account.name, shrinks: true },
      { title: 'STATE', of: (account) => stateNow(account, systemClock.now()) },
      { title: 'PER HOUR', of: (account) => account.messagesPerHour ?? 'any', right: true },
      { title: 'BOUNCES', of: (account) => (account.bounceMail ? 'mailed' : 'event only') },
      { title: 'UNSIGNED', of: (account) => account.unsigned },
      { title: 'SENDERS', of: (account) => (account.verifiedSendersOnly ? 'verified only' : 'any') },
      { title: 'PRIORITY', of: (account) => account.priority },
      { title: 'WEIGHT', of: (account) => account.weight, right: true },
    ],
    width,
    'No accounts.',
  )
}

function describe(account: Account): string {
  return fields([
    ['account', account.id],
    ['name', account.name],
    ...standingLines(account),
    ['bounces', account.bounceMail ? 'mailed to verified senders' : 'event only'],
    ['delay notices', account.delayNotices ? 'on' : 'off'],
    ['unsigned mail', account.unsigned],
    ['senders', account.verifiedSendersOnly ? 'verified domains only' : 'any'],
    ['messages an hour', account.messagesPerHour ?? 'any number'],
    ['priority', `${account.priority}, at most ${account.highestPriority}`],
    ['weight', account.weight],
    ['delivery window', account.window ?? 'any time'],
    ['stream', account.stream],
    [
      'return path',
      account.returnPathDomain === null
        ? "the sender's"
        : `of our own at ${account.returnPathDomain}${account.returnPathNames ? ', with the recipient' : ''}`,
    ],
    ['tracking', trackingInWords(account)],
    ['HTTP posts', postInWords(account)],
    ['pickup', pickupInWords(account)],
    ['kept copies', keepInWords(account)],
    ['feedback id', account.feedbackId ?? 'none'],
    ['streams', streamsOf(account).map(named).join(', ')],
  ])
}
