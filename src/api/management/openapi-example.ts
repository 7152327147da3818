// A value of which a schema has nothing to say: what it names as an example, or the least that it takes.
import type { Schema } from './schemas.ts'

type Definitions = Readonly<Record<string, Schema>>

const MOST_DEEP = 8

export function exampleOf(schema: Schema, definitions: Definitions, deep = 0): unknown {
  const { $ref, examples, enum: values, anyOf, minimum, properties, required, items, prefixItems, minLength, ...rest } = schema
  if (Array.isArray(examples)) return examples[0]
  if (deep > MOST_DEEP) return null
  const inner = (one: unknown): unknown => exampleOf((one ?? {}) as Schema, definitions, deep + 1)
  if (typeof $ref === 'string') return inner(definitions[$ref.slice('#/$defs/'.length)])
  if (Array.isArray(values)) return values[0]
  if (Array.isArray(anyOf)) return inner((anyOf as readonly Schema[]).find((one) => one['type'] !== 'null'))
  switch (Array.isArray(rest['type']) ? rest['type'][0] : rest['type']) {
    case 'object': {
      const all = (properties ?? {}) as Definitions
      return Object.fromEntries(((required ?? []) as readonly string[]).map((name) => [name, inner(all[name])]))
    }
    case 'array':
      return Array.isArray(prefixItems) ? prefixItems.map(inner) : [inner(items)]
    case 'string':
      return 'text'.padEnd(Number(minLength ?? 0), ' text')
    case 'integer':
    case 'number':
      return minimum ?? 1
    case 'boolean':
      return false
    default:
      return {}
  }
}
