import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname
const settings = {
  mailings: [{ begins: 'newsletter-', pool: 'bulk' }],
  hosts: [{ name: 'mx.slow.example', messages_per_connection: 1, tls: 'verify' }],
  closed: [{ domain: 'closed.example', minutes: 30 }],
}

test('a mailing leaves from its pool, and mail to a domain that is closed waits', async () => {
  await using trial = await tryPlugin({ folder, settings, budget: '60s' })
  const { outcome, rule } = await trial.event('domainStart', { mailing: 'newsletter-12' })
  assert.deepEqual([outcome, rule], ['ok', { pool: 'bulk' }])
  assert.equal((await trial.event('domainStart', { mailing: 'orders' })).rule, null)
  const closed = await trial.event('domainStart', { domain: 'closed.example' })
  assert.deepEqual([closed.outcome, closed.wait], ['deferred', 1_800_000])
  assert.match(closed.text, /closed\.example is closed for now\./)
  assert.deepEqual(trial.problems, [])
})

test('connections to an MX host get other values than the rules say', async () => {
  await using trial = await tryPlugin({ folder, settings, budget: '60s' })
  const { rule } = await trial.event('mxStart', { host: 'a.mx.slow.example', rule: { messages_per_connection: 20 } })
  assert.deepEqual(rule, { messages_per_connection: 1, tls: 'verify' })
  assert.match(trial.lines[0]?.text ?? '', /instead of 20 messages/)
  assert.equal((await trial.event('mxStart', { host: 'mx.other.example' })).rule, null)
})
