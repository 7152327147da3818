import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname
const rules = [
  { networks: ['192.0.2.0/28', '2001:db8::/64'], account: 1005 },
  { networks: ['198.51.100.7'], senders: ['shop.example'], account: 1006 },
]

test('a client of a known network sends as its account, others are left to the server', async () => {
  await using trial = await tryPlugin({ folder, settings: { rules }, budget: '60s' })
  const accountOf = async (address: string, sender = 'someone@other.example') => {
    const { mail, text } = await trial.send({ client: { address, account: null }, sender, message: 'Subject: hello\n\nhello\n' })
    return mail?.account ?? text.slice(0, 9)
  }
  assert.equal(await accountOf('192.0.2.3'), 1005)
  assert.equal(await accountOf('2001:db8::25'), 1005)
  assert.equal(await accountOf('192.0.2.16'), '550 5.7.1')
  assert.equal(await accountOf('198.51.100.7', 'orders@Shop.example'), 1006)
  assert.equal(await accountOf('198.51.100.7'), '550 5.7.1')
  assert.deepEqual(trial.problems, [])
})

test('a network that is none keeps it from starting', async () => {
  await assert.rejects(
    tryPlugin({ folder, settings: { rules: [{ networks: ['shop'], account: 1005 }] } }),
    /Its settings are wrong: rules\.0\.networks\.0/,
  )
})
