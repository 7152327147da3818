// `hms send`: composes a message, hands it in through the real SMTP listener with TLS and a login, and follows what becomes
// of it. The login is one of its own, made for the account and removed afterwards: passwords are not kept anywhere.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { type AccountId, ANONYMOUS_ACCOUNT } from '../../../base/brand.ts'
import { systemClock } from '../../../base/clock.ts'
import { Fault, messageOf } from '../../../base/fault.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { SocketAddress } from '../../../contract/option-kinds.ts'
import { composeMessage } from '../../../message/compose/compose.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { parseDuration } from '../../../base/quantities.ts'
import { accountId, badArgument, calledAs, type Cli, homeOption, list } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { runningServer } from '../../running.ts'
import { SmtpDialog } from '../../smtp-dialog.ts'
import { eventLine } from '../../output/event-table.ts'

interface SendOptions {
  to: readonly string[]
  from?: string
  subject: string
  text: string
  file?: string
  mailing?: string
  account?: AccountId
  follow: boolean
  timeout: number
}

/** How long a login that was just made may be unknown to a worker. */
const SETTINGS_DELAY = 1500
const POLL = 150
const PATIENCE = 60_000
const DEFAULT_RECIPIENT = 'success@simulator.hms.test'
const EXIT_DEFERRED = 75
/** Where nothing else is said: a domain that the simulator answers for, so that bounces go nowhere. */
const SENDER_DOMAIN = 'simulator.hms.test'

export function register(command: Command, cli: Cli): void {
  command
    .argument('[address...]', `recipients, as with --to (default: ${DEFAULT_RECIPIENT})`)
    .option('--to <address>', 'recipient; may be repeated', collect)
    .option('--from <address>', 'envelope sender and From')
    .option('--subject <text>', 'subject', 'A test message from hms')
    .option('--text <text>', 'text of the message', 'This message was sent with hms send.')
    .option('--file <file>', 'send this file (RFC 5322) as it is instead of composing one')
    .option('--mailing <id>', 'mailing id (X-xsMailingId)')
    .option('--account <id>', 'account to send from; the first sending account unless said otherwise', accountId)
    .option('--no-follow', 'do not wait for what becomes of it')
    .option('--timeout <span>', 'follow at most so long (default: 1m)', span)
    .addHelpText(
      'after',
      '\nThe mailbox simulator answers success@, bounce@, full@, defer@, slow@, block@ and complaint@simulator.hms.test.\n' +
        '\nExit codes: 0 delivered, 1 failed, 75 still in the queue.\n' +
        '\nExamples:\n  hms send\n  hms send bounce@simulator.hms.test\n  hms send --from me@example.com --to you@example.net --subject Hello --text "It works."',
    )
    .action(async (addresses: readonly string[], options: Partial<SendOptions> & Omit<SendOptions, 'to' | 'timeout'>) => {
      const to = [...addresses, ...(options.to ?? [])]
      await send(cli, { ...options, to: to.length === 0 ? [DEFAULT_RECIPIENT] : to, timeout: options.timeout ?? PATIENCE })
    })
}

async function send(cli: Cli, options: SendOptions): Promise<void> {
  requireHome(cli.home)
  const running = runningServer(cli.home)
  if (running === undefined) {
    throw new Fault('not-running', `No server runs on ${cli.home}.`, { blame: 'owner', mend: "Start it with 'hms start'." })
  }
  const [plain, implicit] = [running.addresses['smtp.listen'][0], running.addresses['smtps.listen'][0]]
  const listener = plain ?? implicit
  if (listener === undefined)
    throw new Fault('no-listener', 'This server has no SMTP listener.', { blame: 'owner', mend: 'Set smtp.listen.' })
  const account = options.account ?? (await firstAccount(cli))
  const clientId = `send-${randomBytes(9).toString('hex')}`
  const from = options.from ?? `hms-send@${SENDER_DOMAIN}`
  const message =
    options.file === undefined ? composed(options, from, clientId) : `X-xsMessageId: ${clientId}\r\n${readMessage(options.file)}`
  const startedAt = systemClock.now() - 1000
  const proxyFrom = loadConfig(cli.home)['smtp.proxy_from']
  await handIn(cli, { account, listener, implicitTls: plain === undefined, proxyFrom, from, to: options.to, message })
  if (!cli.json) cli.terminal.write(`Handed to ${listener.host} port ${listener.port} for account ${account}.\n`)
  const events = options.follow ? await follow(cli, { clientId, startedAt, to: options.to, timeout: options.timeout }) : []
  cli.answer({ clientId, account, from, to: options.to, message: events[0]?.message ?? null, events }, () =>
    ending(events, options, (id) => `${calledAs(cli)} queue show ${id}${homeOption(cli)}`),
  )
  process.exitCode = exitCode(events, options)
}

interface Hand {
  readonly account: AccountId
  readonly listener: SocketAddress
  readonly implicitTls: boolean
  readonly proxyFrom: readonly string[]
  readonly from: string
  readonly to: readonly string[]
  /** A character for each octet. */
  readonly message: string
}

async function handIn(cli: Cli, hand: Hand): Promise<void> {
  const credential = await cli.call('credential.add', { account: hand.account, user: `hms-send-${randomBytes(4).toString('hex')}` })
  try {
    const token = Buffer.from(`\0${credential.user}\0${credential.password}`).toString('base64')
    const opened = await openSession(hand, token)
    using dialog = opened
    const utf8 = [hand.from, ...hand.to].some((address) => /[^ -~]/.test(address)) ? ' SMTPUTF8' : ''
    expect(
      await dialog.command(`MAIL FROM:<${hand.from}>${/[^ -~\r\n\t]/.test(hand.message) ? ' BODY=8BITMIME' : ''}${utf8}`),
      'the sender',
    )
    for (const to of hand.to) expect(await dialog.command(`RCPT TO:<${to}>`), `the recipient ${to}`)
    expect(await dialog.command('DATA'), 'the message', 354)
    expect(await dialog.data(hand.message), 'the message')
  } finally {
    await cli.call('credential.remove', { user: credential.user })
  }
}

