// Where a Smart rule for an MX lets more through than the owner's rule for the domain: the cascade has it so, and whoever wrote the rule
// should be told.
import { type EffectiveLimit, RULE_SETTINGS, type RuleSetting, type RuleSettingName, UNSET } from '../../contract/rules.ts'
import { type PlacedRule, type Replaced, type RuleValue, TLS_STRENGTH } from './merge.ts'
import { formatValue } from './values.ts'

/** Whether `after` lets more through, or protects less, than `before`. Of waits nobody can tell which is the looser. */
function isLooser(name: RuleSettingName, before: RuleValue, after: RuleValue): boolean {
  const setting: RuleSetting = RULE_SETTINGS[name]
  if (before === UNSET) return false
  if (setting.kind === 'limit') return after === UNSET || amountOf(after) > amountOf(before)
  if (setting.kind === 'count') return typeof after === 'number' && after > Number(before)
  if (name === 'tls') return TLS_STRENGTH.indexOf(after) < TLS_STRENGTH.indexOf(before)
  return false
}

function amountOf(value: RuleValue): number {
  return typeof value === 'object' ? value.limit : Infinity
}

function isAtDomain({ rule, isOverride }: PlacedRule): boolean {
  return rule.by === 'domain' && !isOverride
}

/** What the program knows of a provider counts more than what the configuration says of all: whoever wrote that should be told. */
export function beyondConfigured({ limit, from }: Pick<EffectiveLimit, 'limit' | 'from'>, configured: number): string | null {
  if (from?.level !== 'smart' || limit <= configured) return null
  return (
    `The Smart rule ${from.rule} (${from.mask}) sets connections to ${limit}, more than ${configured} of delivery.connections_per_site, ` +
    'and counts. Set connections in a rule of your own to have your value.'
  )
}

/** The sentence, where there is one to say. */
export function looseningOf({ setting, before, after }: Replaced): string | null {
  if (after.by.level !== 'smart' || before.by.level === 'smart' || !isAtDomain(before.by) || isAtDomain(after.by)) return null
  if (!isLooser(setting, before.value, after.value)) return null
  const [old, fresh] = [before.by.rule, after.by.rule]
  return (
    `The Smart rule ${fresh.name} (${fresh.by} ${fresh.mask}) sets ${setting} to ${formatValue(setting, after.value)}, ` +
    `looser than ${formatValue(setting, before.value)} of your rule ${old.name} (domain ${old.mask}), and counts. ` +
    'Set it in a rule for the MX, or in an override, to have your value.'
  )
}
