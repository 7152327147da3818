// Sources of one pool that are not equally quick: who has plenty in memory does not keep others from what they have on disk.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type Rule, type RulesDocument } from '../../contract/rules.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const MESSAGES = 400
const EACH = 10
const TEXT = 'From: a@sender.example\r\n\r\nhello\r\n'

function source(n: number) {
  return { kind: 'address', address: `127.0.0.${n}`, helo: `mta${n}.example.test` } as const
}

/** From `quick` leaves about a quarter; of `slow`, which sends one message at a time, more than are kept in memory. */
const DOCUMENT: RulesDocument = {
  ...NO_RULES,
  sources: { quick: source(51), slow: source(52) },
  pools: { both: { quick: 1, slow: 3 } },
}
const POOL: Rule = { name: 'pool', by: 'domain', mask: '*', set: { pool: 'both', connections: { limit: 1, per: ['site', 'source'] } } }
const BLOCK = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, scope: ['source'], action: 'pause', to: 1 } as const

/** Takes nothing more of the slow one after its first. */
function onlyQuick(isBlocked: () => boolean): Promise<SmtpPeer> {
  return SmtpPeer.start({
    on: {
      rcpt: (_line, { helo }) => (helo.startsWith('mta51') && isBlocked() ? '550 5.7.1 you are blocked' : undefined),
      final: ({ helo }) => (helo.startsWith('mta52') ? { text: '250 2.0.0 ok', delay: 60_000 } : undefined),
    },
  })
}

/** All of it is on disk until it is due, as what was read once would be in memory. */
async function submitAll(home: EngineHome): Promise<void> {
  const until = Date.now() + 1500
  for (let at = 0; at < MESSAGES; at += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_unused, i) => {
        const to = Array.from({ length: EACH }, (_one, n) => `r${(at + i) * EACH + n}@one.example`)
        return home.submit({ to, text: TEXT, hold: { until } })
      }),
    )
  assert.equal(home.engine.status().queued, MESSAGES * EACH)
}

const fromQuick = (peer: SmtpPeer): number => peer.messages.filter(({ helo }) => helo.startsWith('mta51')).length

test('a source has its mail although another of its pool has more in memory than it sends', async () => {
  await using peer = await onlyQuick(() => false)
  const rules = { version: 1, document: { ...DOCUMENT, rules: [POOL] } }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], rules }, patience: 2000 })
  await submitAll(home)
  // More than come with the first reads, which take what is due first.
  await peer.until(() => fromQuick(peer) >= MESSAGES / 6)
})

test('a source that comes back from a block goes on at once, although what was put off for it comes after mail of others', async () => {
  let isBlocked = true
  await using peer = await onlyQuick(() => isBlocked)
  const rule = { ...POOL, blocks: [{ ...BLOCK, pause: 4000, recovery: 0 }] }
  const rules = { version: 1, document: { ...DOCUMENT, rules: [rule] } }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], rules }, patience: 2000 })
  await submitAll(home)
  await home.waitFor('deferred')
  isBlocked = false
  await peer.until(() => fromQuick(peer) >= MESSAGES / 6)
})
