// src/contract/generated/schemas.json: what each operation, and each call about the own access, takes and gives, from the types of the contract.
import { openCompiler } from './compiler.ts'
import { described, type Schema } from './schema.ts'
import { TypeWalk } from './walk.ts'

/** File and interface: name → params and result. */
const CONTRACTS = [
  ['src/contract/operations.ts', 'Operations'],
  ['src/contract/access.ts', 'PersonalCalls'],
] as const

export function schemasFile(): string {
  using compiler = openCompiler(CONTRACTS.map(([file]) => file))
  const { checker } = compiler
  const walk = new TypeWalk(compiler)
  const all = CONTRACTS.flatMap(([file, name]) =>
    checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(compiler.exported(file, name))),
  )
  const operations: Record<string, Schema> = {}
  for (const operation of all.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const type = checker.getTypeOfSymbol(operation)
    const [params, result] = ['params', 'result'].map((name) => type && checker.getPropertyOfType(type, name))
    if (params === undefined || result === undefined) throw new Error(`${operation.name} has no params or no result`)
    operations[operation.name] = described(
      { params: closed(walk.ofProperty(params)), result: walk.ofProperty(result) },
      operation.getDocumentationComment(checker),
    )
  }
  return written(operations, Object.fromEntries([...walk.definitions].toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

/** A name that nobody reads is refused. */
function closed(schema: Schema): Schema {
  if (Array.isArray(schema['anyOf'])) return { ...schema, anyOf: (schema['anyOf'] as Schema[]).map(closed) }
  if (schema['type'] !== 'object' || 'additionalProperties' in schema) return schema
  const properties = Object.entries((schema['properties'] as Record<string, Schema> | undefined) ?? {})
  return {
    ...schema,
    ...(properties.length > 0 && { properties: Object.fromEntries(properties.map(([name, one]) => [name, closed(one)])) }),
    additionalProperties: false,
  }
}

/** A line for each, so that a change shows what it changes. */
function written(operations: Readonly<Record<string, Schema>>, definitions: Readonly<Record<string, Schema>>): string {
  const lines = (of: Readonly<Record<string, Schema>>): string =>
    Object.entries(of)
      .map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`)
      .join(',\n')
  return `{"operations": {\n${lines(operations)}\n},\n"$defs": {\n${lines(definitions)}\n}}\n`
}
