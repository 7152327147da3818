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

interface Scene extends AsyncDisposable {
  readonly peer: SmtpPeer
  readonly home: EngineHome
}

/** All of it is on disk until it is due, as what was read once would be in memory: where that took too long, it is begun again. */
async function filled(rule: Rule, isBlocked: () => boolean): Promise<Scene> {
  const rules = { version: 1, document: { ...DOCUMENT, rules: [rule] } }
  for (let hold = 1500; ; hold *= 3) {
    await using opened = new AsyncDisposableStack()
    const peer = opened.use(await onlyQuick(isBlocked))
    const home = opened.use(await EngineHome.start({ settings: { routes: [routeTo(peer.port)], rules }, patience: 2000 }))
    const until = Date.now() + hold
    await submitAll(home, until)
    if (Date.now() >= until) continue
    assert.equal(home.engine.status().queued, MESSAGES * EACH)
    const kept = opened.move()
    return { peer, home, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  }
}

async function submitAll(home: EngineHome, until: number): Promise<void> {
  for (let at = 0; at < MESSAGES; at += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_unused, i) => {
        const to = Array.from({ length: EACH }, (_one, n) => `r${(at + i) * EACH + n}@one.example`)
        return home.submit({ to, text: TEXT, hold: { until } })
      }),
    )
}

const fromQuick = (peer: SmtpPeer): number => peer.messages.filter(({ helo }) => helo.startsWith('mta51')).length

test('a source has its mail although another of its pool has more in memory than it sends', async () => {
  await using scene = await filled(POOL, () => false)
  const { peer } = scene
  // More than come with the first reads, which take what is due first.
  await peer.until(() => fromQuick(peer) >= MESSAGES / 6)
})

test('a source that comes back from a block goes on at once, although what was put off for it comes after mail of others', async () => {
  let isBlocked = true
  await using scene = await filled({ ...POOL, blocks: [{ ...BLOCK, pause: 4000, recovery: 0 }] }, () => isBlocked)
  const { peer, home } = scene
  await home.waitFor('deferred')
  isBlocked = false
  await peer.until(() => fromQuick(peer) >= MESSAGES / 6)
})
