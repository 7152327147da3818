// `hms support-bundle`: one file for whoever helps, with secrets and personal data replaced. What is in it is shown first, and nothing
// is written before the owner agrees.
import { closeSync, existsSync, openSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { compactTime } from '../../../base/clock.ts'
import { Fault, messageOf } from '../../../base/fault.ts'
import type { QueueEntry } from '../../../contract/queue-operations.ts'
import { type Entry, gather, type Part, writeBundle } from '../../../lifecycle/support/bundle.ts'
import { filesPart, logsPart, recordPart, settingsPart, tailOf, versionsPart } from '../../../lifecycle/support/home-parts.ts'
import { type KnownTexts, Scrubber } from '../../../lifecycle/support/scrubber.ts'
import { preflight } from '../../../lifecycle/preflight/preflight.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { octets } from '../../output/when.ts'
import { runningServer } from '../../running.ts'
import { checkHome, checkNames, checkPorts } from './doctor-checks.ts'
import { checkRelay } from './doctor-relay.ts'

interface BundleOptions {
  readonly to?: string
  readonly yes?: true
  readonly log?: readonly string[]
}

export function register(command: Command, cli: Cli): void {
  command
    .option('--to <file>', 'where to write it (else hms-support-TIME.tar.gz in this folder)')
    .option('--log <file>', "add the end of a file with the server's operational log (may be repeated)", (file, all: string[] = []) => [
      ...all,
      file,
    ])
    .option('-y, --yes', 'write it without asking')
    .addHelpText(
      'after',
      '\nPasswords, keys and tokens are taken out; addresses, domains, logins and names become placeholders.\n\nExamples:\n  hms support-bundle\n  journalctl -u hms --since yesterday > hms.log; hms support-bundle --log hms.log --to bundle.tar.gz --yes',
    )
    .action(async ({ to, yes, log = [] }: BundleOptions) => {
      const at = new Date()
      const file = resolve(to ?? `hms-support-${compactTime(at.getTime())}.tar.gz`)
      if (existsSync(file))
        throw new Fault('bundle-unwritable', `${file} is there already.`, { blame: 'caller', mend: 'Name another file with --to.' })
      log.forEach(requireReadable)
      const entries = await gather(...(await partsOf(cli, log)))
      if (!cli.json) cli.terminal.write(listed(entries, cli.terminal.width))
      if (yes !== true && !(await cli.terminal.confirm(`Write ${file}?`))) {
        throw new Fault('usage', 'Nothing was written.', { blame: 'caller', mend: 'Add --yes where nobody can be asked.' })
      }
      await writeBundle(file, entries, at)
      const answer = { file, parts: entries.map(({ name, what, failed, content }) => ({ name, what, size: content.length, failed })) }
      cli.answer(answer, () => `Written to ${file}. Look into it before you send it: tar xzf ${file}\n`)
    })
}

/** A log that a person named is asked for by whoever helps: its absence is not for a line in the bundle. */
function requireReadable(file: string): void {
  try {
    closeSync(openSync(resolve(file), 'r'))
  } catch (error) {
    throw badArgument(`The log ${file} cannot be read: ${messageOf(error)}.`)
  }
}

function listed(entries: readonly Entry[], width: number): string {
  const columns = [
    { title: 'PART', of: ({ name }: Entry) => name },
    { title: 'SIZE', of: ({ content }: Entry) => octets(content.length), right: true },
    { title: 'WHAT', of: ({ what, failed }: Entry) => (failed === null ? what : `NOT GATHERED: ${failed}`), shrinks: true },
  ]
  return table(entries, columns, width, '')
}

/** What stands anywhere in texts, as far as it can be known: names of this machine, its user, the accounts and logins. */
async function knownTexts(cli: Cli): Promise<KnownTexts> {
  const names = [hostname(), process.env['SUDO_USER'] ?? '', process.env['USER'] ?? '']
  try {
    names.push(
      ...(await cli.call('account.list', {})).map(({ name }) => name),
      ...(await cli.call('credential.list', {})).map(({ user }) => user),
    )
  } catch {
    // A home that cannot be opened: then nothing of it is told either.
  }
  const places = new Map([[cli.home, 'HOME']])
  if (homedir() !== '/root' && homedir().length > 1) places.set(homedir(), '~')
  // Shorter ones, and those that every new home has, are words.
  return { names: names.filter((name) => name.length >= 4 && !EVERYWHERE.has(name)), places }
}

const EVERYWHERE = new Set(['first', 'admin', 'root', 'localhost', 'Anonymous', 'First account'])

async function partsOf(cli: Cli, logs: readonly string[]): Promise<[readonly Part[], Scrubber]> {
  const scrubber = new Scrubber(await knownTexts(cli))
  const { home, version } = cli
  const part = (name: string, what: string, read: Part['gather']): Part => ({ name, what, gather: read })
  const parts = [
    part('versions.json', 'versions of the program, its runtime and the system; memory and cores', () =>
      versionsPart(version, cli.programRoot),
    ),
    part('preflight.json', 'what hms doctor --preflight finds', () => preflightOf(cli)),
    part('doctor.json', 'what hms doctor finds', () => doctorOf(cli)),
    part('settings.json', 'settings that are not the default, and what is wrong with them', () => settingsPart(home, version)),
    part('accounts.json', 'accounts, logins, routes, networks, sender domains and DKIM selectors', () => settingsOf(cli, scrubber)),
    part('status.json', 'what hms status shows', () => cli.call('status', {})),
    part('queue.json', 'how many messages wait, and why the first thousand of them', () => queueOf(cli)),
    part('errors.json', 'the last 500 events of deliveries that were deferred, failed or expired', () => errorsOf(cli)),
    part('logs.txt', "the ends of the accounts' newest processed logs", () => logsPart(home, scrubber)),
    part('files.json', "the home's files with sizes and rights", () => filesPart(home)),
    part('upgrade.json', 'the record of the last upgrade', () => recordPart(home, 'upgrade.json')),
    part('backups.json', 'the record of backups', () => recordPart(home, 'backups.json')),
  ]
  return [
    [...parts, ...logs.map((file, i) => part(`log-${i + 1}.txt`, 'the end of a log that you named', () => tailOf(resolve(file))))],
    scrubber,
  ]
}

function preflightOf(cli: Cli) {
  return preflight({ home: cli.home, program: { folder: cli.programRoot, version: cli.version }, running: runningServer(cli.home) })
}

async function doctorOf(cli: Cli) {
  const { config, checks } = checkHome(cli.home)
  if (config === undefined) return checks
  return [
    ...checks,
    ...(await checkPorts(cli.home, config)),
    ...(await checkNames(config)),
    ...(await checkRelay(cli, config['smtp.proxy_from'])),
  ]
}

async function settingsOf(cli: Cli, scrubber: Scrubber) {
  const accounts = (await cli.call('account.list', {})).map((account) => Object.assign({}, account, { name: scrubber.name(account.name) }))
  const domains = (await cli.call('domain.list', {})).map(({ domain, account, verifiedAt }) => ({ domain, account, verifiedAt }))
  const keys = (await cli.call('dkim.list', {})).map(({ domain, selector, algorithm, account, role, seenAt }) => ({
    domain,
    selector,
    algorithm,
    account,
    role,
    seenAt,
  }))
  return {
    accounts,
    credentials: await cli.call('credential.list', {}),
    relay: await cli.call('relay.list', {}),
    routes: await cli.call('route.list', {}),
    domains,
    keys,
  }
}

const PAGE = 1000

/** Figures of the queue, and of its beginning by domain: how many wait, how often they were tried, what was answered last. */
async function queueOf(cli: Cli) {
  const all = await cli.call('queue.count', { selection: {} })
  const held = await cli.call('queue.count', { selection: { state: 'held' } })
  const { entries } = await cli.call('queue.list', { selection: {}, limit: PAGE })
  return { all, held, oldest: entries[0]?.acceptedAt ?? null, ofTheFirst: entries.length, domains: byDomain(entries) }
}

interface Waiting {
  readonly domain: string
  recipients: number
  attempts: number
  reply: string | null
}

function byDomain(entries: readonly QueueEntry[]): Waiting[] {
  const found = new Map<string, Waiting>()
  for (const { recipients } of entries) {
    for (const { address, attempts, lastReply } of recipients) {
      const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
      const one = found.get(domain) ?? { domain, recipients: 0, attempts: 0, reply: null }
      one.recipients++
      one.attempts = Math.max(one.attempts, attempts)
      one.reply ??= lastReply
      found.set(domain, one)
    }
  }
  return [...found.values()]
}

async function errorsOf(cli: Cli) {
  const { events } = await cli.call('events.find', { kinds: ['deferred', 'failed', 'expired'], limit: 500 })
  return events
}
