// The state of an account, changed by hand, by an operation, by a brake or by time: written down with who did it and why, told to the
// workers, and what was kept back is let go where it may leave.
import type { EpochMs } from '../../../base/brand.ts'
import { ALARMS } from '../../../contract/alarm-table.ts'
import { BRAKE } from '../../../contract/brakes.ts'
import { ACCOUNT_STATES, LONGEST_REASON } from '../../../contract/accounts.ts'
import type { Account } from '../../../contract/settings.ts'
import {
  heldReason,
  isToBeReleased,
  keepsBack,
  standingWords,
  type StateChange,
  TRIAL_REASON,
  withState,
} from '../../../policy/accounts/standing.ts'
import { existingAccount } from '../existing-account.ts'
import type { AlertTeller, NewsOfAccount, OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'

export type StateContext = Pick<OperationContext, 'settings' | 'workers' | 'now'> & {
  readonly isRunning: () => boolean
  readonly tell: AlertTeller['tell']
}

export interface StateChanged {
  readonly account: Account
  readonly released: number
}

/** Farther ahead it is no state for a time. */
const LONGEST = 10 * 366 * 86_400_000

export function stateContext({ settings, workers, now, live, alerts }: OperationContext): StateContext {
  return { settings, workers, now, isRunning: () => live().running, tell: (news) => alerts.tell(news) }
}

export function accountStateOperations(context: OperationContext): Pick<OperationTable, 'account.state'> {
  const around = stateContext(context)
  return {
    'account.state': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const state = params.choice('state', ACCOUNT_STATES)
      const reason = params.optional('reason', () => params.text('reason', LONGEST_REASON)) ?? ''
      const until = params.optional('until', () => params.count('until', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? null
      params.done()
      const now = context.now()
      if (until !== null && (until <= now || until > now + LONGEST)) throw refused('until is not ahead, or more than ten years.')
      return changeState(around, existingAccount(context.settings.read(), id), { state, reason, by: context.by, until })
    },
  }
}

/** Resolves when it is in force, and what may leave was released. */
export async function changeState(context: StateContext, before: Account, change: StateChange): Promise<StateChanged> {
  const { settings, workers, now } = context
  const account = withState(before, change, now())
  const { state, reason, by, until } = change
  settings.putAccount(account, by)
  const time = until === null ? '' : ` until ${new Date(until).toISOString()}`
  settings.note(by, 'account state', `${account.id} ${before.state} -> ${state}${time}${reason === '' ? '' : `: ${reason}`}`)
  context.tell(alertOf(account))
  if (!context.isRunning()) return { account, released: 0 }
  // Workers read the settings before the queue is changed: else they would hold again what was just released.
  await workers.some('settings.changed', {})
  const looked = before.state === 'trial' && state !== 'trial' ? await release(context, account, TRIAL_REASON, by) : 0
  // Programs of before suspended without saying since when.
  if (before.standing === undefined && keepsBack(before.state) && !keepsBack(state))
    return { account, released: await release(context, account, heldReason(before), by) }
  if (!isToBeReleased(account, now())) return { account, released: looked }
  const { account: free, released } = await letGo(context, account, by)
  return { account: free, released: looked + released }
}

/** What was kept back leaves; until that is written down, it is tried again by whoever looks after accounts. */
export async function letGo(context: StateContext, account: Account, by: string): Promise<StateChanged> {
  const { settings } = context
  const released = await release(context, account, heldReason(account), by)
  const { standing, ...current } = existingAccount(settings.read(), account.id)
  // Somebody may have held it again meanwhile.
  const free = standing === undefined || standing.since !== account.standing?.since ? standing : { ...standing, heldSince: null }
  const changed = { ...current, ...(free && { standing: free }) }
  settings.putAccount(changed, by)
  return { account: changed, released }
}

async function release({ workers }: StateContext, { id }: Account, reason: string, by: string): Promise<number> {
  const selection = { account: id, state: 'held' as const, reason }
  const answers = await workers.all('queue.act', { action: 'release', selection, by })
  return answers.reduce((sum, { recipients }) => sum + recipients, 0)
}

/** When the state of one of them is over by itself, or what was kept back is still to be let go. */
export function isDue(account: Account, now: EpochMs): 'over' | 'release' | null {
  const { standing } = account
  if (standing !== undefined && standing.until !== null && now >= standing.until) return 'over'
  return isToBeReleased(account, now) ? 'release' : null
}

/** What is told of an account that came to a state. */
function alertOf(account: Account): readonly NewsOfAccount[] {
  const { id, name, state, standing } = account
  if (standing === undefined) return []
  const { since, by, until } = standing
  const end = until === null ? '' : ` until ${new Date(until).toISOString()}`
  const what = `${standingWords(account)}${end} (${name}).`
  const kind = by.startsWith(BRAKE) ? 'account.braked' : 'account.state'
  const alarm = { name: 'brake', severity: ALARMS.brake.severity, subjects: [String(id)], count: 1 } as const
  const about = kind === 'account.braked' ? { alarm } : {}
  return [{ source: `account ${id} ${since}`, at: since, kind, what, mend: mendOf(account, state), effect: null, by, ...about }]
}

function mendOf({ id }: Account, state: Account['state']): string {
  if (!keepsBack(state)) return 'No action needed.'
  return `'hms account show ${id}' tells more, 'hms queue ls --account ${id}' shows its mail; 'hms account state ${id} active' lets it send, 'hms queue delete --account ${id}' discards what waits.`
}
