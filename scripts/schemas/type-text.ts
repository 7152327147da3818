// A schema as a TypeScript type, for the generated client and for the pages of the reference.
import type { Schema } from './schema.ts'

/** `named`: how a reference is written. */
export type Naming = (name: string) => string

const plainName: Naming = (name) => name
const NAMES: Readonly<Record<string, string>> = { integer: 'number', number: 'number', string: 'string', boolean: 'boolean', null: 'null' }

export function typeText(schema: Schema, named: Naming = plainName): string {
  const { $ref, enum: values, anyOf, type } = schema
  if (typeof $ref === 'string') return named($ref.slice($ref.lastIndexOf('/') + 1))
  if (Array.isArray(values)) return values.map((one) => literal(one)).join(' | ')
  if (Array.isArray(anyOf)) return anyOf.map((one) => typeText(one as Schema, named)).join(' | ')
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one as unknown }, named)).join(' | ')
  if (type === 'array') return listText(schema, named)
  if (type === 'object') return objectText(schema, named)
  return typeof type === 'string' ? (NAMES[type] ?? 'unknown') : 'unknown'
}

/** A value as code. */
function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : JSON.stringify(value)
}

function listText({ items, prefixItems }: Schema, named: Naming): string {
  if (Array.isArray(prefixItems)) return `readonly [${prefixItems.map((one) => typeText(one as Schema, named)).join(', ')}]`
  const item = typeText((items ?? {}) as Schema, named)
  return `readonly ${/ \| | & |^readonly /.test(item) && !item.startsWith('{') ? `(${item})` : item}[]`
}

function objectText(schema: Schema, named: Naming): string {
  const { additionalProperties: others } = schema
  const fields = fieldsOf(schema).map(
    ({ name, isOptional, schema: one }) => `readonly ${keyText(name)}${isOptional ? '?' : ''}: ${typeText(one, named)}`,
  )
  if (fields.length > 0) return `{ ${fields.join('; ')} }`
  return typeof others === 'object' && others !== null
    ? `Readonly<Record<string, ${typeText(others as Schema, named)}>>`
    : 'Readonly<Record<never, never>>'
}

export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`
}

export interface Field {
  readonly name: string
  readonly isOptional: boolean
  readonly schema: Schema
}

export function fieldsOf({ properties, required }: Schema): readonly Field[] {
  const needed = new Set((required ?? []) as readonly string[])
  return Object.entries((properties ?? {}) as Readonly<Record<string, Schema>>).map(([name, schema]) => ({
    name,
    isOptional: !needed.has(name),
    schema,
  }))
}
