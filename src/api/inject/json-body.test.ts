// Bodies that cost more than they are worth are refused before they are parsed; all others read as JSON.parse reads them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf } from './json-body.ts'

const read = (text: string | Buffer, headers: Record<string, string> = {}) => jsonOf({ body: Buffer.from(text), headers })
const codeOf = (text: string | Buffer, headers?: Record<string, string>): string | null => {
  const found = read(text, headers)
  return 'problem' in found ? found.problem.code : null
}

test('what is JSON is read as it is, whatever stands in its texts', () => {
  for (const value of [{ a: [1, { b: '[[[{{{,,,' }] }, 'quoted " and \\ and \\\\', ['\\', '\\"', '"'], { '"': '\u{1F600}' }, null, 0])
    assert.deepEqual(read(JSON.stringify(value)), { value })
  assert.deepEqual(read(`${'['.repeat(64)}${']'.repeat(64)}`), { value: JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`) as unknown })
})

test('deep nesting and very many values are refused before anything is made of them', () => {
  const heap = process.memoryUsage().heapUsed
  for (const text of ['['.repeat(5_000_000), '{"a":'.repeat(1_000_000), `[${'[],'.repeat(2_000_000)}0]`, `[${'0,'.repeat(2_000_000)}0]`])
    assert.equal(codeOf(text), 'invalid-json')
  assert.ok(process.memoryUsage().heapUsed - heap < 100e6)
  // Each quote is looked at with what stands before it once.
  assert.equal(codeOf(`"${'\\'.repeat(5_000_001)}"`), 'invalid-json')
  assert.equal(codeOf(`"${'\\"'.repeat(2_000_000)}`), 'invalid-json')
})

test('an object has a bounded number of fields, and any number of lists beside them', () => {
  const fields = (count: number): string => `{${Array.from({ length: count }, (_, n) => `"${n}":[0,0,{}]`).join()}}`
  assert.equal(codeOf(`[${'0,'.repeat(20_000)}${fields(10_000)}]`), null)
  assert.equal(codeOf(`[${fields(10_001)}]`), 'invalid-json')
  assert.equal(codeOf(`[${Array.from({ length: 100 }, () => fields(900)).join()}]`), 'invalid-json', 'they are many together')
  assert.equal(codeOf(`[${Array.from({ length: 900 }, () => fields(100)).join()}]`), null)
})

test('other types, encodings and octets are told apart', () => {
  assert.equal(codeOf('{}', { 'content-type': 'application/vnd.x+json; charset=utf-8' }), null)
  assert.equal(codeOf('{}', { 'content-type': 'text/plain' }), 'unsupported-type')
  assert.equal(codeOf(Buffer.from('1f8b0800', 'hex'), { 'content-encoding': 'gzip' }), 'unsupported-type')
  assert.equal(codeOf(Buffer.from('{"a":"b"}', 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }), 'invalid-json')
  for (const text of ['', '"', '"\\', '{"a":1', '[1,]', '\u0000', Buffer.from([0xff, 0xfe])]) assert.equal(codeOf(text), 'invalid-json')
})

test('a body that is no JSON is told with the place, and without a word of it', () => {
  const said = (text: string, headers?: Record<string, string>): string => {
    const found = read(text, headers)
    return 'problem' in found ? found.problem.message : ''
  }
  assert.equal(said('{"from":"a@b.test"\n"to":[]}'), 'The body is no JSON: look at line 2, column 1.')
  assert.equal(said('{"from":'), 'The body is no JSON: it ends too early.')
  assert.equal(said('secret'), 'The body is no JSON.')
  assert.equal(
    said('{}', { 'content-type': 'application/x-www-form-urlencoded' }),
    "The body is called application/x-www-form-urlencoded: send it with 'Content-Type: application/json'.",
  )
})
