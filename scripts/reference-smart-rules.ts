// docs/reference/smart-rules.md: the Smart Delivery Rules as a table for owners, from data/smart-rules.yaml.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatDuration } from '../src/base/quantities.ts'
import type { BlockRule } from '../src/contract/blocks.ts'
import { type Limit, type Rule, type RulesDocument, UNSET } from '../src/contract/rules.ts'
import type { WarmupPlan } from '../src/contract/warmup.ts'
import { givenBy } from '../src/policy/rules/merge.ts'
import { describeRulesProblem } from '../src/policy/rules/reader.ts'
import { readRulesText } from '../src/policy/rules/read.ts'
import { formatValue } from '../src/policy/rules/values.ts'
import { writtenShare } from '../src/policy/warmup/write-warmups.ts'

function shipped(): RulesDocument {
  const reading = readRulesText(readFileSync(join(import.meta.dirname, '../data/smart-rules.yaml'), 'utf8'), 'smart')
  if (!reading.ok) throw new Error(reading.problems.map(describeRulesProblem).join('\n'))
  return reading.document
}

export function smartRulesPage(): string {
  const { edition, providers, rules, warmups = {} } = shipped()
  const rows = rules.map((rule) => {
    const masks = rule.by === 'provider' ? (providers[rule.mask] ?? []) : [rule.mask]
    const { connections, messages_per_connection: messages } = rule.set
    const per = typeof connections === 'object' && connections.per?.includes('site') === true ? ' a site' : ''
    return `| ${rule.name} | ${masks.map((mask) => `\`${mask}\``).join(' ')} | ${amountOf(connections)}${per} | ${amountOf(messages)} | ${othersOf(rule)} | ${seenOf(rule)} |`
  })
  return [
    '# Smart Delivery Rules',
    '',
    `What the program knows of large providers, version ${edition}, from \`data/smart-rules.yaml\`. Your own rules win, setting by setting.`,
    '',
    'Connections are counted for all sites of a provider together, or for each site (a site is a set of MX hosts), and for each address',
    'that mail leaves from. Most providers publish nothing. A figure is the one that was seen at the links, or lower; an estimate is ours,',
    'and cautious: at most 10 connections and 20 messages on one. Where you know better, write a rule for the MX or the provider.',
    '',
    '| provider | MX hosts | connections | messages on one | besides | seen |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '## Replies that it eases off after',
    '',
    'What is done, and for how long, when a provider answers so: see [block rules](../guides/blocks.md). Afterwards it takes the recovery until',
    'all goes as before. Patterns and examples are in the data file.',
    '',
    '| provider | block | after | what is done | for | recovery | seen |',
    '|---|---|---|---|---|---|---|',
    ...rules.flatMap((rule) => blocksOf(rule).map((block) => blockRow(rule, block))),
    '',
    '## Plans for warm-up',
    '',
    'Messages a day to each provider, day by day, where every day goes well: see [warm-up](../guides/warm-up.md).',
    '',
    '| plan | days | other days for | spread over | at most | seen |',
    '|---|---|---|---|---|---|',
    ...Object.entries(warmups).map(planRow),
    '',
  ].join('\n')
}

function planRow([name, { days, providers, spread, thresholds, ...proof }]: [string, WarmupPlan]): string {
  const others = Object.entries(providers).map(([provider, own]) => `${provider}: ${own.join(', ')}`)
  const shares = Object.entries(thresholds).map(([what, share]) => `${what} ${writtenShare(share)}`)
  return `| ${name} | ${days.join(', ')} | ${others.join('; ')} | ${formatDuration(spread)} | ${shares.join(', ')} | ${seenOf(proof)} |`
}

function blocksOf({ blocks }: Rule): readonly BlockRule[] {
  return blocks === undefined || blocks === UNSET ? [] : blocks
}

function blockRow({ name: provider }: Rule, { name, threshold, onlyAlert, action, to, pause, recovery, seen }: BlockRule): string {
  const after = threshold === undefined ? 'one reply' : `${threshold.count} replies in ${formatDuration(threshold.within)}`
  const done = {
    pause: 'delivery is paused',
    slow: `${to} messages per minute`,
    connections: `at most ${to} connections`,
    pool: 'sent from another pool',
    priority: 'lower priority',
    fail: 'all mail fails',
  }[action]
  const times = onlyAlert ? ' |' : `${formatDuration(pause)} | ${formatDuration(recovery)}`
  return `| ${provider} | ${name} | ${after} | ${onlyAlert ? 'alert only' : done} | ${times} | ${seenOf(seen === undefined ? {} : { seen })} |`
}

function amountOf(value: Limit | number | typeof UNSET | undefined): string {
  if (value === undefined || value === UNSET) return ''
  return String(typeof value === 'object' ? value.limit : value)
}

function othersOf(rule: Rule): string {
  const others = givenBy(rule).filter(([name]) => name !== 'connections' && name !== 'messages_per_connection')
  return others.map(([name, value]) => `\`${name}: ${formatValue(name, value)}\``).join(', ')
}

function seenOf({ seen = [], estimate }: Pick<Rule, 'seen' | 'estimate'>): string {
  const links = seen.map((address, i) => `[${i + 1}](${address})`)
  return [...(estimate === true ? ['estimate'] : []), ...links].join(' ')
}
