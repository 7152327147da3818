// Sources and pools at work, over real sockets: what the receiving side sees of who sends is what counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { NO_RULES, type Rule, type RulesDocument, type Source } from '../../contract/rules.ts'
import type { SourceState } from '../../contract/settings.ts'
import { definitionOf } from '../../policy/sources/pools.ts'
import { TestExit } from '../../../testkit/exits.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

let version = 0
function address(n: number): Source {
  return { kind: 'address', address: `127.0.0.${n}`, helo: `mta${n}.example.test` }
}

const ALL: Rule = { name: 'all', by: 'domain', mask: '*', set: { pool: 'bulk' } }

function rulesWith(change: Partial<RulesDocument>) {
  return { rules: { version: ++version, document: { ...NO_RULES, rules: [ALL], ...change } } }
}

function stateOf(source: string, made: Source, change: Partial<SourceState>): SourceState {
  return { source, hand: null, note: '', by: 'ann', at: Date.now(), failures: [], checkedAt: null, checked: definitionOf(made), ...change }
}

/** Where each message came from, and how it was greeted. */
function origins(peer: SmtpPeer, from = 0): string[] {
  return peer.messages.slice(from).map((message) => `${message.from} ${message.helo}`)
}

const count = (all: readonly string[], one: string): number => all.filter((each) => each.startsWith(one)).length

test('mail is spread over the sources of its pool by weight, each with its address and its name', async () => {
  await using peer = await SmtpPeer.start()
  const sources = { a: address(11), b: address(12), c: address(13) }
  const pools = { bulk: { a: 1, b: 1, c: 6 } }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools }) } })
  for (let i = 0; i < 80; i++) await home.submit({ to: [`r${i}@one.example`] })
  await peer.waitForMessages(80)
  const seen = origins(peer)
  assert.deepEqual([...new Set(seen)].toSorted(), [
    '127.0.0.11 mta11.example.test',
    '127.0.0.12 mta12.example.test',
    '127.0.0.13 mta13.example.test',
  ])
  assert.ok(count(seen, '127.0.0.13') > count(seen, '127.0.0.11') + count(seen, '127.0.0.12'), seen.join('\n'))
  const events = await home.waitFor('delivered', 80)
  assert.deepEqual(
    new Set(events.map(({ localAddress, source }) => `${source} ${localAddress}`)),
    new Set(['a 127.0.0.11', 'b 127.0.0.12', 'c 127.0.0.13']),
  )
})

test('a retry leaves from where the first attempt did', async () => {
  const first = new Map<string, string>()
  await using peer = await SmtpPeer.start({
    on: {
      rcpt: (line, session) => {
        if (first.has(line)) return undefined
        first.set(line, session.helo)
        return '450 4.2.0 greylisted'
      },
    },
  })
  const names = Array.from({ length: 8 }, (_unused, n) => `s${n}`)
  const sources = Object.fromEntries(names.map((name, n) => [name, address(20 + n)]))
  const pools = { bulk: Object.fromEntries(names.map((name) => [name, 1])) }
  const config = { 'delivery.retry_first': 100 }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools }) }, config })
  for (let i = 0; i < 24; i++) await home.submit({ to: [`r${i}@one.example`] })
  await home.waitFor('delivered', 24)
  for (const { rcptLines, helo } of peer.messages) assert.equal(helo, first.get(rcptLines[0] ?? ''))
  assert.ok(new Set(first.values()).size > 3, 'several sources had some')
})

test('limits by source hold for each of them by itself', async () => {
  let open = new Map<string, number>()
  const most = new Map<string, number>()
  await using peer = await SmtpPeer.start({
    on: {
      mail: (_line, { helo }) => {
        open.set(helo, (open.get(helo) ?? 0) + 1)
        most.set(helo, Math.max(most.get(helo) ?? 0, open.get(helo) ?? 0))
        return undefined
      },
      final: ({ helo }) => {
        open.set(helo, (open.get(helo) ?? 0) - 1)
        return { text: '250 2.0.0 ok', delay: 20 }
      },
    },
  })
  const sources = { a: address(31), b: address(32) }
  const rule: Rule = { ...ALL, set: { pool: 'bulk', connections: { limit: 1, per: ['site', 'source'] } } }
  const rules = rulesWith({ sources, pools: { bulk: { a: 1, b: 1 } }, rules: [rule] })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules } })
  for (let i = 0; i < 40; i++) await home.submit({ to: [`r${i}@one.example`] })
  await home.waitFor('delivered', 40)
  assert.equal(peer.mostOpen, 2)
  assert.deepEqual([...most].toSorted(), [
    ['mta31.example.test', 1],
    ['mta32.example.test', 1],
  ])
  open = new Map()
})

