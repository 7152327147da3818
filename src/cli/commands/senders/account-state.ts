// `hms account state` and `show`: what an account may do, since when, by whom and why.
import type { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/quantities.ts'
import { ACCOUNT_STATES, type AccountState } from '../../../contract/accounts.ts'
import type { Account } from '../../../contract/settings.ts'
import { isToBeReleased, stateNow } from '../../../policy/accounts/standing.ts'
import { parseMoment } from '../../../policy/time/moments.ts'
import { accountId, badArgument, type Cli } from '../../cli.ts'
import { counted, dateTime } from '../../output/when.ts'

interface Options {
  readonly reason?: string
  readonly until?: number
}

const SAID: Readonly<Record<AccountState, string>> = {
  trial: 'is on trial',
  active: 'is active',
  limited: 'is limited',
  held: 'is held: its mail is taken, and none of it leaves',
  suspended: 'is suspended: its mail is refused, and none of it leaves',
}

export function registerStates(command: Command, cli: Cli): void {
  command
    .command('state <id> <state>')
    .description(
      'set the state of an account: trial, active, limited, held (mail is accepted, not delivered) or suspended (mail is rejected); takes effect immediately',
    )
    .option('--reason <text>', 'why, for whoever meets it')
    .option('--until <time>', 'then it is what it was before: 90m, 2d, or 2027-03-01 08:00 Europe/Vienna', momentAhead)
    .action((id: string, state: string, options: Options) => setState(cli, id, stateOf(state), options))
  for (const [name, state, doc] of [
    ['suspend', 'suspended', 'refuse mail of an account; what is in the queue does not leave'],
    ['resume', 'active', 'take mail from an account again, and let what was kept back leave'],
  ] as const) {
    command
      .command(`${name} <id>`)
      .description(doc)
      .option('--reason <text>', 'why, for whoever meets it')
      .action((id: string, options: Options) => setState(cli, id, state, options))
  }
}

async function setState(cli: Cli, id: string, state: AccountState, { reason, until }: Options): Promise<void> {
  const asked = { id: accountId(id), state, ...(reason !== undefined && { reason }), ...(until !== undefined && { until }) }
  cli.answer(await cli.call('account.state', asked), ({ account, released }) => {
    const end = until === undefined ? '' : ` until ${dateTime(until)}`
    const freed = released > 0 ? `; ${counted(released, 'recipient')} that ${released === 1 ? 'was' : 'were'} kept back released` : ''
    const late = isToBeReleased(account, systemClock.now()) ? '; what was kept back leaves when the server runs' : ''
    return `Account ${account.id} ${SAID[account.state]}${end}${freed}${late}.\n`
  })
}

function stateOf(text: string): AccountState {
  const found = ACCOUNT_STATES.find((one) => one === text)
  if (found === undefined) throw badArgument(`"${text}" is none of ${ACCOUNT_STATES.join(', ')}.`)
  return found
}

export function momentAhead(text: string): number {
  const span = parseDuration(text)
  const at = span === undefined ? parseMoment(text) : systemClock.now() + span
  if (at === undefined || at <= systemClock.now()) throw badArgument(`"${text}" is no time ahead such as 90m, 2d or 2027-03-01T08:00:00Z.`)
  return at
}

/** `held until 2026-11-23 08:00:00`, and by whom and why where that is known. */
export function standingLines(account: Account): [string, string][] {
  const { standing } = account
  const state = stateNow(account, systemClock.now())
  if (standing === undefined) return [['state', state]]
  const end = standing.until === null || state !== account.state ? '' : ` until ${dateTime(standing.until)}, then ${standing.after}`
  const why = standing.reason === '' ? '' : `: ${standing.reason}`
  return [
    ['state', `${state}${end}`],
    ['since', `${dateTime(standing.since)}, by ${standing.by}${why}`],
  ]
}
