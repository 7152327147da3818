// Backing off by shares, over real sockets: a site that puts mail off, or refuses connections, is eased off and comes back by itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { until } from '../../../testkit/patience.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const CONFIG = {
  'delivery.backoff': true,
  'delivery.backoff_least': 10,
  'delivery.backoff_for': 1000,
  'delivery.retry_first': 60_000,
} as const

const many = (home: EngineHome, count: number, domain: string): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_unused, i) => home.submit({ to: [`r${i}@${domain}`] })))

/** The effects and alerts as soon as there are some: they last for a second, and mail may take longer on a slow machine. */
async function begun({ engine }: EngineHome) {
  return await until(() => engine.effects.list().length > 0 && { effects: engine.effects.list(), alerts: engine.alerts() })
}

test('a site that puts off most of its mail gets half as much, with the share as the cause, others go on, and it comes back', async () => {
  await using busy = await SmtpPeer.start({ on: { mail: () => '451 4.3.2 too busy' } })
  await using well = await SmtpPeer.start()
  const routes = [routeTo(busy.port, { pattern: 'a.example' }), routeTo(well.port, { pattern: 'b.example' })]
  await using home = await EngineHome.start({ settings: { routes }, config: CONFIG })
  const eased = begun(home)
  await many(home, 14, 'a.example')
  await many(home, 30, 'b.example')
  await well.waitForMessages(30)
  const { effects, alerts } = await eased
  const [effect, ...others] = effects
  assert.deepEqual([others.length, effect?.rule, effect?.action], [0, 'automatic backing off', 'slow'])
  assert.match(effect?.cause ?? '', /^10 of 10 answers put mail off within 10m, at last: 451 4\.3\.2 too busy$/)
  assert.ok((effect?.to ?? 0) >= 1 && (effect?.to ?? 0) <= 14)
  assert.ok(alerts.some(({ what }) => /messages per minute until .* by automatic backing off, after: 10 of 10/.test(what)))
  await until(() => home.engine.effects.list().length === 0)
})

test('a site that refuses connections beside those that are open gets no more than those', async () => {
  await using peer: SmtpPeer = await SmtpPeer.start({
    on: {
      connect: (_line, { number }) => (number > 2 ? { text: '421 4.3.2 too many connections', after: 'close' } : undefined),
      final: () => ({ text: '250 2.0.0 ok', delay: 20 }),
    },
  })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)] },
    config: { ...CONFIG, 'delivery.backoff_least': 2, 'delivery.backoff_failures': 30 },
  })
  const eased = begun(home)
  await many(home, 60, 'e.example')
  const [effect] = (await eased).effects
  assert.deepEqual([effect?.action, effect?.rule], ['connections', 'automatic backing off'])
  assert.ok((effect?.to ?? 0) >= 1 && (effect?.to ?? 0) <= 2, `${effect?.to}`)
  assert.match(effect?.cause ?? '', /connections could not be opened within 10m, at last: .*too many connections/)
  await peer.waitForMessages(60)
})

test('switched off for a site by a rule, nothing is eased off', async () => {
  await using busy = await SmtpPeer.start({ on: { mail: () => '451 4.3.2 too busy' } })
  const rule = { name: 'off', by: 'mx', mask: '127.0.0.1', set: { backoff: false } } as const
  const document = { edition: 0, sources: {}, pools: {}, providers: {}, rules: [rule], accounts: {} }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(busy.port)], rules: { version: 1, document } }, config: CONFIG })
  await many(home, 30, 'a.example')
  await busy.until(() => busy.transcript.filter((line) => /MAIL FROM/i.test(line)).length >= 30)
  await home.waitFor('deferred')
  assert.deepEqual(home.engine.effects.list(), [])
})
