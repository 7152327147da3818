// What a plug-in's settings are, by the JSON Schema that its own code tells of them: which there are, with what defaults, and which are secret
// (`.meta({ secret: true })`, or `writeOnly` of JSON Schema). The schema comes from code that may have any mistake: nothing of it is trusted
// to be there, and depth and number are bounded.

import type { PluginSetting } from '../contract/plugin-operations.ts'

type Fields = Readonly<Record<string, unknown>>

const DEEPEST = 8
const MOST_ROWS = 500
const LONGEST_WORDS = 500
/** A shorter one would hide harmless words. */
const SHORTEST_HIDDEN = 4

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What holds at a place of the schema: the node itself, what it refers to, and its alternatives. */
function* nodesOf(node: unknown, root: unknown, depth = 0, seen = new Set<unknown>()): Generator<Fields> {
  // Each once: alternatives that lead back to themselves would be without number.
  if (!isFields(node) || depth > DEEPEST || seen.has(node)) return
  seen.add(node)
  yield node
  const { $ref, anyOf, oneOf, allOf } = node
  if (typeof $ref === 'string') yield* nodesOf(referred(root, $ref), root, depth + 1, seen)
  for (const list of [anyOf, oneOf, allOf])
    if (Array.isArray(list)) for (const one of list.slice(0, 50)) yield* nodesOf(one, root, depth + 1, seen)
}

function referred(root: unknown, reference: string): unknown {
  let at: unknown = root
  if (!reference.startsWith('#')) return null
  for (const part of reference.split('/').slice(1)) at = isFields(at) ? at[part] : null
  return at
}

function isSecretAt(node: unknown, root: unknown): boolean {
  for (const one of nodesOf(node, root)) if (one['secret'] === true || one['writeOnly'] === true) return true
  return false
}

/** Of an object the member; of a list any of its members. */
function within(node: unknown, root: unknown, name: string | null): unknown {
  for (const { properties, additionalProperties, items } of nodesOf(node, root)) {
    if (name === null && isFields(items)) return items
    if (name !== null && isFields(properties) && Object.hasOwn(properties, name)) return properties[name]
    if (name !== null && isFields(additionalProperties)) return additionalProperties
  }
  return null
}

/** The settings with each secret as `change` makes it of the value and its key. */
export function withSecrets(schema: unknown, settings: unknown, change: (value: unknown, key: string) => unknown): unknown {
  const walk = (value: unknown, node: unknown, path: readonly string[]): unknown => {
    if (path.length > DEEPEST || value === undefined || value === null) return value
    if (path.length > 0 && isSecretAt(node, schema)) return change(value, path.join('.'))
    if (Array.isArray(value)) return value.map((one, n) => walk(one, within(node, schema, null), [...path, String(n)]))
    if (!isFields(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, walk(one, within(node, schema, name), [...path, name])] as const),
    )
  }
  return walk(settings, schema, [])
}

/** Words that nobody is to read anywhere. */
export function secretTexts(schema: unknown, settings: unknown): readonly string[] {
  const found: string[] = []
  withSecrets(schema, settings, (value) => {
    found.push(...textsIn(value))
    return null
  })
  return found
}

/** All of them, where nobody knows yet which are secret. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= SHORTEST_HIDDEN ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Longer ones first: one may hold another. */
export function withoutTexts(text: string, secrets: readonly string[]): string {
  return secrets.toSorted((a, b) => b.length - a.length).reduce((left, secret) => left.replaceAll(secret, '(secret)'), text)
}

/** A row for each setting that the schema has, and for each that is set besides. `all`: with defaults; null: nobody knows. */
export function settingRows(schema: unknown, set: unknown, all: unknown): readonly PluginSetting[] {
  const rows: PluginSetting[] = []
  const [given, effective] = [set, all].map((value) => withSecrets(schema, value, () => '(secret)'))
  const walk = (node: unknown, path: readonly string[]): void => {
    // A schema that refers to itself has places without number.
    if (rows.length >= MOST_ROWS) return
    const [set, now] = [valueAt(given, path), valueAt(effective, path)]
    const names = path.length < DEEPEST ? namesOf(node, schema, set) : []
    if (names.length > 0 && !isSecretAt(node, schema)) for (const name of names) walk(within(node, schema, name), [...path, name])
    else if (path.length > 0) rows.push(rowOf(node, schema, { key: path.join('.'), set, now }))
  }
  walk(schema, [])
  return rows
}

function rowOf(node: unknown, root: unknown, { key, set, now }: { readonly key: string; readonly set: unknown; readonly now: unknown }) {
  const isSecret = isSecretAt(node, root)
  return {
    key,
    value: isSecret ? null : (set ?? now ?? null),
    default: isSecret ? null : (wordAt(node, root, 'default') ?? null),
    isSet: set !== undefined,
    isSecret,
    description: wordsOf(wordAt(node, root, 'description')),
    kind: kindOf(node, root),
  }
}

/** Of the members, where it is an object with names of its own. */
function namesOf(node: unknown, root: unknown, set: unknown): readonly string[] {
  const names = new Set<string>()
  for (const { properties } of nodesOf(node, root)) if (isFields(properties)) for (const name of Object.keys(properties)) names.add(name)
  if (names.size > 0 || node === root) for (const name of Object.keys(isFields(set) ? set : {})) names.add(name)
  return [...names].slice(0, MOST_ROWS)
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isFields(at) && Object.hasOwn(at, name) ? at[name] : undefined), value)
}

const NO_NAMES: ReadonlySet<string> = new Set(['', '__proto__', 'constructor', 'prototype'])

/** What is in the way of a key gives way. Throws a sentence where it is none. */
export function changedSettings(settings: unknown, values: Fields, unset: readonly string[]): unknown {
  const changed = structuredClone(isFields(settings) ? settings : {}) as Record<string, unknown>
  for (const key of unset) if (valueAt(changed, key.split('.')) !== undefined) put(changed, key.split('.'), undefined)
  for (const [key, value] of Object.entries(values)) put(changed, key.split('.'), value)
  return changed
}

function put(settings: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const bad = path.find((name) => NO_NAMES.has(name))
  if (bad !== undefined || path.length > DEEPEST) throw new Error(`${path.join('.').slice(0, 100)} is no name of a setting.`)
  const last = path.at(-1) ?? ''
  let at = settings
  for (const name of path.slice(0, -1)) {
    if (!isFields(at[name])) at[name] = {}
    at = at[name] as Record<string, unknown>
  }
  if (value === undefined) delete at[last]
  else at[last] = value
}

function wordAt(node: unknown, root: unknown, name: string): unknown {
  for (const one of nodesOf(node, root)) if (one[name] !== undefined) return one[name]
  return undefined
}

function wordsOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, LONGEST_WORDS) : null
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function kindOf(node: unknown, root: unknown): string {
  for (const { enum: choices, const: only, type, format } of nodesOf(node, root)) {
    if (Array.isArray(choices)) return `one of ${choices.slice(0, 20).map(plain).join(', ')}`.slice(0, LONGEST_WORDS)
    if (only !== undefined) return plain(only).slice(0, LONGEST_WORDS)
    if (typeof format === 'string' && type === 'string') return format.slice(0, 40)
    if (typeof type === 'string') return type
  }
  return 'anything'
}
