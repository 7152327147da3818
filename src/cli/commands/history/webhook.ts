// `hms webhook`: where events of accounts are posted to, how that goes, and telling again what is past.
import type { Command } from 'commander'
import { formatDuration, parseDuration } from '../../../base/quantities.ts'
import type { AccountId, MessageId } from '../../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEventKind } from '../../../contract/events.ts'
import { WEBHOOK_FORMATS, type WebhookAttempt, type WebhookFormat, type WebhookTest, type WebhookView } from '../../../contract/webhooks.ts'
import { accountId, badArgument, type Cli, list, messageId, onOff, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { kindOf } from './event-kind.ts'
import { registerReplay } from './webhook-replay.ts'

interface Changes {
  readonly name?: string
  readonly url?: string
  readonly format?: WebhookFormat
  readonly kinds?: readonly string[]
  readonly streams?: readonly string[]
  readonly batch?: number
  readonly wait?: number
  readonly connections?: number
  readonly on?: boolean
  readonly secret?: string
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list webhooks and their health')
    .option('--account <id>', 'of this account', accountId)
    .action(async (options: { account?: AccountId }) =>
      cli.answer(await cli.call('webhook.list', options), (all) => listing(all, cli.terminal.width)),
    )
  command
    .command('show <id>')
    .description('show a webhook and its health')
    .action(async (id: string) => cli.answer(await cli.call('webhook.show', { id }), (one) => describe(one)))
  registerChanges(command, cli)
  registerSteering(command, cli)
  registerReplay(command.command('replay').description('send past events to a webhook again'), cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms webhook add 1001 https://hooks.example.com/mail\n  hms webhook add 1001 https://hooks.example.com/mail --kinds delivered,failed,bounced --batch 100\n  hms webhook test wh_3k9x0m7c2q5d --kind bounced\n  hms webhook replay start wh_3k9x0m7c2q5d --from 2026-11-22 --to 2026-11-23',
  )
}

function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'a name for your own reference')
    .option('--format <standard|engine>', 'JSON signed as in Standard Webhooks, or the form fields of the original', formatOf)
    .option('--kinds <kinds>', `all, or some of ${MAIL_EVENT_KINDS.join(', ')}`, list)
    .option('--streams <names>', 'all, or these streams only', list)
    .option('--batch <events>', 'maximum events per post; 1: one post each', wholeNumber(1, 1000))
    .option('--wait <time>', 'maximum wait to fill a batch: 0s, 500ms, 5s', span)
    .option('--connections <n>', 'concurrent posts', wholeNumber(1, 32))
}

function registerChanges(command: Command, cli: Cli): void {
  withFields(command.command('add <account> <url>').description('post new events of an account to an https:// URL'))
    .option('--secret <text>', 'use this secret if the receiver already has one; otherwise one is generated')
    .action(async (account: string, url: string, { secret, ...changes }: Changes) => {
      const asked = { account: accountId(account), url, ...fieldsOf(changes), ...(secret !== undefined && { secret }) }
      cli.answer(await cli.call('webhook.add', asked), withSecret)
    })
  withFields(command.command('set <id>').description('change a webhook'))
    .option('--url <url>', 'post to this URL')
    .option('--on <on|off>', 'enable or disable it; events in between are sent once it is enabled again', onOff)
    .action(async (id: string, changes: Changes) => {
      const change = fieldsOf(changes)
      if (Object.keys(change).length === 0)
        throw badArgument('Nothing to change was given.', "'hms webhook set --help' lists what there is.")
      cli.answer(await cli.call('webhook.set', { id, ...change }), (one) => describe(one))
    })
  command
    .command('rm <id>')
    .description('remove a webhook')
    .action(async (id: string) => {
      const { removed } = await cli.call('webhook.remove', { id })
      if (!removed) throw notFound(`There is no webhook ${id}.`, "'hms webhook ls' lists them.")
      cli.answer({ removed }, () => `Removed ${id}.\n`)
    })
  command
    .command('rotate <id>')
    .description('rotate the signing secret; the new one is shown only once, the old one stays valid for a while')
    .option('--keep <time>', 'also sign with the old secret for this long (24h)', span)
    .option('--secret <text>', 'use this secret; otherwise one is generated')
    .action(async (id: string, options: { keep?: number; secret?: string }) =>
      cli.answer(await cli.call('webhook.rotate', { id, ...options }), withSecret),
    )
}

