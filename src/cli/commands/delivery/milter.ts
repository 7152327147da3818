// `hms milter`: mail filters that run as programs of their own, set up, listed, and tried with a message that is no mail.
import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import {
  type Milter,
  MILTER_FAILURES,
  MILTER_SAMPLES,
  MILTER_STEPS,
  MILTER_WAYS,
  type MilterFailureChoice,
  type MilterSample,
  type MilterStep,
  type MilterTrial,
  type MilterView,
  type MilterWay,
} from '../../../contract/milters.ts'
import { accountIds, badArgument, type Cli, timeSpan, wholeNumbers } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { notFound } from '../../not-found.ts'

interface SetOptions {
  order?: number
  sees?: readonly MilterWay[]
  port?: readonly number[]
  account?: readonly AccountId[]
  onFailure?: MilterFailureChoice
  skip?: readonly MilterStep[]
  connectTimeout?: number
  commandTimeout?: number
  contentTimeout?: number
  endTimeout?: number
  connections?: number
}

interface TestOptions {
  from?: string
  to?: string
  client?: string
  sample?: MilterSample
  file?: string
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list milters, in the order in which they are asked, and how they do')
    .action(async () => cli.answer(await cli.call('milter.list', {}), (milters) => milterTable(milters, cli.terminal.width)))
  registerSet(command, cli)
  for (const [word, enabled] of [
    ['on', true],
    ['off', false],
  ] as const)
    command
      .command(`${word} <name>`)
      .description(enabled ? 'ask a milter again' : 'ask a milter no more, and keep what was set of it')
      .action(async (name: string) => {
        await known(cli, name)
        cli.answer(await cli.call('milter.set', { name, enabled }), (milter) => `${describe(milter)}\n`)
      })
  command
    .command('rm <name>')
    .description('remove a milter')
    .action(async (name: string) => {
      const { removed } = await cli.call('milter.remove', { name })
      if (!removed) throw missing(name)
      cli.answer({ removed }, () => `Removed the milter ${name}.\n`)
    })
  registerTest(command, cli)
  command.addHelpText(
    'after',
    [
      '',
      'Examples:',
      '  hms milter set rspamd inet:127.0.0.1:11332',
      '  hms milter set opendkim unix:/run/opendkim/opendkim.sock --order 200 --on-failure accept',
      '  hms milter test rspamd --sample spam',
    ].join('\n'),
  )
}

function registerSet(command: Command, cli: Cli): void {
  command
    .command('set <name> [address]')
    .description('set up a milter at inet:host:port or unix:/path, or change what is named of it')
    .option('--order <number>', 'its place among the milters; the least is asked first (100 at first)', whole)
    .option('--sees <ways>', `which mail it sees, of ${MILTER_WAYS.join(', ')} (submission,inbound at first)`, listOf(MILTER_WAYS))
    .option('--port <ports>', 'only sessions that came to these ports of ours; 0: to any', wholeNumbers)
    .option('--account <numbers>', 'only mail of these accounts; 0: of any', accountIds)
    .addOption(
      new Option('--on-failure <what>', 'what becomes of mail while it cannot be asked (tempfail at first)').choices(MILTER_FAILURES),
    )
    .option('--skip <steps>', `steps that it is not asked about, of ${MILTER_STEPS.join(', ')}; none: it is asked about all`, steps)
    .option('--connect-timeout <time>', 'to connect to it (10s at first)', timeSpan)
    .option('--command-timeout <time>', 'for its answer to a step of the session (30s at first)', timeSpan)
    .option('--content-timeout <time>', 'for its answer to a piece of the message (30s at first)', timeSpan)
    .option('--end-timeout <time>', 'for its decision at the end of the message (2m at first)', timeSpan)
    .option('--connections <number>', 'connections to it at once, of each worker (100 at first)', whole)
    .action(async (name: string, address: string | undefined, options: SetOptions) => {
      const { sees, port, account, ...rest } = options
      const chosen = { ...(sees && { ways: sees }), ...(port && { ports: port }), ...(account && { accounts: account }) }
      const params = { name, ...rest, ...chosen, ...(address !== undefined && { address }) }
      cli.answer(await cli.call('milter.set', params), (milter) => `${describe(milter)}\n`)
    })
}