test('a source that cannot be bound goes out by itself; the others take its mail, and without any it waits and says so', async () => {
  await using peer = await SmtpPeer.start()
  const broken: Source = { kind: 'address', address: '192.0.2.1', helo: null }
  const sources = { a: address(41), broken }
  const rules = rulesWith({ sources, pools: { bulk: { a: 1, broken: 9 } } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules } })
  for (let i = 0; i < 20; i++) await home.submit({ to: [`r${i}@one.example`] })
  await home.waitFor('delivered', 20)
  assert.equal(count(origins(peer), '127.0.0.41 mta41.example.test'), 20)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 0)
  const [alert] = home.engine.alerts()
  assert.match(alert?.what ?? '', /^The source broken is out: 192\.0\.2\.1 cannot be bound: .*EADDRNOTAVAIL/)
  assert.deepEqual(
    home.engine.sources.list().map(({ source }) => source),
    ['broken'],
  )

  home.change(rulesWith({ sources, pools: { bulk: { broken: 1 } } }))
  await home.submit({ to: ['x@two.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.equal(deferred?.reason, 'No source of the pool bulk can be used.')
  const [entry] = await home.queued()
  assert.equal(entry?.recipients[0]?.lastReply, 'No source of the pool bulk can be used.')
  // It is what the rules say now that counts, and what waited need not wait for its schedule.
  home.change(rulesWith({ sources: { broken: address(42) }, pools: { bulk: { broken: 1 } } }))
  await peer.waitForMessages(21)
  assert.equal(origins(peer)[20], '127.0.0.42 mta42.example.test')
  assert.deepEqual(home.engine.alerts(), [])
})

test('an exit that cannot be reached goes out, is probed without mail and comes back', async () => {
  await using peer = await SmtpPeer.start()
  const first = await TestExit.socks5()
  const { port } = first
  await first[Symbol.asyncDispose]()
  const out: Source = { kind: 'proxy', proxy: `socks5://127.0.0.1:${port}`, address: '127.0.0.51', helo: 'out.example.test' }
  const rules = rulesWith({ sources: { out }, pools: { bulk: { out: 1 } } })
  const config = { 'delivery.retry_first': 3_600_000 }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules }, config })
  await home.submit()
  await home.waitFor('deferred')
  await using exit = await TestExit.socks5({ port, from: '127.0.0.51' })
  await peer.waitForMessages(1)
  assert.deepEqual(origins(peer), ['127.0.0.51 out.example.test'])
  assert.deepEqual(exit.asked, [`127.0.0.1:${peer.port}`])
})

test('an exit that wants a login gets the one that was given for it, at once, and one of another exit never', async () => {
  await using peer = await SmtpPeer.start()
  const login = { user: 'hms', password: 'secret of the exit' }
  await using exit = await TestExit.socks5({ login, from: '127.0.0.52' })
  const proxy = `socks5://127.0.0.1:${exit.port}`
  const rules = rulesWith({
    sources: { out: { kind: 'proxy', proxy, address: null, helo: 'out.example.test' } },
    pools: { bulk: { out: 1 } },
  })
  const other = { source: 'out', proxy: 'socks5://127.0.0.1:1', ...login }
  const settings = { routes: [routeTo(peer.port)], ...rules, exitLogins: [other] }
  await using home = await EngineHome.start({ settings, config: { 'delivery.retry_first': 3_600_000 } })
  await home.submit()
  await home.waitFor('deferred')
  assert.match(home.engine.sources.list()[0]?.reason ?? '', /it asks for a login, and none is known here$/)
  home.change({ exitLogins: [{ ...other, proxy }] })
  await peer.waitForMessages(1)
  assert.deepEqual(origins(peer), ['127.0.0.52 out.example.test'])
  assert.deepEqual(home.engine.alerts(), [])
})