function registerSteering(command: Command, cli: Cli): void {
  command
    .command('test <id>')
    .description('post sample events to a webhook and show the responses')
    .option('--kind <kind>', 'only this kind; by default one of each kind that it receives', kindOf)
    .option('--body', 'also show the request body')
    .action(async (id: string, { kind, body }: { kind?: MailEventKind; body?: true }) => {
      const { tests } = await cli.call('webhook.test', { id, ...(kind !== undefined && { kind }) })
      cli.answer({ tests }, () => tests.map((one) => testWords(one, body === true)).join(''))
      if (tests.some(({ ok }) => !ok)) process.exitCode = 1
    })
  command
    .command('log <id>')
    .description('show attempted posts, newest first')
    .option('--failed', 'only failed posts')
    .option('--message <id>', 'only posts of a single event of this message', messageId)
    .option('--limit <n>', 'maximum number', wholeNumber(1, 1000), 50)
    .option('--after <n>', 'continue after this one', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(async (id: string, { failed, ...options }: { failed?: true; limit: number; after?: number; message?: MessageId }) => {
      const page = await cli.call('webhook.log', { id, ...options, ...(failed && { failed }) })
      cli.answer(
        page,
        ({ attempts, next }) =>
          attemptsTable(attempts, cli.terminal.width, failed === true ? 'No failed posts.' : 'No posts.') +
          (next === null ? '' : `More: --after ${next}\n`),
      )
    })
  command
    .command('resume <id>')
    .description('resume a stopped webhook where it stopped')
    .option('--from <stopped|now>', 'now: skip the events in between', fromOf)
    .action(async (id: string, options: { from?: 'stopped' | 'now' }) =>
      cli.answer(await cli.call('webhook.resume', { id, ...options }), (one) => describe(one)),
    )
}

function fieldsOf({ kinds, streams, batch, wait, ...plain }: Changes) {
  return {
    ...plain,
    ...(kinds && { kinds: kinds.includes('all') ? null : kinds.map(kindOf) }),
    ...(streams && { streams: streams.includes('all') ? null : streams }),
    ...((batch !== undefined || wait !== undefined) && {
      batch: { ...(batch !== undefined && { events: batch }), ...(wait !== undefined && { wait }) },
    }),
  }
}

function formatOf(text: string): WebhookFormat {
  const format = WEBHOOK_FORMATS.find((one) => one === text)
  if (format === undefined) throw badArgument(`"${text}" is none of ${WEBHOOK_FORMATS.join(', ')}.`)
  return format
}

function fromOf(text: string): 'stopped' | 'now' {
  if (text === 'stopped' || text === 'now') return text
  throw badArgument(`"${text}" is none of stopped, now.`)
}

function span(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw badArgument(`"${text}" is no time.`, 'Examples: 500ms, 5s, 24h.')
  return value
}

function listing(all: readonly WebhookView[], width: number): string {
  return table(
    all,
    [
      { title: 'ID', of: (one) => one.id },
      { title: 'ACCOUNT', of: (one) => one.account, right: true },
      { title: 'NAME', of: (one) => one.name, shrinks: true },
      { title: 'STATE', of: (one) => one.health.state },
      { title: 'LAST SUCCESS', of: (one) => dateTime(one.health.tookAt) },
      { title: 'DELIVERED', of: (one) => one.health.told, right: true },
      { title: 'BEHIND SINCE', of: (one) => dateTime(one.health.behindSince) },
      { title: 'URL', of: (one) => one.url, shrinks: true },
    ],
    width,
    "No webhooks. 'hms webhook add ACCOUNT https://…' adds one.",
  )
}

/** `secret`: where it is shown, only now. */
function describe({ health, secrets, batch, ...one }: WebhookView, secret: string | null = null): string {
  const { failure } = health
  const posts = batch.events === 1 ? 'one event each' : `up to ${batch.events} events, collected for at most ${formatDuration(batch.wait)}`
  return fields([
    ['webhook', one.id],
    ['account', one.account],
    ['name', one.name],
    ['url', one.url],
    ['format', one.format],
    ['kinds', one.kinds === null ? 'all' : one.kinds.join(', ')],
    ['streams', one.streams === null ? 'all' : one.streams.join(', ')],
    ['posts', `${posts}, at most ${one.connections} at the same time`],
    [
      'secrets',
      secrets.map(({ since, until }) => `since ${dateTime(since)}${until === null ? '' : ` until ${dateTime(until)}`}`).join('; '),
    ],
    ['created', `${dateTime(one.at)} by ${one.by}`],
    ['state', `${health.state} since ${dateTime(health.since)}`],
    ['last success', dateTime(health.tookAt)],
    ['delivered', counted(health.told, 'event')],
    ['dropped', counted(health.givenUp, 'event')],
    ['retrying', counted(health.aside, 'event')],
    ['behind since', dateTime(health.behindSince)],
    ['next attempt', dateTime(health.nextTry)],
    ...(failure === null ? [] : [['last failure', `${dateTime(failure.at)}: ${visible(failure.reason)}`] as const]),
    ...(secret === null ? [] : [['secret', `${secret}   (shown only now)`] as const]),
  ])
}

function withSecret({ webhook, secret }: { readonly webhook: WebhookView; readonly secret: string }): string {
  return describe(webhook, secret)
}

const LONGEST_KIND = Math.max(...MAIL_EVENT_KINDS.map(({ length }) => length))

function testWords({ kind, status, ok, took, answer, headers, body }: WebhookTest, withBody: boolean): string {
  const head = `${ok ? 'ok    ' : 'FAILED'}  ${kind.padEnd(LONGEST_KIND)}  ${status ?? 'no response'}  ${took} ms  ${visible(answer)}\n`
  if (!withBody) return head
  const sent = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`)
  return `${head}${sent.join('')}\n  ${body}\n\n`
}

function attemptsTable(attempts: readonly WebhookAttempt[], width: number, nothing: string): string {
  return table(
    attempts,
    [
      { title: 'TIME', of: (one) => dateTime(one.at) },
      { title: 'EVENTS', of: (one) => one.events, right: true },
      { title: 'ATTEMPT', of: (one) => one.attempt, right: true },
      { title: 'STATUS', of: (one) => one.status ?? '-', right: true },
      { title: 'MS', of: (one) => one.took, right: true },
      { title: 'REPLAY', of: (one) => one.replay ?? '-', right: true },
      { title: 'POST', of: (one) => one.post, shrinks: true },
      { title: 'RESPONSE', of: (one) => visible(one.answer), shrinks: true },
    ],
    width,
    nothing,
  )
}
