// Mail chosen by where it goes and by what it would leave from: listed, counted, held and let go, and suspended as it comes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { NO_RULES, type Rule } from '../../contract/rules.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const LATER = { 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 }
const OF_ALL = { domain: null, account: null, mailing: null, note: '', by: 'ann', at: 1 }

test('mail of one site is listed, counted, held and let go, with few domains and with many', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.1 later' } })
  const routes = [routeTo(peer.port, { pattern: '*.one.example' }), routeTo(9, { pattern: '*.two.example' })]
  await using home = await EngineHome.start({ config: LATER, settings: { routes } })
  const site = `smtp://127.0.0.1:${peer.port}`
  const to = Array.from({ length: 250 }, (_unused, i) => `r@d${i}.one.example`)
  for (let at = 0; at < to.length; at += 50) await home.submit({ to: to.slice(at, at + 50) })
  await home.submit({ to: ['a@x.two.example', 'b@x.two.example'] })
  await home.waitFor('deferred', 251)
  const { queue } = home.engine
  assert.deepEqual(await queue.count({ site }), { messages: 5, recipients: 250 })
  const few = { site: 'smtp://127.0.0.1:9' }
  assert.deepEqual(await queue.count(few), { messages: 1, recipients: 2 })
  assert.deepEqual(await queue.count({ site: 'mx.nowhere.example' }), { messages: 0, recipients: 0 })
  assert.deepEqual(await queue.count({ site, domain: 'd7.one.example' as Domain }), { messages: 1, recipients: 1 })
  assert.equal((await queue.list({ site }, null, 3)).length, 3)
  assert.deepEqual(
    (await queue.list(few, null, 10)).map(({ recipients }) => recipients.map(({ address }) => address)),
    [['a@x.two.example', 'b@x.two.example']],
  )
  assert.deepEqual(await queue.act('hold', { site }, { by: 'ann' }), { recipients: 250 })
  assert.equal((await queue.count({ state: 'held' })).recipients, 250)
  // What is held has no line in memory: it is found all the same.
  assert.deepEqual(await queue.act('delete', { site, state: 'held' }, { by: 'ann' }), { recipients: 250 })
  await home.untilQueued(2)
})

test('an address is chosen to the letter, whatever is in it', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.1 later' } })
  await using home = await EngineHome.start({ config: LATER, settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ to: ['a*n@x.example', 'ann@x.example', 'a?n@x.example', '"a[n"@x.example'] })
  await home.waitFor('deferred', 4)
  const { queue } = home.engine
  for (const address of ['A*N@x.example', 'a?n@X.example', '"a[n"@x.example', 'Ann@x.example'])
    assert.deepEqual([address, (await queue.count({ address })).recipients], [address, 1])
  assert.deepEqual(await queue.act('delete', { address: 'a*n@x.example' }, { by: 'ann' }), { recipients: 1 })
  await home.untilQueued(3)
  assert.equal((await queue.count({ address: 'ann@x.example' })).recipients, 1)
})

test('mail is chosen by the source that it would leave from, as its pool is now', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.1 later' } })
  const all: Rule = { name: 'all', by: 'domain', mask: 'pool.example', set: { pool: 'bulk' } }
  const sources = Object.fromEntries([1, 2].map((n) => [`s${n}`, { kind: 'address', address: `127.0.0.${30 + n}`, helo: null } as const]))
  const document = { ...NO_RULES, sources, pools: { bulk: { s1: 1, s2: 1 } }, rules: [all] }
  const settings = { routes: [routeTo(peer.port)], rules: { version: 1, document } }
  await using home = await EngineHome.start({ config: LATER, settings })
  for (let i = 0; i < 16; i++) await home.submit({ to: [`r${i}@pool.example`] })
  await home.submit({ to: ['a@free.example'] })
  await home.waitFor('deferred', 17)
  const { queue } = home.engine
  const of = async (source: string): Promise<number> => (await queue.count({ source })).recipients
  const [first, second] = [await of('s1'), await of('s2')]
  assert.equal(first + second, 16)
  assert.ok(first > 0 && second > 0, `${first} and ${second}`)
  assert.equal(await of('default'), 1)
  assert.equal((await queue.list({ source: 's1' }, null, 100)).length, first)
  assert.deepEqual(await queue.act('delete', { source: 's1' }, { by: 'ann' }), { recipients: first })
  assert.equal(await of('s2'), second)
})

