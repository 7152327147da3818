// Mail that is bound to another pool or route, over real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { NO_RULES, type Rule, type Source } from '../../contract/rules.ts'
import type { Rebinding } from '../../contract/settings.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const address = (n: number): Source => ({ kind: 'address', address: `127.0.0.${n}`, helo: `mta${n}.example.test` })
const sources = { a: address(111), b: address(112) }
const pools = { usual: { a: 1 }, reserve: { b: 1 } }
const usual: Rule = { name: 'all', by: 'domain', mask: '*', set: { pool: 'usual' } }
const rules = { rules: { version: 1, document: { ...NO_RULES, sources, pools, rules: [usual] } } }

function bound(to: Partial<Rebinding>, selection: Rebinding['selection'] = {}, id = 1): Rebinding {
  return { id, selection: { acceptedBefore: Date.now() + 1, ...selection }, pool: null, route: null, by: 'ann', at: Date.now(), ...to }
}

test('what waits goes by the pool that it is bound to, though its own site backs off; what comes later, and what is not meant, does not', async () => {
  await using peer = await SmtpPeer.start({
    on: { ehlo: (line) => (line.includes('mta111') ? '554 5.7.1 your address is blocked' : undefined) },
  })
  const config = { 'delivery.retry_first': 3_600_000, 'delivery.retry_longest': 3_600_000 }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules }, config })
  await home.submit({ to: ['r0@one.example', 's0@one.example'] })
  await home.waitFor('deferred', 2)
  for (let i = 1; i < 20; i++) await home.submit({ to: [`r${i}@one.example`, `s${i}@one.example`] })
  await new Promise((resolve) => setTimeout(resolve, 3))
  const mine = bound({ pool: 'reserve' }, { domain: 'one.example' as Domain, recipient: 'r*' })
  home.change({ rebindings: [mine] })
  await home.waitFor('delivered', 19)
  await home.submit({ to: ['r-late@one.example'] })
  await home.engine.queue.act('retry', { ...mine.selection, state: 'waiting' }, { by: 'ann' })
  await home.waitFor('delivered', 20)
  assert.deepEqual(new Set(peer.messages.map(({ from }) => from)), new Set(['127.0.0.112']))
  assert.deepEqual(
    peer.messages.flatMap(({ recipients }) => recipients).toSorted(),
    Array.from({ length: 20 }, (_unused, i) => `r${i}@one.example`).toSorted(),
  )
  assert.equal(home.engine.status().queued, 21)
  assert.ok(
    (await home.queued()).every(({ recipients }) =>
      recipients.every(({ address: to }) => to.startsWith('s') || to === 'r-late@one.example'),
    ),
  )
})

test('what is meant is told by the site or by the source, too', async () => {
  await using peer = await SmtpPeer.start({
    on: { rcpt: (_line, { helo }) => (helo.startsWith('mta111') ? '450 4.2.0 later' : undefined) },
  })
  const config = { 'delivery.retry_first': 3_600_000 }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules }, config })
  await home.submit()
  await home.waitFor('deferred')
  await new Promise((resolve) => setTimeout(resolve, 3))
  const retry = (): Promise<unknown> => home.engine.queue.act('retry', { state: 'waiting' }, { by: 'ann' })
  home.change({ rebindings: [bound({ pool: 'reserve' }, { source: 'b' }), bound({ pool: 'reserve' }, { site: 'mx.other.example' }, 2)] })
  await retry()
  await home.waitFor('deferred', 2)
  home.change({ rebindings: [bound({ pool: 'reserve' }, { source: 'a', site: `smtp://127.0.0.1:${peer.port}` })] })
  await retry()
  await peer.waitForMessages(1)
  assert.equal(peer.messages[0]?.from, '127.0.0.112')
})

test('what is bound to a route goes there, until it is unbound', async () => {
  await using usualPeer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.0 later' } })
  await using other = await SmtpPeer.start()
  const routes = [routeTo(usualPeer.port), routeTo(other.port, { pattern: 'reserve.invalid' })]
  const config = { 'delivery.retry_first': 3_600_000 }
  await using home = await EngineHome.start({ settings: { routes }, config })
  for (const to of ['a@one.example', 'a@two.example']) await home.submit({ to: [to] })
  await home.waitFor('deferred', 2)
  await new Promise((resolve) => setTimeout(resolve, 3))
  home.change({ rebindings: [bound({ route: 'reserve.invalid' }, { domain: 'one.example' as Domain })] })
  await home.engine.queue.act('retry', { state: 'waiting' }, { by: 'ann' })
  await other.waitForMessages(1)
  await home.waitFor('deferred', 3)
  assert.deepEqual(other.messages[0]?.recipients, ['a@one.example'])
  home.change({ rebindings: [bound({ route: 'gone.invalid' })] })
  await home.engine.queue.act('retry', { state: 'waiting' }, { by: 'ann' })
  await home.waitFor('deferred', 4)
  assert.equal(other.messages.length, 1, 'a route that is not there any more binds nothing')
})
