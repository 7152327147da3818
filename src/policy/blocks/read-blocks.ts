// The Dynamic Block Rules of one rule, from the document. A pattern of the owner must hold its own examples: what it would never match, or
// would match by mistake, is refused with the rest that is wrong. Those of Smart rules are the lint's matter, as every start reads them.
import { formatDuration, parseDuration } from '../../base/quantities.ts'
import { BLOCK_ACTIONS, BLOCK_BOUNDS, BLOCK_SCOPES, type BlockAction, type BlockRule, type BlockScope } from '../../contract/blocks.ts'
import type { Priority } from '../../contract/priority.ts'
import { RULES_BOUNDS, type Rule, type RuleLevel } from '../../contract/rules.ts'
import { Pattern } from '../patterns/pattern-list.ts'
import type { Entry, Reader, Spot } from '../rules/reader.ts'
import { NAME } from '../rules/values.ts'
import { brokenExamples } from './matching.ts'

const KEYS = [
  'name',
  'match',
  'priority',
  'only_alert',
  'scope',
  'threshold',
  'action',
  'to',
  'factor',
  'pause',
  'recovery',
  'sources',
  'matches',
  'not',
] as const
type Parts = Partial<Readonly<Record<(typeof KEYS)[number], Entry>>>

const PAUSE = 1_800_000
const SHORTEST_PAUSE = 1000
const LONGEST_PAUSE = 7 * 86_400_000
const MOST_PRIORITY = 1000
const MOST_COUNT = 10_000
const MOST_TO: Readonly<Record<BlockAction, number>> = { pause: 1, slow: 1_000_000, connections: 10_000, pool: 1, priority: 1, fail: 1 }
const MOST_FACTOR = 1000
const HAS_TARGET: ReadonlySet<BlockAction> = new Set(['pool', 'priority'])
const NEEDS_SCOPE: ReadonlySet<BlockAction> = new Set(['priority', 'fail'])
/** Priorities that mail can be moved to. */
const LOWER: readonly string[] = ['normal', 'bulk'] satisfies readonly Priority[]
const MOST_EXAMPLES = 20

interface Place {
  readonly by: Rule['by']
  readonly level: RuleLevel | 'override'
}

export function readBlocks(reader: Reader, spot: Spot, place: Place): readonly BlockRule[] {
  const items = reader.items(spot, 'a list of blocks')
  if (items.length > BLOCK_BOUNDS.blocks) reader.wrong(spot, `at most ${BLOCK_BOUNDS.blocks} blocks`, items.length)
  const names = new Set<string>()
  return items.slice(0, BLOCK_BOUNDS.blocks).flatMap((item) => {
    const block = readBlock(reader, item, place)
    if (block === undefined) return []
    if (names.has(block.name)) reader.wrong(item, 'a name that no block before it has', block.name)
    names.add(block.name)
    return [block]
  })
}

function readBlock(reader: Reader, spot: Spot, { by, level }: Place): BlockRule | undefined {
  const parts: Parts = reader.parts(spot, KEYS, "a block such as { match: '/too many connections/', pause: 30m }")
  const source = patternOf(parts.match?.value)
  if (source === undefined) return reader.wrong(parts.match ?? spot, "match: a pattern between slashes such as '/too many connections/'")
  const pattern = Pattern.read(source)
  if ('problem' in pattern) return reader.wrong(parts.match ?? spot, 'a pattern in the syntax of RE2', `one that ${pattern.problem}`)
  if (pattern.matches('')) return reader.wrong(parts.match ?? spot, 'a pattern that does not match everything')
  const name = String(parts.name?.value ?? source)
  if (name === '' || name.length > RULES_BOUNDS.name)
    return reader.wrong(parts.name ?? spot, `a name of at most ${RULES_BOUNDS.name} characters`)
  const block = { name, match: source, ...readDoing(reader, spot, parts, by), ...readExamples(reader, parts) }
  if (level !== 'smart') checkExamples(reader, parts, pattern, block)
  return block
}

function patternOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 2 && value.startsWith('/') && value.endsWith('/') ? value.slice(1, -1) : undefined
}

/** What is done, and when. */
function readDoing(reader: Reader, spot: Spot, parts: Parts, by: Rule['by']): Omit<BlockRule, 'name' | 'match'> {
  const action = choice(reader, parts.action, BLOCK_ACTIONS) ?? 'pause'
  const pause = span(reader, parts.pause, PAUSE, SHORTEST_PAUSE)
  const usual: BlockScope = by === 'provider' ? 'provider' : 'site'
  const factor = readLevel(reader, spot, parts, action)
  const target = readTarget(reader, spot, parts.to, action)
  if (NEEDS_SCOPE.has(action) && parts.scope === undefined)
    reader.wrong(spot, `scope: what is meant, such as mailing or [site, account]: action: ${action} has no scope of its own`)
  const threshold = readThreshold(reader, parts.threshold)
  return {
    priority: whole(reader, parts.priority, { min: 0, max: MOST_PRIORITY, absent: 0 }),
    onlyAlert: flag(reader, parts.only_alert),
    scope: (parts.scope && readScope(reader, parts.scope, usual)) ?? [usual, 'source'],
    ...(threshold !== undefined && { threshold }),
    action,
    to: target !== undefined || HAS_TARGET.has(action) ? 1 : whole(reader, parts.to, { min: 1, max: MOST_TO[action], absent: 1 }),
    ...(target !== undefined && { target }),
    ...(factor !== undefined && { factor }),
    pause,
    recovery: span(reader, parts.recovery, pause, 0),
  }
}

