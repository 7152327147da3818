// `hms brakes`: from how much harm on you are told of an account, and from how much on its mail is held.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { formatDuration, parseDuration } from '../../../base/quantities.ts'
import { BRAKE_NAMES, BRAKES, type BrakeName, type BrakeView } from '../../../contract/brakes.ts'
import { amount } from '../../../policy/brakes/judge.ts'
import { accountId, badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

interface Target {
  readonly account?: AccountId
}
interface SetOptions extends Target {
  readonly warn?: number | 'never'
  readonly hold?: number | 'never'
  readonly window?: number
  readonly least?: number
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list the brakes and custom settings of accounts; with --account the effective ones')
    .option('--account <id>', 'account', accountId)
    .action(async (options: Target) => cli.answer(await cli.call('brakes.list', options), (brakes) => listing(brakes, cli.terminal.width)))
  command
    .command('set <brake>')
    .description('change a brake, for all accounts or for one; only what is given changes')
    .option('--account <id>', 'of this account only', accountId)
    .option('--warn <n|never>', 'tell from so much on: 5% of a share, 3 of times and counts', limit)
    .option('--hold <n|never>', 'hold the account from so much on', limit)
    .option('--window <time>', 'what happened in the last 90s, 10m, 2h, 1d', span)
    .option('--least <n>', 'nothing is done about less', wholeNumber(1, 1e9))
    .action(async (brake: string, { account, warn, hold, window, least }: SetOptions) => {
      if ([warn, hold, window, least].every((one) => one === undefined))
        throw badArgument('Nothing to change was named.', "'hms brakes set --help' lists what there is.")
      const change = {
        name: brakeName(brake),
        ...(account !== undefined && { account }),
        ...(warn !== undefined && { warn: warn === 'never' ? null : warn }),
        ...(hold !== undefined && { hold: hold === 'never' ? null : hold }),
        ...(window !== undefined && { window }),
        ...(least !== undefined && { least }),
      }
      cli.answer(await cli.call('brakes.set', change), (view) => listing([view], cli.terminal.width))
    })
  command
    .command('off <brake>')
    .description('turn a brake off, for all accounts or for one')
    .option('--account <id>', 'for this account only', accountId)
    .action(async (brake: string, options: Target) => {
      const view = await cli.call('brakes.off', { name: brakeName(brake), ...options })
      cli.answer(view, ({ name }) => `The brake ${name} is off${ofWhom(options)}.\n`)
    })
  command
    .command('reset <brake>')
    .description('reset a brake to its default; for an account, to that of all accounts')
    .option('--account <id>', 'of this account only', accountId)
    .action(async (brake: string, options: Target) => {
      const name = brakeName(brake)
      const result = await cli.call('brakes.reset', { name, ...options })
      if (!result.removed) throw notFound(`The brake ${name} was not set${ofWhom(options)}.`, "'hms brakes ls' lists them.")
      cli.answer(
        result,
        () => `The brake ${name} is as ${options.account === undefined ? 'shipped' : 'for all'} again${ofWhom(options)}.\n`,
      )
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms brakes ls --account 1001\n  hms brakes set hard-bounces --account 1001 --hold 15%\n  hms brakes set complaints --warn 0.1% --hold 0.3% --window 1d\n  hms brakes off peak --account 1001',
  )
}

function ofWhom({ account }: Target): string {
  return account === undefined ? '' : ` for account ${account}`
}

function brakeName(text: string): BrakeName {
  const found = BRAKE_NAMES.find((name) => name === text)
  if (found === undefined) throw badArgument(`"${text}" is no brake.`, `They are ${BRAKE_NAMES.join(', ')}.`)
  return found
}

function limit(text: string): number | 'never' {
  if (text === 'never') return text
  const [, digits, sign] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? []
  if (digits === undefined) throw badArgument(`"${text}" is neither "never", nor a share such as 5%, nor a number.`)
  return sign === '%' ? Number(digits) / 100 : Number(digits)
}

function span(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw badArgument(`"${text}" is no time such as 90s, 10m, 2h or 1d.`)
  return value
}

function listing(brakes: readonly BrakeView[], width: number): string {
  const limitOf = ({ name, terms }: BrakeView, of: 'warn' | 'hold'): string => {
    const value = terms?.[of] ?? null
    return terms === null ? 'off' : value === null ? 'never' : amount(BRAKES[name].unit, value)
  }
  return table(
    brakes,
    [
      { title: 'BRAKE', of: ({ name }) => name },
      { title: 'ACCOUNT', of: ({ account }) => account ?? 'all', right: true },
      { title: 'WARN AT', of: (view) => limitOf(view, 'warn'), right: true },
      { title: 'HOLD AT', of: (view) => limitOf(view, 'hold'), right: true },
      { title: 'WINDOW', of: ({ terms }) => (terms === null ? null : formatDuration(terms.window)), right: true },
      { title: 'MIN VOLUME', of: ({ terms }) => terms?.least ?? null, right: true },
      { title: 'SET BY', of: ({ by, at }) => (by === null ? 'as shipped' : `${dateTime(at)} by ${by}`) },
      { title: 'MEASURE', of: ({ name }) => BRAKES[name].what, shrinks: true },
    ],
    width,
    'No brakes.',
  )
}
