// What a plug-in answers about mail on its way, made into what the delivering side understands; each field is looked at, as it comes from code
// that may have any mistake. Values of rules keep to the bounds that rules have.
import { type ConnectionRule, type DomainRule } from '../contract/plugins.ts'
import { type Effective, RULE_SETTINGS, type RuleSet, type RuleSettingName } from '../contract/rules.ts'
import type { DomainChange, Said } from '../engine/ports/delivery-filters.ts'
import { fieldsOf, line, named, Nonsense } from './answers.ts'

export type Refusal = Exclude<Said<never>, { kind: 'go' }>
/** It goes on, by other values. */
export interface Changed<Rule> {
  readonly kind: 'changed'
  readonly values: Partial<Rule>
}
type Values = Readonly<Record<string, unknown>>

const LONGEST_WAIT = 30 * 86_400_000
const OF_CONNECTION = [
  'messages_per_connection',
  'recipients_per_connection',
  'timeout_connect',
  'timeout_greeting',
  'timeout_command',
  'timeout_data',
  'timeout_final',
  'tls',
  'pipelining',
  'chunking',
] as const satisfies readonly (keyof ConnectionRule)[]

export function connectionRuleOf({ settings }: Effective): ConnectionRule {
  return Object.fromEntries(OF_CONNECTION.map((name) => [name, settings[name]])) as unknown as ConnectionRule
}

/** Of several limits of a kind the narrowest. */
export function domainRuleOf({ settings, shared, own }: Effective): DomainRule {
  const { window: _window, ...values } = settings
  const limits: Record<string, number> = {}
  for (const { setting, limit } of [...shared, ...own]) limits[setting] = Math.min(limit, limits[setting] ?? Infinity)
  return { ...values, ...limits }
}

/** Null: it goes on as it is. `told`: the rule as the plug-in saw it; what it repeats of that is no change. */
export function domainAnswer(answer: unknown, told: DomainRule, by: string): Changed<DomainRule> | Refusal | null {
  return destinationAnswer(
    answer,
    told,
    by,
    Object.keys(RULE_SETTINGS).filter((name) => name !== 'window'),
  )
}

export function connectionAnswer(answer: unknown, told: ConnectionRule, by: string): Changed<ConnectionRule> | Refusal | null {
  return destinationAnswer(answer, told, by, OF_CONNECTION)
}

/** Null: it stays deferred; otherwise why it fails. */
export function deferringAnswer(answer: unknown, reason: string, by: string): string | null {
  if (answer === null || answer === undefined) return null
  const fields = fieldsOf(answer)
  if (fields['action'] === 'continue') return null
  if (fields['action'] === 'fail') return `Plug-in ${by} gave it up: ${line(fields['text'], reason)}`
  throw unknownAction(fields)
}

/** The values of a rule, as the last word on them. */
export function domainChangeOf(changes: Partial<DomainRule>): DomainChange {
  const { pool, ...values } = changes
  const set = Object.entries(values).map(([name, value]) => [name, isLimit(name) ? { limit: value } : value])
  return { rule: Object.fromEntries(set) as RuleSet, ...(typeof pool === 'string' && { pool }) }
}

function destinationAnswer(answer: unknown, told: object, by: string, names: readonly string[]): Changed<object> | Refusal | null {
  if (answer === null || answer === undefined) return null
  const fields = fieldsOf(answer)
  switch (fields['action']) {
    case 'continue':
      return fields['rule'] === undefined || fields['rule'] === null ? null : changesOf(fieldsOf(fields['rule']), told as Values, names)
    case 'defer':
      return { kind: 'defer', reason: said(fields, 'puts it off', by), wait: waitOf(fields['wait']), isFailure: false }
    case 'fail':
      return { kind: 'fail', reason: said(fields, 'refuses it', by) }
    default:
      throw unknownAction(fields)
  }
}

function said(fields: Values, does: string, by: string): string {
  return `Plug-in ${by} ${does}: ${line(fields['text'], 'it gave no reason.')}`
}

function unknownAction(fields: Values): Nonsense {
  return new Nonsense(`${named(fields['action'])} is no answer to this hook`)
}

function waitOf(wait: unknown): number | null {
  if (wait === undefined || wait === null) return null
  if (typeof wait !== 'number' || !Number.isInteger(wait) || wait < 1000 || wait > LONGEST_WAIT)
    throw new Nonsense(`wait is a whole number of milliseconds from 1000 to ${LONGEST_WAIT}`)
  return wait
}

function changesOf(given: Values, told: Values, names: readonly string[]): Changed<object> | null {
  const changes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) throw new Nonsense(`"${name.slice(0, 60)}" is no value of the rule that this hook can change`)
    if (value !== undefined && value !== null && value !== told[name]) changes[name] = checked(name as RuleSettingName, value)
  }
  return Object.keys(changes).length === 0 ? null : { kind: 'changed', values: changes }
}

function checked(name: RuleSettingName, value: unknown): unknown {
  const setting = RULE_SETTINGS[name]
  const isRight = ((): boolean => {
    switch (setting.kind) {
      case 'flag':
        return typeof value === 'boolean'
      case 'choice':
        return (setting.choices as readonly unknown[]).includes(value)
      case 'pool':
      case 'window':
        return typeof value === 'string' && value.length <= 100
      default:
        return typeof value === 'number' && Number.isInteger(value) && value >= setting.min && value <= setting.max
    }
  })()
  if (!isRight) throw new Nonsense(`${name} of the rule cannot be ${named(value)}`)
  return value
}

function isLimit(name: string): boolean {
  return RULE_SETTINGS[name as RuleSettingName].kind === 'limit'
}