test('a suspended site keeps what comes for any of its domains, and no other', async () => {
  await using peer = await SmtpPeer.start()
  await using other = await SmtpPeer.start()
  const routes = [routeTo(peer.port, { pattern: '*.one.example' }), routeTo(other.port, { pattern: '*.two.example' })]
  const site = `smtp://127.0.0.1:${peer.port}`
  const suspension = { id: 1, domain: null, account: null, mailing: null, site, note: '', by: 'ann', at: 1 }
  await using home = await EngineHome.start({ settings: { routes, suspensions: [suspension] } })
  await home.submit({ to: ['a@x.one.example', 'b@y.one.example', 'c@x.two.example'] })
  await home.waitFor('delivered')
  const held = await home.waitFor('held', 2)
  assert.deepEqual(held.map(({ recipient }) => recipient).toSorted(), ['a@x.one.example', 'b@y.one.example'])
  const kinds = async (): Promise<string> => {
    const { messages } = await home.engine.why.ask({ message: held[0]?.message ?? assert.fail() })
    return (messages[0]?.recipients ?? []).map(({ hold }) => hold.kind).join(' ')
  }
  // The events are there a moment before the recipients have left memory.
  while ((await kinds()).includes('settling')) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(await kinds(), 'suspended suspended')
  assert.equal(peer.messages.length, 0)
})

test('a suspended source keeps what would leave from it, patterns what they name; what goes otherwise goes', async () => {
  await using peer = await SmtpPeer.start()
  const rules = [1, 2].map((n): Rule => ({ name: `r${n}`, by: 'domain', mask: `p${n}.example`, set: { pool: `p${n}` } }))
  const sources = Object.fromEntries([1, 2].map((n) => [`s${n}`, { kind: 'address', address: `127.0.0.${30 + n}`, helo: null } as const]))
  const document = { ...NO_RULES, sources, pools: { p1: { s1: 1 }, p2: { s2: 1 } }, rules }
  const suspensions = [
    { id: 1, ...OF_ALL, source: 's1' },
    { id: 2, ...OF_ALL, recipient: 'r?@free.example', sender: '*', acceptedAfter: 1 },
    { id: 3, ...OF_ALL, acceptedBefore: 1 },
  ]
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], rules: { version: 1, document }, suspensions } })
  await home.submit({ to: ['a@p1.example', 'b@p2.example'] })
  await home.submit({ to: ['R1@free.example', 'r10@free.example'] })
  const held = await home.waitFor('held', 2)
  assert.deepEqual(held.map(({ recipient, reason }) => [recipient, reason]).toSorted(), [
    ['R1@free.example', 'Suspended (2) by ann.'],
    ['a@p1.example', 'Suspended (1) by ann.'],
  ])
  const delivered = await home.waitFor('delivered', 2)
  assert.deepEqual(delivered.map(({ recipient, source }) => [recipient, source]).toSorted(), [
    ['b@p2.example', 's2'],
    ['r10@free.example', undefined],
  ])
})

test('why a recipient waits is the suspension of what it would leave from, or of its pattern', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.1 later' } })
  await using home = await EngineHome.start({ config: LATER, settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ to: ['a@e.example'] })
  await home.submit({ to: ['b@e.example'] })
  await home.waitFor('deferred', 2)
  const kinds = async (recipient: string): Promise<readonly string[]> => {
    const [entry = assert.fail()] = await home.engine.queue.list({ recipient }, null, 1)
    const { messages } = await home.engine.why.ask({ message: entry.id })
    return (messages[0]?.recipients ?? []).map(({ hold }) => hold.kind)
  }
  home.change({ suspensions: [{ id: 1, ...OF_ALL, recipient: 'a@*' }] })
  assert.deepEqual([await kinds('a@*'), await kinds('b@*')], [['suspended'], ['retry']])
  home.change({ suspensions: [{ id: 1, ...OF_ALL, source: 'default', sender: '*' }] })
  assert.deepEqual([await kinds('a@*'), await kinds('b@*')], [['suspended'], ['suspended']])
  home.change({ suspensions: [{ id: 1, ...OF_ALL, source: 'other' }] })
  assert.deepEqual([await kinds('a@*'), await kinds('b@*')], [['retry'], ['retry']])
})
