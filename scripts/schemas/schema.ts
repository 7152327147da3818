// JSON Schema as it is written here: one of several, and what comments and their tags say.
import type { JSDocTagInfo } from 'typescript/unstable/sync'

export type Schema = { readonly [keyword: string]: unknown }

const NUMBERS = new Set(['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties'])
const TEXTS = new Set(['pattern', 'format'])
/** For people and other programs. */
const IGNORED = new Set(['public'])

/** A comment is one paragraph; files of the sources that it names are for those who have them. */
export function described(schema: Schema, comment: string): Schema {
  const description = comment
    .replaceAll(/ \([\w/-]+\.ts\)|, see `[\w/-]+\.ts`/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return description === '' ? schema : { ...schema, description }
}

export function withTags(schema: Schema, tags: readonly JSDocTagInfo[], name: string): Schema {
  const said: Record<string, unknown> = {}
  for (const { name: tag, text = '' } of tags) {
    if (NUMBERS.has(tag) && text !== '' && Number.isFinite(Number(text))) said[tag] = Number(text)
    else if (TEXTS.has(tag) && text !== '') said[tag] = text
    else if (tag === 'integer') said['type'] = Array.isArray(schema['type']) ? ['integer', 'null'] : 'integer'
    else if (tag === 'default') said['default'] = JSON.parse(text)
    else if (tag === 'example') said['examples'] = [...((said['examples'] as unknown[]) ?? []), JSON.parse(text)]
    else if (!IGNORED.has(tag)) throw new Error(`the tag @${tag} ${text} of ${name} is not understood`)
  }
  return { ...schema, ...said }
}

/** Any of them: values in one list, types side by side, all else by `anyOf`. */
export function unionOf(parts: readonly Schema[]): Schema {
  const flat = parts.flatMap((one) => (isPlain(one, 'anyOf') ? (one['anyOf'] as Schema[]) : [one]))
  const values = flat.filter((one) => isPlain(one, 'type', 'enum') || isPlain(one, 'const'))
  const rest = flat.filter((one) => !values.includes(one))
  const merged = [...(values.length === 0 ? [] : [valuesOf(values)]), ...rest]
  const unique = [...new Map(merged.map((one) => [JSON.stringify(one), one])).values()]
  const booleans = unique.filter((one) => one['type'] === 'boolean')
  if (unique.length === 1) return unique[0] ?? {}
  const other = unique.find((one) => one['type'] !== 'null')
  const isOrNull = unique.length === 2 && unique.some((one) => isPlain(one, 'type') && one['type'] === 'null')
  if (isOrNull && other !== undefined && typeof other['type'] === 'string' && booleans.length <= 1) {
    const list = other['enum'] as readonly unknown[] | undefined
    return { ...other, type: [other['type'], 'null'], ...(list !== undefined && { enum: [...list, null] }) }
  }
  return { anyOf: unique }
}

function isPlain(schema: Schema, ...keywords: readonly string[]): boolean {
  const own = Object.keys(schema)
  return own.length === keywords.length && keywords.every((one) => own.includes(one))
}

function valuesOf(schemas: readonly Schema[]): Schema {
  const values = schemas.flatMap((one) => (one['enum'] as readonly unknown[] | undefined) ?? [one['const']])
  if (values.includes(true) && values.includes(false) && values.length === 2) return { type: 'boolean' }
  const types = new Set(values.map((one) => (typeof one === 'number' ? 'integer' : typeof one)))
  return { type: types.size === 1 ? [...types][0] : [...types], enum: values }
}
