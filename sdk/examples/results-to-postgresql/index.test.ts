// `RESULTS_DATABASE` names a database to test with: { "host", "port", "user", "password", "ca" }, as JSON.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname
const named = process.env['RESULTS_DATABASE']
const database = JSON.parse(named ?? '{}') as { readonly port?: number; readonly password?: string; readonly ca?: string }
const skip = named === undefined && 'RESULTS_DATABASE names no database'
const budget = '60s'

async function rows<Row>(text: string): Promise<Row[]> {
  const { ca, ...rest } = database
  const client = new Client({ ...rest, database: 'postgres', ...(ca !== undefined && { ssl: { ca } }) })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

test('results are rows, each once however often it is told, and many go at once', { skip }, async () => {
  await using trial = await tryPlugin({ folder, settings: { ...database, table: 'results', batch: 10 }, budget })
  assert.equal((await trial.event('sent', { id: '1.1', recipient: 'ann@example.net' })).outcome, 'ok')
  await trial.event('failed', { id: '1.2', reply: { code: 550, enhanced: '5.1.1', text: 'no such \0 user' } })
  await trial.event('deferred', { id: '1.3', reply: null, reason: 'It cannot be reached.' })
  await trial.event('bounce', { id: '1.4', response: '550 gone' })
  await trial.event('feedbackLoop', { id: '1.5' })
  await trial.event('sent', { id: '1.1', recipient: 'ann@example.net' })
  const found = await rows<object>('SELECT id, kind, account::int, recipient, text FROM results ORDER BY id')
  assert.deepEqual(found, [
    { id: '1.1', kind: 'delivered', account: 1001, recipient: 'ann@example.net', text: 'Ok: queued' },
    { id: '1.2', kind: 'failed', account: 1001, recipient: 'recipient@example.com', text: 'no such  user' },
    { id: '1.3', kind: 'deferred', account: 1001, recipient: 'recipient@example.com', text: 'It cannot be reached.' },
    { id: '1.4', kind: 'bounced', account: 1001, recipient: 'recipient@example.com', text: '550 gone' },
    { id: '1.5', kind: 'complained', account: 1001, recipient: 'recipient@example.com', text: 'abuse' },
  ])
  const many = await Promise.all(Array.from({ length: 500 }, (_, n) => trial.event('sent', { id: `2.${n}` })))
  assert.ok(many.every(({ outcome }) => outcome === 'ok'))
  assert.deepEqual(await rows<object>("SELECT count(*)::int AS n FROM results WHERE id LIKE '2.%'"), [{ n: 500 }])
  assert.deepEqual(trial.problems, [])
})

test('while the database is away nothing is taken, and all of it is told again', async () => {
  // Nobody listens there.
  await using trial = await tryPlugin({ folder, settings: { port: 1, user: 'nobody', password: 'none' }, budget })
  const told = await Promise.all(['1.1', '1.2'].map((id) => trial.event('sent', { id })))
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ['again', 'again'],
  )
  assert.match(trial.problems[0] ?? '', /^sent threw: .*ECONNREFUSED/s)
})
