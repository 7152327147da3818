// Forms that cost more than they are worth are refused before they are parsed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { messageIn } from './bodies.ts'

const CALLER = { user: 'api:test', account: 1001 as AccountId }

function read(body: string, boundary = 'b-1') {
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  return messageIn({
    method: 'POST',
    path: '/',
    query: '',
    headers,
    client: '',
    tls: null,
    caller: CALLER,
    body: Buffer.from(body),
  })
}

const part = (name: string, text: string, more = ''): string =>
  `--b-1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`

test('a form has 200 parts with small headers; another one is not parsed', async () => {
  const message = part('message', '{"subject":"--b"}')
  const file = part('file', '\r\n--b-\r\n', '; filename="a.txt"')
  assert.deepEqual(await read(`${message}${file}--b-1--\r\n`), {
    value: { subject: '--b', attachments: [{ name: 'a.txt', type: 'text/plain', content: 'DQotLWItDQo=' }] },
  })
  const full = await read(`${message}${file.repeat(199)}--b-1--\r\n`)
  assert.ok('value' in full && (full.value as { attachments: unknown[] }).attachments.length === 199)
  for (const body of [
    `${message}${file.repeat(200)}--b-1--\r\n`,
    `${part('a', '').repeat(500_000)}--b-1--\r\n`,
    `--b-1\r\n${'X: y\r\n'.repeat(1_000_000)}\r\nx\r\n--b-1--\r\n`,
    '--b-1--\r\n'.repeat(0),
    'x',
    '--b-1',
  ]) {
    const refused = await read(body)
    assert.ok('problem' in refused && refused.problem.code === 'invalid-body', body.slice(0, 100))
  }
})