test('a suspended source sends nothing more, a drained one what it had; resumed, it has its mail again', async () => {
  let greylists = true
  const first = new Map<string, string>()
  await using peer = await SmtpPeer.start({
    on: {
      rcpt: (line, { helo }) => {
        if (!first.has(line)) first.set(line, helo)
        return greylists ? '450 4.2.0 later' : undefined
      },
    },
  })
  const sources = { a: address(61), b: address(62) }
  const settings = { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools: { bulk: { a: 1, b: 1 } } }) }
  const config = { 'delivery.retry_first': 300, 'delivery.retry_longest': 300, 'delivery.timeout_idle': 60_000 }
  await using home = await EngineHome.start({ settings, config })
  for (let i = 0; i < 10; i++) await home.submit({ to: [`old${i}@one.example`] })
  await home.waitFor('deferred', 10)
  await new Promise((resolve) => setTimeout(resolve, 2))
  home.change({ sourceStates: [stateOf('a', sources.a, { hand: 'draining' })] })
  greylists = false
  for (let i = 0; i < 20; i++) await home.submit({ to: [`new${i}@one.example`] })
  await home.waitFor('delivered', 30)
  const of = (begin: string): string[] =>
    peer.messages.filter(({ recipients }) => recipients[0]?.startsWith(begin) === true).map(({ helo }) => helo)
  assert.equal(count(of('new'), 'mta61'), 0)
  const had = [...first].filter(([line, helo]) => line.includes('<old') && helo === 'mta61.example.test').length
  assert.ok(had > 0 && had < 10)
  assert.equal(count(of('old'), 'mta61'), had, 'what had been tried from it goes from it')

  home.change({ sourceStates: [stateOf('a', sources.a, { hand: 'suspended' }), stateOf('b', sources.b, { hand: 'suspended' })] })
  await peer.until(() => peer.open === 0)
  await home.submit({ to: ['waits@one.example'] })
  const [entry] = await home.queued()
  const reason = 'No source of the pool bulk can be used. a is suspended by ann; b is suspended by ann.'
  assert.equal(entry?.recipients[0]?.lastReply, reason)
  const domain = 'one.example' as Domain
  const { messages } = await home.engine.why.ask({ recipient: 'waits@one.example', domain, messages: [] })
  assert.deepEqual(messages[0]?.recipients[0]?.hold, { kind: 'source', reason, until: null })
  const known = await home.engine.why.ask({ domain })
  assert.deepEqual(
    known.domain?.holds.map(({ kind, recipients }) => [kind, recipients]),
    [['source', 1]],
  )
  home.change({ sourceStates: [] })
  for (let i = 0; i < 20; i++) await home.submit({ to: [`again${i}@one.example`] })
  await home.waitFor('delivered', 51)
  assert.ok(count(of('again'), 'mta61') > 0)
})

test('a source that failed the check is not used until forced, nor once it is another address', async () => {
  await using peer = await SmtpPeer.start()
  const sources = { a: address(71) }
  const failed = stateOf('a', sources.a, { failures: ['127.0.0.71 has no reverse name.'] })
  const settings = { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools: { bulk: { a: 1 } } }), sourceStates: [failed] }
  await using home = await EngineHome.start({ settings })
  await home.submit()
  await home.waitFor('deferred')
  const alerts = (): string[] => home.engine.alerts().map(({ what }) => what)
  assert.match(alerts()[0] ?? '', /^Mail waits: no source of the pool bulk can be used: a failed the check of the network: 127/)
  home.change({ sourceStates: [{ ...failed, hand: 'forced' }] })
  assert.deepEqual(alerts(), [])
  await home.waitFor('delivered')
  await home.untilQueued(0)
  home.change({ sourceStates: [failed] })
  await home.submit()
  const [waiting] = await home.queued()
  assert.match(
    waiting?.recipients[0]?.lastReply ?? '',
    /can be used\. a failed the check of the network: 127\.0\.0\.71 has no reverse name\./,
  )
  home.change(rulesWith({ sources: { a: address(72) }, pools: { bulk: { a: 1 } } }))
  await peer.waitForMessages(2)
  assert.equal(peer.messages[1]?.from, '127.0.0.72')
})

