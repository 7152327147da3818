// One setting of a rule: from what YAML gives to the checked value, back to text, and in words. Times and sizes are written as in hms.yaml.
import { formatDuration, formatSize, parseDuration, parseSize } from '../../base/quantities.ts'
import {
  COUNTED_BY,
  type CountedBy,
  type Limit,
  RULE_SETTINGS,
  type RuleSetting,
  type RuleSettingName,
  UNSET,
} from '../../contract/rules.ts'
import { windowOf } from '../time/delivery-window.ts'
import type { RuleValue } from './merge.ts'

/** Names of sources, pools and providers. */
export const NAME = /^[a-z\d][\w.-]{0,99}$/i
export const NAME_EXPECTED = 'a name of letters, digits, dots and hyphens'

const LIMIT_KEYS = ['limit', 'per', 'burst', 'raise'] as const

export type ValueReading<T> =
  | { readonly ok: true; readonly value: T }
  /** `at`: below the setting, where that is what is wrong. */
  | { readonly ok: false; readonly at: readonly string[]; readonly expected: string; readonly found: unknown }

/** What a setting takes, in words. */
export function expectationOf(setting: RuleSetting): string {
  switch (setting.kind) {
    case 'limit':
      return `${numberExpected(setting)}, or { limit, per, burst, raise }`
    case 'count':
      return numberExpected(setting)
    case 'duration':
      return `a time with its unit such as 30s, 5m or 4h, from ${formatDuration(setting.min)} to ${formatDuration(setting.max)}`
    case 'choice':
      return `one of ${setting.choices.join(', ')}`
    case 'flag':
      return 'true or false'
    case 'pool':
      return 'the name of a pool'
    case 'window':
      return 'times and a zone such as Mon-Fri 08:00-20:00 Europe/Vienna, or quiet 22:00-07:00 Europe/Vienna'
  }
}

function numberExpected(setting: RuleSetting & { readonly min: number; readonly max: number }): string {
  if (setting.kind === 'limit' && setting.counts === 'octets') return `a size such as 25MiB, up to ${formatSize(setting.max)}`
  return `a whole number from ${setting.min} to ${setting.max}`
}

/** `isAccounts`: in a rule of an account, where `raise` means something. */
export function parseValue(name: RuleSettingName, raw: unknown, isAccounts: boolean): ValueReading<RuleValue> {
  if (raw === UNSET) return { ok: true, value: UNSET }
  const setting: RuleSetting = RULE_SETTINGS[name]
  const value = setting.kind === 'limit' ? parseLimit(setting, raw, isAccounts) : plainValue(setting, raw)
  if (typeof value === 'object' && 'ok' in value) return value
  return value === undefined ? wrong([], expectationOf(setting), raw) : { ok: true, value }
}

function wrong(at: readonly string[], expected: string, found: unknown): ValueReading<never> {
  return { ok: false, at, expected, found }
}

function plainValue(setting: Exclude<RuleSetting, { kind: 'limit' }>, raw: unknown): number | string | boolean | undefined {
  switch (setting.kind) {
    case 'count':
      return within(setting, raw)
    case 'duration':
      return within(setting, parseDuration(raw))
    case 'choice':
      return typeof raw === 'string' && setting.choices.includes(raw) ? raw : undefined
    case 'flag':
      return typeof raw === 'boolean' ? raw : undefined
    case 'pool':
      return typeof raw === 'string' && NAME.test(raw) ? raw : undefined
    case 'window':
      return windowText(raw)
  }
}

function windowText(raw: unknown): string | undefined {
  const window = typeof raw === 'string' ? windowOf(raw) : ''
  return typeof window === 'string' ? undefined : window.text
}

function within({ min, max }: { readonly min: number; readonly max: number }, value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined
}

type LimitSetting = RuleSetting & { kind: 'limit' }

function parseLimit(setting: LimitSetting, raw: unknown, isAccounts: boolean): Limit | ValueReading<never> {
  const amount = (value: unknown): number | undefined => within(setting, setting.counts === 'octets' ? parseSize(value) : value)
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const limit = amount(raw)
    return limit === undefined ? wrong([], expectationOf(setting), raw) : { limit }
  }
  const { limit: most, per, burst, raise, ...others } = raw as Readonly<Record<string, unknown>>
  const [other] = Object.keys(others)
  if (other !== undefined) return wrong([other], `one of ${LIMIT_KEYS.join(', ')}`, other)
  const limit = amount(most)
  if (limit === undefined) return wrong(['limit'], numberExpected(setting), most)
  const counted = per === undefined ? undefined : parsePer(per)
  if (counted === null) return wrong(['per'], `a list of ${COUNTED_BY.join(', ')}; of source and pool one at most`, per)
  if (burst !== undefined && (setting.window === null || within({ min: 1, max: limit }, burst) === undefined)) {
    return wrong(['burst'], setting.window === null ? 'none: it is no rate' : `a whole number from 1 to ${limit}`, burst)
  }
  if (raise !== undefined && typeof raise !== 'boolean') return wrong(['raise'], 'true or false', raise)
  if (raise === true && !isAccounts) return wrong(['raise'], 'it in rules of accounts only', raise)
  return {
    limit,
    ...(counted !== undefined && { per: counted }),
    ...(burst !== undefined && { burst: burst as number }),
    ...(raise === true && { raise }),
  }
}

/** Null where it is none. */
function parsePer(raw: unknown): readonly CountedBy[] | null {
  if (!Array.isArray(raw)) return null
  const names = new Set<unknown>(raw)
  if (names.size !== raw.length || (names.has('source') && names.has('pool'))) return null
  const known = COUNTED_BY.filter((name) => names.has(name))
  return known.length === raw.length ? known : null
}

/** As it is written in a document. */
export function formatValue(name: RuleSettingName, value: RuleValue): string {
  const setting: RuleSetting = RULE_SETTINGS[name]
  if (typeof value === 'number') return setting.kind === 'duration' ? formatDuration(value) : String(value)
  if (typeof value !== 'object') return String(value)
  const { limit, per, burst, raise } = value
  const amount = formatAmount(name, limit)
  if (per === undefined && burst === undefined && raise === undefined) return amount
  const parts = [
    `limit: ${amount}`,
    ...(per === undefined ? [] : [`per: [${per.join(', ')}]`]),
    ...(burst === undefined ? [] : [`burst: ${burst}`]),
    ...(raise === undefined ? [] : ['raise: true']),
  ]
  return `{ ${parts.join(', ')} }`
}

export function formatAmount(name: RuleSettingName, amount: number): string {
  const setting: RuleSetting = RULE_SETTINGS[name]
  return setting.kind === 'limit' && setting.counts === 'octets' ? formatSize(amount) : String(amount)
}