async function openSession(hand: Hand, token: string): Promise<SmtpDialog> {
  for (let tries = 0; ; tries++) {
    const { dialog, greeting } = await SmtpDialog.open({ ...hand, address: hand.listener })
    expect(greeting, 'the connection')
    const hello = await dialog.hello()
    expect(hello, 'EHLO')
    if (!hand.implicitTls && hello.lines.some((line) => /^STARTTLS$/i.test(line))) {
      expect(await dialog.command('STARTTLS'), 'STARTTLS')
      await dialog.startTls()
      expect(await dialog.hello(), 'EHLO')
    }
    const reply = await dialog.command(`AUTH PLAIN ${token}`)
    if (reply.code === 235) return dialog
    dialog[Symbol.dispose]()
    if (reply.code !== 535 || tries > 0) expect(reply, 'the login', 235)
    await wait(SETTINGS_DELAY)
  }
}

function expect({ code, text }: { code: number; text: string }, what: string, wanted?: number): void {
  if (wanted === undefined ? code >= 200 && code < 300 : code === wanted) return
  throw new Fault('smtp-refused', `The server refused ${what}: ${code} ${visible(text)}`, { blame: 'caller', temporary: code < 500 })
}

async function firstAccount(cli: Cli): Promise<AccountId> {
  const accounts = await cli.call('account.list', {})
  const first = accounts.find(({ id, state }) => id !== ANONYMOUS_ACCOUNT && state === 'active')
  if (first === undefined) {
    throw new Fault('no-account', 'There is no account to send from.', { blame: 'owner', mend: "Make one with 'hms account add NAME'." })
  }
  return first.id
}

interface Following {
  readonly clientId: string
  readonly startedAt: number
  readonly to: readonly string[]
  readonly timeout: number
}

const FINAL: ReadonlySet<string> = new Set(['delivered', 'failed', 'expired', 'deleted', 'deferred', 'held'])

/** Events of the message, oldest first, until each recipient came to an end (or to its first deferral), or time is up. */
async function follow(cli: Cli, { clientId, startedAt, to, timeout }: Following): Promise<readonly NumberedEvent[]> {
  const seen = new Map<string, NumberedEvent>()
  const end = performance.now() + timeout
  for (;;) {
    const { events } = await cli.call('events.find', { since: startedAt, limit: 1000 })
    for (const event of events.toReversed()) {
      if (event.clientId !== clientId || seen.has(event.id)) continue
      seen.set(event.id, event)
      if (!cli.json) cli.terminal.write(eventLine(event))
    }
    const ended = new Set([...seen.values()].filter(({ kind }) => FINAL.has(kind)).map(({ recipient }) => recipient))
    if (ended.size >= new Set(to).size || performance.now() > end) return [...seen.values()]
    await wait(POLL)
  }
}

function exitCode(events: readonly NumberedEvent[], { follow, to }: SendOptions): number {
  if (!follow || events.filter(({ kind }) => kind === 'delivered').length >= new Set(to).size) return 0
  return events.some(({ kind }) => kind === 'failed' || kind === 'expired' || kind === 'deleted') ? 1 : EXIT_DEFERRED
}

function ending(events: readonly NumberedEvent[], options: SendOptions, show: (id: string) => string): string {
  if (!options.follow) return ''
  const id = events[0]?.message
  if (id === undefined) return 'No event of it came; see hms status.\n'
  switch (exitCode(events, options)) {
    case 0:
      return `Delivered${options.to.length > 1 ? ' to all' : ''}. Its history: ${show(id)}\n`
    case EXIT_DEFERRED:
      return `It is still in the queue: ${show(id)}\n`
    default:
      return `${failureOf(events, options.to.length)} Its history: ${show(id)}\n`
  }
}

function failureOf(events: readonly NumberedEvent[], recipients: number): string {
  if (recipients === 1) return 'It failed.'
  const delivered = events.filter(({ kind }) => kind === 'delivered').length
  return delivered === 0 ? 'It failed.' : `It was delivered to ${delivered} of ${recipients} recipients.`
}

function collect(address: string, before?: readonly string[]): readonly string[] {
  const addresses = list(address, before)
  for (const one of addresses) if (!/^[^\s<>@]+@[^\s<>@]+$/.test(one)) throw badArgument(`"${one}" is no address.`)
  return addresses
}

function span(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw badArgument(`"${text}" is no span such as 30s.`)
  return ms
}

function composed({ to, subject, text, mailing }: SendOptions, from: string, clientId: string): string {
  const fields: [string, string][] = [['X-xsMessageId', clientId]]
  if (mailing !== undefined) fields.push(['X-xsMailingId', mailing])
  const messageId = `${clientId}@${from.split('@')[1] ?? SENDER_DOMAIN}`
  return composeMessage({ from, to, subject, text, at: systemClock.now(), messageId, fields }).toString('latin1')
}

/** The file with CRLF line ends, each octet as a character. */
function readMessage(file: string): string {
  try {
    return readFileSync(file, 'latin1').replaceAll(/\r?\n/g, '\r\n')
  } catch (error) {
    throw badArgument(`The message cannot be read: ${messageOf(error)}.`)
  }
}
