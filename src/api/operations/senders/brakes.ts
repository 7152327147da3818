// What stops accounts that harm others: listed, set for all or for one account, switched off, and as shipped again.
import type { AccountId } from '../../../base/brand.ts'
import { BRAKE_NAMES, BRAKES, type BrakeName, type BrakeSetting, type BrakeTerms, type BrakeView } from '../../../contract/brakes.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MINUTE = 60_000
const WINDOWS = { least: MINUTE, most: 7 * 86_400_000 }
const MOST_LEAST = 1_000_000_000

export function brakeOperations({ settings, now, by }: OperationContext): OperationsOf<'brakes'> {
  const target = (params: Params): { name: BrakeName; account: AccountId | null } => {
    const name = params.choice('name', BRAKE_NAMES)
    const account = params.optional('account', () => params.account('account')) ?? null
    if (account !== null) existingAccount(settings.read(), account)
    return { name, account }
  }
  const put = (setting: Omit<BrakeSetting, 'at'>): BrakeView => {
    const made = { ...setting, at: now() }
    settings.putBrake(made, setting.by)
    return made
  }
  return {
    'brakes.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account')) ?? null
      params.done()
      const { brakes } = settings.read()
      if (account !== null) return BRAKE_NAMES.map((name) => viewOf(brakes, name, account))
      return [...BRAKE_NAMES.map((name) => viewOf(brakes, name, null)), ...brakes.filter((one) => one.account !== null)]
    },
    'brakes.set': async (values) => {
      const params = new Params(values)
      const which = target(params)
      const before = viewOf(settings.read().brakes, which.name, which.account).terms ?? BRAKES[which.name]
      const terms = termsFrom(params, which.name, before)
      params.done()
      return put({ ...which, terms, by })
    },
    'brakes.off': async (values) => {
      const params = new Params(values)
      const which = target(params)
      params.done()
      return put({ ...which, terms: null, by })
    },
    'brakes.reset': async (values) => {
      const params = new Params(values)
      const which = target(params)
      params.done()
      return { removed: settings.removeBrake(which, by) }
    },
  }
}

/** What holds for the account: its own, that of all, or what is shipped. */
function viewOf(brakes: readonly BrakeSetting[], name: BrakeName, account: AccountId | null): BrakeView {
  const own = brakes.find((one) => one.name === name && one.account === account)
  return (
    own ??
    brakes.find((one) => one.name === name && one.account === null) ?? { name, account: null, terms: BRAKES[name], by: null, at: null }
  )
}

function termsFrom(params: Params, name: BrakeName, before: BrakeTerms): BrakeTerms {
  const { unit } = BRAKES[name]
  const limit = (of: 'warn' | 'hold'): number | null => {
    const value = params.raw(of)
    if (value === undefined) return before[of]
    return value === null ? null : limitOf(value, of, unit)
  }
  const terms = {
    window: params.optional('window', () => params.count('window', WINDOWS)) ?? before.window,
    least: params.optional('least', () => params.count('least', { least: 1, most: MOST_LEAST })) ?? before.least,
    warn: limit('warn'),
    hold: limit('hold'),
  }
  if (name === 'peak' && terms.window !== BRAKES.peak.window)
    throw refused('The window of the brake peak is an hour: that is what it remembers.')
  if (terms.warn === null && terms.hold === null) throw refused('It would do nothing.', `Switch it off instead: 'hms brakes off ${name}'.`)
  if (terms.warn !== null && terms.hold !== null && terms.warn > terms.hold) throw refused('It would hold sooner than it warns.')
  return terms
}

function limitOf(value: unknown, name: string, unit: 'share' | 'times' | 'count'): number {
  const most = unit === 'share' ? 1 : MOST_LEAST
  if (typeof value === 'number' && value > 0 && value <= most && (unit !== 'count' || Number.isInteger(value))) return value
  const what = { share: 'a share above 0 and up to 1 (100 %)', times: 'a number above 0', count: 'a whole number above 0' }[unit]
  throw refused(`${name} is not ${what}.`)
}