test('the pool is that of the override, of the message, of the mailing, or of the rule, in this order', async () => {
  await using peer = await SmtpPeer.start()
  const sources = { bulk: address(81), news: address(82), own: address(83) }
  const pools = { bulk: { bulk: 1 }, news: { news: 1 }, own: { own: 1 } }
  const accounts = { '1000': { rules: [], overrides: [], pools: ['own'], mailings: { 'spring-*': 'news' } } }
  const settings = { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools, accounts }) }
  await using home = await EngineHome.start({ settings })
  const send = async (fields: string): Promise<string> => {
    const sent = peer.messages.length
    const reply = await home.submit({ text: `From: bob@sender.example\r\n${fields}\r\nhello\r\n` })
    if (!reply.startsWith('250')) return reply
    await peer.waitForMessages(sent + 1)
    const message = peer.messages.at(-1)
    assert.doesNotMatch(message?.data.toString() ?? '', /X-xsPool/i)
    return message?.from ?? ''
  }
  assert.equal(await send(''), '127.0.0.81')
  assert.equal(await send('X-xsMailingId: spring-1\r\n'), '127.0.0.82')
  assert.equal(await send('X-xsMailingId: spring-1\r\nX-xsPool: own\r\n'), '127.0.0.83')
  assert.match(await send('X-xsPool: news\r\n'), /^550 5\.7\.1 .*pool/)
  const override: Rule = { name: 'o', by: 'all', mask: '*', set: { pool: 'bulk' } }
  home.change(rulesWith({ sources, pools, accounts: { '1000': { ...accounts['1000'], overrides: [override] } } }))
  assert.equal(await send('X-xsPool: own\r\n'), '127.0.0.81')
  assert.notEqual(ACCOUNT.id, 1000 as AccountId)
  assert.equal(CLIENT.user, null)
})

test('a source is used for hosts of its own kind of address', async () => {
  await using peer = await SmtpPeer.start()
  const v6: Source = { kind: 'address', address: '::1', helo: 'six.example.test' }
  const sources = { a: address(91), v6 }
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith({ sources, pools: { bulk: { a: 1, v6: 100 } } }) },
  })
  for (let i = 0; i < 5; i++) await home.submit({ to: [`r${i}@one.example`] })
  await home.waitFor('delivered', 5)
  assert.equal(count(origins(peer), '127.0.0.91'), 5)
  home.change(rulesWith({ sources, pools: { bulk: { v6: 1 } } }))
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /^No source of the pool bulk can reach smtp:\/\/127\.0\.0\.1:\d+, which has IPv4 only\.$/)
})

test('mail that has nothing to leave from is put off and not counted as tried; that a pool is missing is told until it is there', async () => {
  await using peer = await SmtpPeer.start()
  const sources = { broken: { kind: 'address', address: '192.0.2.1', helo: null } as const }
  const there: Rule = { name: 'there', by: 'domain', mask: 'one.example', set: { pool: 'bulk' } }
  const missing: Rule = { name: 'missing', by: 'domain', mask: 'two.example', set: { pool: 'none' } }
  const rules = { sources, pools: { bulk: { broken: 1 } }, rules: [there, missing] }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith(rules) } })
  const isTold = (): boolean => home.engine.alerts().some(({ what }) => what.includes('there is no pool none'))
  await home.submit({ to: ['x@two.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.deepEqual([deferred?.reason, deferred?.attempt], ['There is no pool none.', 0])
  assert.ok(isTold())
  // The health of a source changes.
  await home.submit({ to: ['x@one.example'] })
  await home.waitFor('deferred', 2)
  assert.deepEqual(
    home.engine.sources.list().map(({ source }) => source),
    ['broken'],
  )
  assert.ok(isTold())
  const queued = await home.queued()
  assert.deepEqual(
    queued.flatMap(({ recipients }) => recipients.map(({ attempts }) => attempts)),
    [0, 0],
  )
  home.change(rulesWith({ ...rules, sources: {}, pools: { bulk: {}, none: {} } }))
  assert.ok(!isTold())
})
