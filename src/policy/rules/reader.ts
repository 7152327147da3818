// What the parts of a document of rules are read with: plain values with their place, and the notes of what is wrong.
import { nearest } from '../../base/nearest.ts'
import { RULES_BOUNDS } from '../../contract/rules.ts'

export interface RulesProblem {
  /** Null where it came as values and not as text. */
  readonly line: number | null
  /** `rules[3].set.connections`; empty: the document. */
  readonly path: string
  readonly expected: string
  readonly found: string
  /** Of a key that does not exist: the one that was most likely meant, or null. */
  readonly meant?: string | null
}

/** From the document down; numbers are places in a list. */
export type RulesPath = readonly (string | number)[]

/** Told in full; what is beyond is not looked for. */
export const MOST_PROBLEMS = 50

export function describeRulesProblem(problem: RulesProblem): string {
  const { line, path } = problem
  const place = [...(line === null ? [] : [`line ${line}`]), ...(path === '' ? [] : [path])].map((part) => `${part}: `).join('')
  return `${place}${whatIsWrong(problem)}`
}

export function whatIsWrong({ expected, found, meant }: Pick<RulesProblem, 'expected' | 'found' | 'meant'>): string {
  if (meant === undefined) return `expected ${expected}, found ${found}.`
  return `there is no such key; ${meant === null ? `expected ${expected}.` : `did you mean ${meant}?`}`
}

/** A value with its place. */
export interface Spot {
  readonly value: unknown
  readonly key: string | number
  readonly parent: Spot | null
}

export interface Entry extends Spot {
  readonly key: string
  readonly parent: Spot
}

function pathOf(spot: Spot): RulesPath {
  return spot.parent === null ? [] : [...pathOf(spot.parent), spot.key]
}

export function writtenPath(path: RulesPath): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), '')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export class Reader {
  readonly problems: RulesProblem[] = []
  readonly #lineOf: (path: RulesPath) => number | null
  /** Rules and masks so far. */
  #count = 0

  constructor(lineOf: (path: RulesPath) => number | null) {
    this.#lineOf = lineOf
  }

  get isFull(): boolean {
    return this.problems.length >= MOST_PROBLEMS
  }

  /** Notes what is wrong at a place. `at`: below it. */
  wrong(spot: Spot, expected: string, found: unknown = spot.value, at: readonly string[] = []): undefined {
    if (this.isFull) return undefined
    const path = [...pathOf(spot), ...at]
    this.problems.push({ line: this.#lineOf(path), path: writtenPath(path), expected, found: shown(found) })
    return undefined
  }

  /** False where there are more rules than there may be. */
  counts(spot: Spot): boolean {
    this.#count++
    if (this.#count === RULES_BOUNDS.rules + 1) this.wrong(spot, `at most ${RULES_BOUNDS.rules} rules and masks`)
    return this.#count <= RULES_BOUNDS.rules
  }

  /** The entries of a map; nothing is an empty map. `keys`: those that there may be. */
  entries(spot: Spot, keys?: readonly string[], what = 'a map'): readonly Entry[] {
    const { value } = spot
    if (value === null || value === undefined) return []
    if (!isRecord(value)) {
      this.wrong(spot, what)
      return []
    }
    const entries = Object.entries(value).map(([key, one]) => ({ value: one, key, parent: spot }))
    if (keys === undefined) return entries
    for (const entry of entries) if (!keys.includes(entry.key)) this.#unknown(entry, keys)
    return entries.filter(({ key }) => keys.includes(key))
  }

  /** The entries that there are, by key. */
  parts<K extends string>(spot: Spot, keys: readonly K[], what?: string): Partial<Readonly<Record<K, Entry>>> {
    return Object.fromEntries(this.entries(spot, keys, what).map((entry) => [entry.key, entry])) as Partial<Record<K, Entry>>
  }

  items(spot: Spot, what = 'a list'): readonly Spot[] {
    const { value } = spot
    if (value === null || value === undefined) return []
    if (Array.isArray(value)) return value.map((one: unknown, key) => ({ value: one, key, parent: spot }))
    this.wrong(spot, what)
    return []
  }

  #unknown(entry: Entry, keys: readonly string[]): void {
    if (this.isFull) return
    const path = pathOf(entry)
    const expected = keys.length > 12 ? 'one of those in docs/reference/rules.md' : `one of ${keys.join(', ')}`
    const meant = nearest(entry.key, keys) ?? null
    this.problems.push({ line: this.#lineOf(path), path: writtenPath(path), expected, found: shown(entry.key), meant })
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