/** `to` or `factor`, where the action has one; returns the factor. */
function readLevel(reader: Reader, spot: Spot, { to, factor }: Parts, action: BlockAction): number | undefined {
  const isEasing = action === 'slow' || action === 'connections'
  for (const given of HAS_TARGET.has(action) ? [factor] : [to, factor])
    if (given !== undefined && !isEasing) reader.wrong(given, 'it with action: slow or connections only')
  if (to !== undefined && factor !== undefined) reader.wrong(factor, 'it without to')
  if (isEasing && to === undefined && factor === undefined)
    reader.wrong(spot, `to: how many ${action === 'slow' ? 'messages a minute' : 'connections'}, or factor: what there is is divided by it`)
  if (factor === undefined) return undefined
  const { value } = factor
  if (typeof value === 'number' && value > 1 && value <= MOST_FACTOR) return value
  return reader.wrong(factor, `a number above 1, up to ${MOST_FACTOR}`)
}

/** What `to` names, where it is no number. */
function readTarget(reader: Reader, spot: Spot, entry: Entry | undefined, action: BlockAction): string | undefined {
  if (!HAS_TARGET.has(action)) return undefined
  const name = entry?.value
  const isGood = typeof name === 'string' && (action === 'pool' ? NAME.test(name) : LOWER.includes(name))
  if (isGood) return name
  return reader.wrong(entry ?? spot, action === 'pool' ? 'to: the name of a pool' : `to: ${LOWER.join(' or ')}`)
}

/** A word, with what goes with it; a list is that alone. */
function readScope(reader: Reader, entry: Entry, usual: BlockScope): readonly BlockScope[] | undefined {
  if (!Array.isArray(entry.value)) {
    const word = choice(reader, entry, BLOCK_SCOPES)
    return word === 'account' || word === 'mailing' ? [usual, word] : word === 'source' ? [word] : word && [word, 'source']
  }
  const items = reader.items(entry)
  const found = items.flatMap((item) => choice(reader, item, BLOCK_SCOPES) ?? [])
  if (items.length === 0 || new Set(found).size !== items.length || (found.includes('site') && found.includes('provider')))
    return reader.wrong(entry, `each of ${BLOCK_SCOPES.join(', ')} once, and site or provider`)
  return BLOCK_SCOPES.filter((scope) => found.includes(scope))
}

function readThreshold(reader: Reader, entry: Entry | undefined): BlockRule['threshold'] {
  if (entry === undefined) return undefined
  const { count, within } = reader.parts(entry, ['count', 'within'], 'a threshold such as { count: 5, within: 10m }')
  if (count === undefined || within === undefined) return reader.wrong(entry, 'count and within')
  return { count: whole(reader, count, { min: 1, max: MOST_COUNT, absent: 1 }), within: span(reader, within, PAUSE, SHORTEST_PAUSE) }
}

function whole(reader: Reader, entry: Entry | undefined, { min, max, absent }: { min: number; max: number; absent: number }): number {
  if (entry === undefined) return absent
  const { value } = entry
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  reader.wrong(entry, `a whole number from ${min} to ${max}`)
  return absent
}

function span(reader: Reader, entry: Entry | undefined, absent: number, least: number): number {
  if (entry === undefined) return absent
  const value = parseDuration(entry.value)
  if (value !== undefined && value >= least && value <= LONGEST_PAUSE) return value
  reader.wrong(entry, `a time with its unit such as 30s, 5m or 4h, from ${formatDuration(least)} to ${formatDuration(LONGEST_PAUSE)}`)
  return absent
}

function choice<T extends string>(reader: Reader, entry: Spot | undefined, among: readonly T[]): T | undefined {
  if (entry === undefined) return undefined
  const found = among.find((one) => one === entry.value)
  if (found === undefined) reader.wrong(entry, `one of ${among.join(', ')}`)
  return found
}

function flag(reader: Reader, entry: Entry | undefined): boolean {
  if (entry !== undefined && typeof entry.value !== 'boolean') reader.wrong(entry, 'true or false')
  return entry?.value === true
}

function readExamples(reader: Reader, { sources, matches, not }: Parts): Pick<BlockRule, 'seen' | 'matches' | 'not'> {
  const texts = (entry: Entry | undefined): readonly string[] | undefined => {
    if (entry === undefined) return undefined
    const items = reader.items(entry)
    if (items.length > MOST_EXAMPLES) reader.wrong(entry, `at most ${MOST_EXAMPLES}`, items.length)
    for (const item of items) if (typeof item.value !== 'string' || item.value === '') reader.wrong(item, 'a text')
    return items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  }
  const [seen, hits, misses] = [texts(sources), texts(matches), texts(not)]
  return { ...(seen && { seen }), ...(hits && { matches: hits }), ...(misses && { not: misses }) }
}

function checkExamples(reader: Reader, parts: Parts, pattern: Pattern, block: BlockRule): void {
  const { missed, taken } = brokenExamples(pattern, block)
  for (const text of missed) if (parts.matches !== undefined) reader.wrong(parts.matches, 'replies that the pattern matches', text)
  for (const text of taken) if (parts.not !== undefined) reader.wrong(parts.not, 'replies that the pattern does not match', text)
}
