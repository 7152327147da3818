// Every setting as it holds for one destination, with the rule that gave it: what `hms rules explain` shows.
import { formatDuration } from '../../base/quantities.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import {
  type CountedBy,
  type Destination,
  type EffectiveLimit,
  type LimitName,
  RULE_SETTINGS,
  type ValueName,
} from '../../contract/rules.ts'
import type { Explained, ExplainedBlock, ExplainedLimit, ExplainedPool, ExplainedSetting } from '../../contract/rules-answers.ts'
import { scopeOf } from '../blocks/places.ts'
import type { RuleBook } from './book.ts'
import { sumOver } from '../sources/shares.ts'
import { beyondConfigured, looseningOf } from './loosening.ts'
import { isLimitName, settingNames } from './merge.ts'
import { formatAmount, formatValue } from './values.ts'

/** `poolNamed`: the pool of a name; null: there is none. */
export function explain(book: RuleBook, destination: Destination, poolNamed: (name: string) => ExplainedPool | null): Explained {
  const notes = new Set<string>()
  const effective = book.trace(destination, (change) => {
    const what = looseningOf(change)
    if (what !== null) notes.add(what)
  })
  const { settings, from, unset, provider } = effective
  const pool = settings.pool === null ? null : poolNamed(settings.pool)
  if (settings.pool !== null && (pool === null || pool.sources.length === 0)) notes.add(nothingIn(settings.pool, pool))
  for (const limit of effective.shared) {
    const what = limit.setting === 'connections' ? beyondConfigured(limit, configuredOf(book)) : null
    if (what !== null) notes.add(what)
  }
  const values = settingNames.filter((name): name is ValueName => !isLimitName(name))
  const explained = values.map((setting): ExplainedSetting => {
    const value = settings[setting]
    const { option } = RULE_SETTINGS[setting]
    const shown = value === null ? 'none' : formatValue(setting, value)
    return { setting, value, shown, from: from.get(setting) ?? null, unset: unset.get(setting) ?? null, option }
  })
  const limits = settingNames.filter(isLimitName).flatMap((setting): readonly ExplainedLimit[] => {
    const shared = effective.shared.filter((limit) => limit.setting === setting).map((limit) => limitOf(limit, 'shared', pool))
    const own = effective.own.filter((limit) => limit.setting === setting).map((limit) => limitOf(limit, 'own', pool))
    return shared.length + own.length > 0 ? shared.concat(own) : [unlimited(setting)]
  })
  // What a receiver answers is about the machine: the mail of all accounts is eased off together.
  const blocks = book
    .blocksAt({ ...destination, account: null })
    .flatMap(({ from: origin, blocks: ofRule }) =>
      ofRule.map((block): ExplainedBlock => ({ name: block.name, shown: blockWords(block), from: origin })),
    )
  const withTaken = limits.map((limit) => withUnset(limit, unset.get(limit.setting)))
  return { pool, provider, settings: explained, limits: withTaken, blocks, notes: [...notes] }
}

/** What the configuration says. */
function configuredOf({ base }: RuleBook): number {
  return base.shared.find(({ setting }) => setting === 'connections')?.limit ?? Infinity
}

function nothingIn(name: string, pool: ExplainedPool | null): string {
  return `${pool === null ? `There is no pool ${name}` : `The pool ${name} has no source`}: mail to the domain waits.`
}

/** `pause for the site, 30m, after 3 replies in 10m`. */
function blockWords(block: BlockRule): string {
  const { onlyAlert, action, to, target, factor, pause, threshold } = block
  const after = threshold === undefined ? '' : `, after ${threshold.count} replies in ${formatDuration(threshold.within)}`
  if (onlyAlert) return `only an alert${after}`
  const many = factor === undefined ? String(to) : `1/${factor} of the`
  const connections = `${many} connection${to === 1 && factor === undefined ? '' : 's'} at once`
  const what = {
    pause: 'pause',
    slow: `${many} messages a minute`,
    connections,
    pool: `leaves from the pool ${target}`,
    priority: `priority ${target} at most`,
    fail: 'fail',
  }[action]
  // A source that is the only one needs no word.
  const scopes = scopeOf(block)
  const named = scopes.filter((scope) => scope !== 'source' || scopes.length === 1)
  return `${what} for the ${named.join(' and ')}, ${formatDuration(pause)}${after}`
}

function limitOf(effective: EffectiveLimit, scope: 'shared' | 'own', pool: ExplainedPool | null): ExplainedLimit {
  const { setting, limit, per, burst, from } = effective
  const amount = formatAmount(setting, limit)
  const shown = burst === null ? amount : `${amount}, ${burst} at once`
  return { setting, scope, limit, burst, per, shown, counted: countedWords(per), sum: sumOver(effective, pool), from, unset: null }
}

function unlimited(setting: LimitName): ExplainedLimit {
  return { setting, scope: 'shared', limit: null, burst: null, per: [], shown: 'no limit', counted: '', sum: null, from: null, unset: null }
}

function withUnset(limit: ExplainedLimit, unset: ExplainedLimit['unset'] | undefined): ExplainedLimit {
  return unset === undefined || limit.from !== null ? limit : Object.assign({}, limit, { unset })
}

/** `by site and source`. */
function countedWords(per: readonly CountedBy[]): string {
  if (per.length === 0) return 'all together'
  return `by ${per.length === 1 ? '' : `${per.slice(0, -1).join(', ')} and `}${per.at(-1) ?? ''}`
}
