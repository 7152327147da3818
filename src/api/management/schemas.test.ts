import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Fault } from '../../base/fault.ts'
import { PERSONAL_ROUTES } from '../../contract/management.ts'
import type { OperationName, OperationParams } from '../../contract/operations.ts'
import { installation } from '../../../testkit/installation.ts'
import { type OperationSchema, readSchemas, type Schema } from './schemas.ts'

const { operations, $defs } = readSchemas()
const PERSONAL = new Set<string>(PERSONAL_ROUTES.map(({ personal }) => personal))
const judge = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { password: true } })
judge.addSchema({ $id: 'contract', $defs })

/** What the schema has against a value; null: nothing. */
function against(operation: OperationName, side: 'params' | 'result', value: unknown): string | null {
  const schema = JSON.parse(JSON.stringify(operations[operation][side]).replaceAll('"#/$defs/', '"contract#/$defs/')) as object
  const check = judge.compile(schema)
  return check(value) ? null : judge.errorsText(check.errors)
}

test('there is a schema of every operation, and each is one', () => {
  const names = Object.keys(operations) as OperationName[]
  assert.ok(names.includes('status') && names.includes('queue.act') && names.length > 100)
  for (const name of names) {
    assert.notEqual(against(name, 'params', 'no object'), null, name)
    assert.equal(typeof operations[name].result, 'object', name)
    against(name, 'result', null)
  }
})

test('what operations answer is as their schemas say', async () => {
  using at = installation()
  const answers = async <N extends OperationName>(name: N, params: OperationParams<N>): Promise<void> => {
    assert.equal(against(name, 'params', params), null, name)
    assert.equal(against(name, 'result', await at.call(name, params)), null, name)
  }
  await answers('account.add', { name: 'Shop' })
  await answers('account.list', {})
  await answers('credential.list', {})
  await answers('status', {})
  await answers('route.set', { pattern: 'example.com', url: 'smtp://user:secret@192.0.2.1:2525' })
  await answers('brakes.list', {})
  await answers('rules.get', {})
  await answers('rules.lint', {})
  await answers('suppression.lists', {})
})

/** With what a reference says, and without null. */
function plain(schema: Schema): Schema {
  const { $ref, ...own } = schema
  if (typeof $ref === 'string') return { ...plain($defs[$ref.slice('#/$defs/'.length)] ?? assert.fail($ref)), ...own }
  const choices = schema['anyOf'] as readonly Schema[] | undefined
  const given = choices?.find((one) => one['type'] !== 'null')
  return given === undefined ? schema : plain(given)
}

const propertiesOf = (schema: Schema): [string, Schema][] => Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
const typeOf = ({ type }: Schema): unknown => (Array.isArray(type) ? type[0] : type)

const isObject = (schema: Schema): boolean => typeOf(plain(schema)) === 'object'

/** A value that the schema takes. */
function sample(schema: Schema): unknown {
  const { examples, enum: values, pattern, minimum, minLength, items, properties, required, ...rest } = plain(schema)
  if (Array.isArray(examples)) return examples[0]
  if (Array.isArray(values)) return values[0]
  switch (typeOf(rest)) {
    case 'object':
      return Object.fromEntries(
        ((required ?? []) as string[]).map((name) => [name, sample((properties as Record<string, Schema>)[name] ?? {})]),
      )
    case 'array':
      return [sample(items as Schema)]
    case 'string':
      return String(pattern).includes('{16}') ? '0'.repeat(16) : 'a'.repeat(Number(minLength ?? 1))
    case 'boolean':
      return false
    default:
      return minimum ?? 1
  }
}

/** Values just beyond what the schema says; where it says nothing, of a size that nothing may have. */
function beyond(schema: Schema): unknown[] {
  const { maxLength = 1_100_000, pattern, maximum, minimum, maxItems, enum: values, items, ...rest } = plain(schema)
  switch (typeOf(rest)) {
    case 'string':
      return [
        'x'.repeat(Number(maxLength) + 1),
        '',
        ...(pattern === undefined ? [] : ['\n']),
        ...(values === undefined ? [] : ['no such value']),
      ]
    case 'integer':
      return [...(maximum === undefined ? [] : [Number(maximum) + 1]), ...(minimum === undefined ? [] : [Number(minimum) - 1]), 1.5]
    case 'array':
      return maxItems === undefined ? [] : [Array.from({ length: Number(maxItems) + 1 }, () => sample(items as Schema))]
    case 'boolean':
      return ['yes']
    default:
      return []
  }
}

/** The least and the most that it may be. */
function bounds(schema: Schema): unknown[] {
  const { maxLength, pattern, examples, maximum, minimum, ...rest } = plain(schema)
  if (typeOf(rest) === 'string') return maxLength === undefined || pattern || examples ? [] : ['x'.repeat(Number(maxLength))]
  return [maximum, minimum].filter((one) => one !== undefined)
}

/** What the schema does not tell: `events.tail` takes an empty place, and of the owner's rules there is no version 0, an end lies ahead. */
const OTHERWISE = new Set([
  'account.state.until',
  'alarm.silence.until',
  'credential.add.expiresAt',
  'credential.key.expiresAt',
  'credential.set.expiresAt',
  'events.tail.after',
  'key.add.expiresAt',
  'rules.revert.version',
])

test('operations take and refuse what the schemas of their parameters say', async () => {
  using at = installation()
  const { account } = await at.call('account.add', { name: 'Shop' })
  const refusal = async (name: OperationName, params: object): Promise<string | null> => {
    try {
      await at.call(name, params as never)
      return null
    } catch (error) {
      return error instanceof Fault ? `${error.code} ${error.message}` : assert.fail(`${name}: ${String(error)}`)
    }
  }
  let compared = 0
  const wrong: string[] = []
  for (const [name, { params }] of Object.entries(operations) as [OperationName, OperationSchema][]) {
    if (PERSONAL.has(name)) continue
    const base = { ...(sample(params) as Record<string, unknown>) }
    if ('account' in base) base['account'] = account.id
    if ('id' in base && name.startsWith('account.')) base['id'] = account.id
    for (const [parameter, schema] of propertiesOf(params)) {
      for (const [inner, one] of isObject(schema) ? propertiesOf(plain(schema)) : []) {
        const value = sample(one)
        const said = await refusal(name, { ...base, [parameter]: { ...(base[parameter] as object), [inner]: value } })
        if (said?.includes(`There is no parameter "${inner}"`)) wrong.push(`${name}: ${said}`)
        else compared++
      }
      if (OTHERWISE.has(`${name}.${parameter}`)) continue
      for (const value of beyond(schema)) {
        const said = await refusal(name, { ...base, [parameter]: value })
        if (said === null) wrong.push(`${name} takes ${parameter} ${JSON.stringify(value).slice(0, 40)}`)
        else if (said.startsWith('invalid-parameter')) compared++
      }
      for (const value of bounds(schema)) {
        const said = await refusal(name, { ...base, [parameter]: value })
        if (said?.startsWith(`invalid-parameter ${parameter} `)) wrong.push(`${name}: ${said}`)
        else compared++
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(compared > 500, `only ${compared} were compared`)
})