function registerTest(command: Command, cli: Cli): void {
  command
    .command('test <name>')
    .description('ask a milter about a message that is no mail, and show what it says to each step')
    .option('--from <address>', 'sender (sender@example.com)')
    .option('--to <address>', 'recipient (recipient@example.com)')
    .option('--client <address>', 'address of the client (192.0.2.1)')
    .addOption(new Option('--sample <kind>', 'an ordinary message, the spam of GTUBE, the virus of EICAR').choices(MILTER_SAMPLES))
    .option('--file <file>', 'the message, instead of a sample')
    .action(async (name: string, { from, to, client, sample, file }: TestOptions) => {
      const message = file === undefined ? undefined : readFileSync(file, 'utf8')
      const params = {
        name,
        ...(from !== undefined && { sender: from }),
        ...(to !== undefined && { recipient: to }),
        ...(client !== undefined && { address: client }),
        ...(sample !== undefined && { sample }),
        ...(message !== undefined && { message }),
      }
      const trial = await cli.call('milter.test', params)
      cli.answer(trial, () => trialText(trial, cli.terminal.width))
      if (trial.outcome === 'failed') process.exitCode = 1
    })
}

async function known(cli: Cli, name: string): Promise<void> {
  if (!(await cli.call('milter.list', {})).some((one) => one.name === name)) throw missing(name)
}

function missing(name: string): Error {
  return notFound(`There is no milter ${name}.`, "'hms milter ls' lists them.")
}

function whole(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw badArgument(`"${text}" is no whole number.`)
  return Number(text)
}

function listOf<const C extends string>(choices: readonly C[]): (text: string) => readonly C[] {
  return (text) =>
    text.split(',').map((one) => {
      const found = choices.find((choice) => choice === one.trim())
      if (found === undefined) throw badArgument(`"${one}" is none of ${choices.join(', ')}.`)
      return found
    })
}

const steps = (text: string): readonly MilterStep[] => (text === 'none' ? [] : listOf(MILTER_STEPS)(text))

function scopeOf({ ways, ports: of, accounts: mail }: Milter): string {
  const parts = [
    ways.join(', '),
    ...(of.length > 0 ? [`ports ${of.join(', ')}`] : []),
    ...(mail.length > 0 ? [`accounts ${mail.join(', ')}`] : []),
  ]
  return parts.join('; ')
}

function describe(milter: Milter): string {
  if (!milter.enabled) return `The milter ${milter.name} is off.`
  const then = { accept: 'mail continues without it', tempfail: 'mail is deferred', reject: 'mail is rejected' }[milter.onFailure]
  return `The milter ${milter.name} at ${milter.address} sees: ${scopeOf(milter)}. While it cannot be asked, ${then}.`
}

function stateOf({ enabled, seen }: MilterView): string {
  if (!enabled) return 'off'
  if (seen === undefined) return '-'
  if (seen.failure !== undefined) return `fails: it ${seen.failure}`
  return seen.state === 'new' ? 'not asked yet' : 'well'
}

function milterTable(milters: readonly MilterView[], width: number): string {
  return table(
    milters,
    [
      { title: 'NAME', of: (one) => one.name },
      { title: 'ORDER', of: (one) => String(one.order) },
      { title: 'ADDRESS', of: (one) => one.address, shrinks: true },
      { title: 'SEES', of: scopeOf, shrinks: true },
      { title: 'ON FAILURE', of: (one) => one.onFailure },
      { title: 'MESSAGES', of: (one) => String(one.seen?.counts.messages ?? '-') },
      { title: 'REJECTED', of: (one) => String(one.seen === undefined ? '-' : one.seen.counts.rejected + one.seen.counts.deferred) },
      { title: 'STATE', of: stateOf, shrinks: true },
    ],
    width,
    "No milters. 'hms milter set NAME ADDRESS' sets one up.",
  )
}

function trialText({ outcome, words, version, actions, steps: said, changes }: MilterTrial, width: number): string {
  const met =
    version === undefined
      ? ''
      : `It speaks version ${version} of the protocol${actions.length === 0 ? '' : `, and may ${actions.join(', ')}`}.\n\n`
  const answers = table(
    said,
    [
      { title: 'STEP', of: (one) => one.step },
      { title: 'REPLY', of: (one) => visible(one.answer), shrinks: true },
      { title: 'MS', of: (one) => one.took.toFixed(1) },
    ],
    width,
    '',
  )
  const changed = changes.length === 0 ? '' : `\nIt would change:\n${changes.map((line) => `  ${visible(line)}\n`).join('')}`
  const none = said.some(({ answer }) => answer === '-') ? '-: it is not asked about that, or does not answer it.\n' : ''
  return `${met}${answers}${none}${changed}\n${outcome}: ${visible(words)}\n`
}
