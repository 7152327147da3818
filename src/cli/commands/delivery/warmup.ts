// `hms warmup`: how new sources and signing domains come to their full volume: plan, what was done, forecast; and the hand of the owner.
import type { Command } from 'commander'
import type { OperationResult } from '../../../contract/operations.ts'
import type { WarmupReport } from '../../../contract/source-operations.ts'
import { unitWords } from '../../../policy/warmup/units.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'

interface Options {
  readonly source?: string
  readonly domain?: string
  readonly provider?: string
}
type Action = 'start' | 'hold' | 'resume' | 'skip' | 'finish'
type Progress = WarmupReport['providers'][number]

const ACTIONS: Readonly<Record<Action, string>> = {
  start: 'begin anew with the first day of the plan',
  hold: 'keep the cap as it is, until it is resumed',
  resume: 'let it grow and step back again',
  skip: 'move on to the next day of the plan now',
  finish: 'take the cap away: it is warm',
}

export function register(command: Command, cli: Cli): void {
  const named = (sub: Command): Command =>
    sub
      .option('--source <name>', 'source, by its name or address')
      .option('--domain <name>', 'signing domain')
      .option('--provider <name>', "provider, or 'other' for all that belong to none")
  named(command.command('status'))
    .description('show plan, actual figures and forecast')
    .action(async (options: Options) =>
      cli.answer(await cli.call('warmup.status', { ...options }), (result) => shown(result, options, cli)),
    )
  for (const [action, words] of Object.entries(ACTIONS) as [Action, string][]) {
    named(command.command(action))
      .description(words)
      .action(async (options: Options) => {
        if (options.source === undefined && options.domain === undefined)
          throw badArgument('What it is about was not named.', 'Give --source or --domain.')
        const result = await cli.call('warmup.set', { action, ...options })
        cli.answer(result, ({ changed }) => (changed.length === 0 ? 'It is so already.\n' : changed.map(changeLine).join('')))
      })
  }
  command.addHelpText(
    'after',
    '\nExamples:\n  hms warmup status\n  hms warmup status --source a --provider google\n  hms warmup hold --source a --provider outlook',
  )
}

function changeLine({ unit, names, provider, mode, cap }: OperationResult<'warmup.set'>['changed'][number]): string {
  const now = mode === 'warm' ? 'warm, without a cap' : `${cap} messages a day${mode === 'held' ? ', held' : ''}`
  const what = unitWords(unit, names)
  return `${visible(what.charAt(0).toUpperCase() + what.slice(1))} at ${visible(provider)}: ${now}.\n`
}

function shown({ units, alerts }: OperationResult<'warmup.status'>, { provider }: Options, { terminal }: Cli): string {
  if (units.length === 0) return "Nothing is warmed up. A source is when the rules say 'warmup: standard' of it.\n"
  const parts = units.map((unit) => {
    const head = `${headOf(unit)}\n${progress(unit.providers, terminal.width)}`
    const [one] = unit.providers
    return provider === undefined || one === undefined ? head : `${head}\n${days(one, terminal.width)}`
  })
  const told = alerts.map((alert) => `! ${visible(alert)}\n`).join('')
  const hint = provider === undefined ? '\nWith --provider every day is shown, with the forecast.\n' : ''
  return `${parts.join('\n')}${told === '' ? '' : `\n${told}`}${hint}`
}

function headOf({ unit, names, plan, known, begins }: WarmupReport): string {
  const what = unit.startsWith('signer=') ? `Signing domain ${names.join(', ')}` : `Source ${names.join(', ')} (${unit.slice(7)})`
  const how = known ? `plan ${plan}` : `there is no plan ${plan}: it stays at 50 messages a day to each provider`
  return visible(`${what}, ${how}${begins === null ? '' : `, begins on ${dayName(begins / 86_400_000)}`}`)
}

function progress(providers: readonly Progress[], width: number): string {
  return table(
    providers,
    [
      { title: 'PROVIDER', of: ({ provider }) => provider },
      { title: 'STATE', of: ({ mode }) => mode },
      { title: 'LIMIT', of: ({ cap }) => cap, right: true },
      { title: 'TODAY', of: ({ today }) => today.sent, right: true },
      { title: 'DEFERRED', of: ({ today }) => today.deferred, right: true },
      { title: 'BLOCKED', of: ({ today }) => today.blocked, right: true },
      { title: 'BOUNCED', of: ({ today }) => today.bounced, right: true },
      { title: 'COMPLAINTS', of: ({ today }) => today.complaints, right: true },
      { title: 'WARM ON', of: warmOn },
      { title: 'SINCE', of: ({ since }) => dateTime(since) },
      { title: 'REASON', of: ({ said }) => said, shrinks: true },
    ],
    width,
    'No mail yet.',
  )
}

/** If every day goes well. */
function warmOn({ mode, forecast }: Progress): string | null {
  const last = forecast.at(-1)
  return mode !== 'warming' || last === undefined ? null : dayName(last.day + 1)
}

/** What was, and what is to come. */
function days({ past, today, forecast, cap }: Progress, width: number): string {
  const rows = [
    ...past.map((day) => ({ ...day, day: dayName(day.day), note: '' })),
    ...forecast.map(({ day, cap: most }, i) => ({
      cap: most,
      ...(i === 0 ? today : NONE),
      note: i === 0 ? 'today' : 'forecast',
      day: dayName(day),
    })),
  ]
  return table(
    rows,
    [
      { title: 'DAY (UTC)', of: ({ day }) => day },
      { title: 'LIMIT', of: ({ cap: most }) => most, right: true },
      { title: 'SENT', of: ({ sent }) => sent, right: true },
      { title: 'DEFERRED', of: ({ deferred }) => deferred, right: true },
      { title: 'BLOCKED', of: ({ blocked }) => blocked, right: true },
      { title: 'BOUNCED', of: ({ bounced }) => bounced, right: true },
      { title: 'COMPLAINTS', of: ({ complaints }) => complaints, right: true },
      { title: '', of: ({ note }) => note },
    ],
    width,
    cap === null ? 'It is warm.' : 'No mail yet.',
  )
}

const NONE = { sent: null, deferred: null, blocked: null, bounced: null, complaints: null } as const

function dayName(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}
