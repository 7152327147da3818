import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { OperationName, OperationParams } from '../../contract/operations.ts'
import { installation } from '../../../testkit/installation.ts'
import { readSchemas } from './schemas.ts'

const { operations, $defs } = readSchemas()
const judge = new Ajv2020({ strict: true, allowUnionTypes: true })
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
