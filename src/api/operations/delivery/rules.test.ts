import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountId } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import type { Config } from '../../../contract/options.ts'
import { REPORT_FIGURES, type ReportFigure, type ReportFigures } from '../../../contract/report-figures.ts'
import { NO_RULES, type RulesDocument } from '../../../contract/rules.ts'
import type { ReportDesk } from '../../../engine/ports/reports.ts'
import { configWith } from '../../../../testkit/engine-home.ts'
import { DELIVERY, installation } from '../../../../testkit/installation.ts'
import { NO_REPORTS } from '../../../../testkit/no-data.ts'

const SHIPPED: RulesDocument = {
  ...NO_RULES,
  edition: 7,
  providers: { big: ['*.big.example'] },
  rules: [{ name: 'big', by: 'provider', mask: 'big', set: { connections: { limit: 9 } }, estimate: true, matches: ['mx.big.example'] }],
}

function rulesHouse(config: Partial<Config> = {}, reports: ReportDesk = NO_REPORTS) {
  return installation({
    reports,
    delivery: {
      ...DELIVERY,
      config: configWith(config),
      shipped: SHIPPED,
      siteOf: async (domain) =>
        domain === 'gone.example'
          ? { kind: 'trouble', reason: 'no answer' }
          : { kind: 'site', site: 'mx.big.example', hosts: ['mx.big.example'] },
      signerOf: (_text, signature, unsigned) => {
        if (signature === 'good') return 'vendor.pub'
        if (unsigned) return null
        throw new Fault('rules-unsigned', 'Not signed.', { blame: 'caller' })
      },
    },
    now: Date.now,
  })
}

const documentWith = (connections: number) => ({ format: 1, rules: [{ name: 'a', domain: 'a.example', set: { connections } }] })

test('rules by which mail would wait, as their pool is not there, are put in force only where that is asked for', async () => {
  using at = rulesHouse()
  const document = { format: 1, rules: [{ name: 'a', domain: 'a.example', set: { pool: 'none' } }] }
  assert.deepEqual((await at.call('rules.apply', { document, dryRun: true })).findings, [
    { level: 'mta', account: null, rule: 'a', what: 'There is no pool none: mail by this rule waits until there is.', waits: true },
  ])
  await assert.rejects(at.call('rules.apply', { document }), {
    code: 'rules-invalid',
    message: 'a: There is no pool none: mail by this rule waits until there is.',
  })
  assert.equal((await at.call('rules.get', {})).version, 0)
  assert.equal((await at.call('rules.apply', { document, force: true })).version, 1)
})

test('rules are applied whole or not at all, the same again is no version, and each has who, when and why', async () => {
  using at = rulesHouse()
  const dry = await at.call('rules.apply', { document: documentWith(3), dryRun: true })
  assert.deepEqual([dry.applied, dry.version, dry.difference.added], [false, 0, ['rule a']])
  const applied = await at.callAs('ann', 'rules.apply', { document: documentWith(3), note: 'first' })
  assert.deepEqual([applied.applied, applied.version], [true, 1])
  assert.ok(
    at.asked.some(({ name }) => name === 'settings.changed'),
    'the workers are told at once',
  )
  assert.equal((await at.call('rules.apply', { document: documentWith(3) })).applied, false)
  assert.deepEqual((await at.call('rules.apply', { document: documentWith(4) })).difference.changed, ['rule a'])
  for (const document of [undefined, 'format: 1', { format: 1, rulez: [] }, { format: 1, rules: [{ domain: 'a', set: {} }] }])
    await at.refuses('rules.apply', { document }, 'rules-invalid')
  await at.refuses('rules.apply', { document: documentWith(3), more: 1 }, 'invalid-parameter')
  const history = await at.call('rules.history', {})
  assert.deepEqual(
    history.map(({ version, by, note }) => [version, by, note]),
    [
      [2, 'test', ''],
      [1, 'ann', 'first'],
    ],
  )
  assert.ok((history[0]?.at ?? 0) >= (history[1]?.at ?? Infinity))
  const [last] = at.settings.audit(1)
  assert.deepEqual([last?.by, last?.action, last?.subject], ['test', 'rules set', 'version 2'])
})

test('an earlier version counts again as a new one; what is given out can be applied', async () => {
  using at = rulesHouse()
  await at.call('rules.apply', { document: documentWith(3) })
  await at.call('rules.apply', { document: documentWith(4) })
  const back = await at.call('rules.revert', { version: 1 })
  assert.deepEqual([back.applied, back.version, back.difference.changed], [true, 3, ['rule a']])
  assert.equal((await at.call('rules.history', {}))[0]?.note, 'back to version 1')
  const [now, first] = [await at.call('rules.get', {}), await at.call('rules.get', { version: 1 })]
  assert.equal(now.text, first.text)
  assert.deepEqual([now.version, now.document.rules[0]?.set], [3, { connections: { limit: 3 } }])
  await at.refuses('rules.revert', { version: 9 }, 'no-rules')
  await at.refuses('rules.get', { version: 9 }, 'no-rules')
})

test('explain tells each setting and the rule that gave it, with the MX hosts looked up or given', async () => {
  using at = rulesHouse()
  const document = {
    format: 1,
    rules: [
      {
        name: 'mine',
        domain: 'a.example',
        set: { connections: 2, tls: 'verify' },
        blocks: [{ name: 'listed', match: '/is listed/', pause: '30m', threshold: { count: 3, within: '10m' } }],
      },
    ],
    accounts: { '1000': { overrides: { messages_per_hour: 50 } } },
  }
  await at.call('rules.apply', { document })
  const explained = await at.call('rules.explain', { domain: 'A.example.', account: 1000 as AccountId })
  assert.deepEqual([explained.domain, explained.site, explained.provider], ['a.example', 'mx.big.example', 'big'])
  const connections = explained.limits.find(({ setting }) => setting === 'connections')
  assert.deepEqual([connections?.limit, connections?.counted, connections?.from?.level], [9, 'by provider and source', 'smart'])
  const own = explained.limits.find(({ scope }) => scope === 'own')
  assert.deepEqual([own?.setting, own?.limit, own?.counted, own?.from?.isOverride], ['messages_per_hour', 50, 'by account', true])
  const tls = explained.settings.find(({ setting }) => setting === 'tls')
  assert.deepEqual([tls?.shown, tls?.from?.rule, tls?.from?.mask], ['verify', 'mine', 'domain a.example'])
  const expiry = explained.settings.find(({ setting }) => setting === 'expiry')
  assert.deepEqual([expiry?.shown, expiry?.from, expiry?.option], ['4d', null, 'delivery.expiry'])
  assert.deepEqual(
    explained.blocks.map(({ name, shown, from }) => [name, shown, from.rule]),
    [['listed', 'pause for the site, 30m, after 3 replies in 10m', 'mine']],
  )
  assert.match(explained.notes.join(), /Smart rule big .* looser than 2 of your rule mine/)
  const given = await at.call('rules.explain', { domain: 'a.example', mx: ['mx.other.example'] })
  assert.equal(given.limits.find(({ setting }) => setting === 'connections')?.limit, 2)
  assert.equal((await at.call('rules.explain', { domain: 'gone.example' })).trouble, 'no answer')
  const { findings, lookedUp } = await at.call('rules.lint', {})
  assert.equal(lookedUp, 1)
  assert.match(findings.map(({ what }) => what).join(), /Smart rule big .* looser/)
  await at.refuses('rules.explain', { domain: 'a.example', mx: ['not a host'] }, 'invalid-parameter')
})

/** Recipients of the last day by domain. */
function dayOf(loads: Readonly<Record<string, number>>, ofAccount: Readonly<Record<string, number>> = {}): ReportDesk {
  const none = Object.fromEntries(REPORT_FIGURES.map((name) => [name, 0])) as Record<ReportFigure, number>
  const figures = (recipients: number): ReportFigures => ({ ...none, recipients })
  return {
    rebuild: () => Promise.reject(new Error('not asked for')),
    query: async ({ from, to, zone, interval, by, order, account }) => {
      const all = Object.entries(account === null ? loads : ofAccount)
      const rows = all.map(([value, n]) => ({ at: null, account, value, figures: figures(n), times: null, before: null }))
      const total = { figures: figures(all.reduce((sum, [, n]) => sum + n, 0)), times: null, before: null }
      return { from, to, zone, interval, by, order, rows, total, next: null, isBehind: false }
    },
  }
}

test('rules that are tried tell what is wrong with its line, what changes, and for which mail of the last day; nothing is changed', async () => {
  using at = rulesHouse({}, dayOf({ 'a.example': 70, 'b.example': 20, 'gone.example': 10 }, { 'b.example': 5 }))
  const retrying = (first: string) => ({ format: 1, rules: [{ name: 'a', domain: 'a.example', set: { retry_first: first } }] })
  await at.call('rules.apply', { document: retrying('5m') })
  const wrong = await at.call('rules.try', { text: 'format: 1\nrules:\n  - { name: a, domain: a.example, set: { connections: 0 } }\n' })
  assert.deepEqual(
    wrong.problems.map(({ line, path }) => [line, path]),
    [[3, 'rules[0].set.connections']],
  )
  assert.equal(wrong.difference, null)
  const document = { ...retrying('10m'), accounts: { '1000': { overrides: { messages_per_hour: 50 } } } }
  const tried = await at.call('rules.try', { document, traffic: true })
  assert.deepEqual(tried.difference?.changed, ['rule a'])
  const { traffic } = tried
  assert.deepEqual([traffic?.recipients, traffic?.changed, traffic?.unseen], [100, 70, 0])
  assert.deepEqual(
    traffic?.rows.map(({ site, account, domains, recipients, changes }) => [site, account, domains, recipients, changes]),
    [
      ['mx.big.example', null, ['a.example'], 70, [{ setting: 'retry_first', before: '5m', after: '10m' }]],
      [
        'mx.big.example',
        1000,
        ['b.example'],
        5,
        [{ setting: 'messages_per_hour (of the account)', before: 'none', after: '50 by account' }],
      ],
    ],
  )
  assert.equal((await at.call('rules.get', {})).version, 1)
  assert.equal((await at.call('rules.try', { document: retrying('5m'), traffic: true })).traffic, null)
  await at.refuses('rules.try', { document: {}, text: 'format: 1' }, 'invalid-parameter')
})

test('text is applied as it is, versions are compared, and explain knows the line', async () => {
  using at = rulesHouse()
  await at.call('rules.apply', { text: 'format: 1\nrules:\n  - { name: a, domain: a.example, set: { tls: verify } }\n' })
  await at.refuses('rules.apply', { text: 'format: 1\nrules: 7\n' }, 'rules-invalid')
  await at.call('rules.apply', { document: documentWith(6) })
  const compared = await at.call('rules.compare', { from: 1 })
  assert.deepEqual([compared.to, compared.difference.changed], [2, ['rule a']])
  assert.deepEqual(
    compared.lines.filter(({ kind }) => kind !== 'same').map(({ kind, text }) => [kind, /set: (.*) \}$/.exec(text)?.[1]]),
    [
      ['removed', '{ tls: verify }'],
      ['added', '{ connections: 6 }'],
    ],
  )
  await at.refuses('rules.compare', { from: 99 }, 'no-rules')
  const { limits } = await at.call('rules.explain', { domain: 'a.example', mx: ['mx.other.example'] })
  const { line = 0 } = limits.find(({ setting }) => setting === 'connections')?.from ?? {}
  const { text } = await at.call('rules.get', {})
  assert.match(text.split('\n')[line - 1] ?? '', /name: a,/)
})

test('Smart rules are loaded signed, or unsigned by hand; the later edition counts, and there is a way back', async () => {
  using at = rulesHouse()
  const edition = (version: number): string =>
    `format: 1\nversion: ${version}\nrules:\n  - { mx: '*', set: { connections: ${version} }, estimate: true, matches: [mx.x.example] }\n`
  await at.refuses('rules.update', { document: edition(8) }, 'rules-unsigned')
  await at.refuses('rules.update', { document: 'format: 1\nversion: 8\nacounts: {}\n', signature: 'good' }, 'rules-invalid')
  const connections = async (): Promise<number | null | undefined> =>
    (await at.call('rules.explain', { domain: 'x.example' })).limits.find(({ setting }) => setting === 'connections')?.limit
  assert.equal(await connections(), 9)
  const updated = await at.call('rules.update', { document: edition(8), signature: 'good' })
  assert.deepEqual([updated.edition, updated.signer, updated.from, updated.version], [8, 'vendor.pub', 'home', 1])
  assert.equal(await connections(), 8)
  // Earlier than the program's own: whoever loads it wants it.
  assert.equal((await at.call('rules.update', { document: edition(6), unsigned: true })).from, 'home')
  assert.equal(await connections(), 6)
  await at.call('rules.revert', { whose: 'smart', version: 1 })
  assert.equal(await connections(), 8)
  await at.call('rules.revert', { whose: 'smart', version: 0 })
  assert.equal(await connections(), 9)
  assert.deepEqual(
    (await at.call('rules.history', { whose: 'smart' })).map(({ note }) => note),
    ['back to version 0', 'back to version 1', 'edition 6', 'edition 8, signed by vendor.pub'],
  )
})

test('explain shows the pool, its sources, and of limits by source the sum over them; and one source of it', async () => {
  using at = rulesHouse()
  const { call, callAs, refuses } = at
  const document = {
    format: 1,
    sources: { a: { address: '192.0.2.1', helo: 'a.example.com' }, b: { address: '192.0.2.2' }, c: { address: '192.0.2.3' } },
    pools: { bulk: { sources: { a: 1, b: 3 } } },
    rules: [
      { name: 'mine', domain: 'x.example', set: { pool: 'bulk', messages_per_minute: 60, messages_per_day: { limit: 5, per: ['site'] } } },
    ],
  }
  await call('rules.apply', { document })
  await callAs('ann', 'sources.suspend', { source: 'b' })
  const explained = await call('rules.explain', { domain: 'x.example' })
  assert.deepEqual(explained.pool, {
    name: 'bulk',
    sources: [
      { source: 'a', share: 0.25, address: '192.0.2.1', proxy: null, helo: 'a.example.com', why: null },
      { source: 'b', share: 0.75, address: '192.0.2.2', proxy: null, helo: null, why: 'is suspended by ann' },
    ],
  })
  const sums = new Map(explained.limits.map(({ setting, sum }) => [setting, sum]))
  assert.deepEqual(
    ['messages_per_minute', 'messages_per_day', 'connections'].map((name) => sums.get(name as never)),
    [120, null, 18],
  )
  const one = await call('rules.explain', { domain: 'x.example', source: 'a' })
  assert.deepEqual(
    one.pool?.sources.map(({ source }) => source),
    ['a'],
  )
  assert.deepEqual(one.limits, explained.limits)
  await refuses('rules.explain', { domain: 'x.example', source: 'c' }, 'invalid-parameter')
  await assert.rejects(call('rules.explain', { domain: 'x.example', source: 'nosuch' }), /There is no source nosuch in the rules/)
  await refuses('rules.explain', { domain: 'y.example', source: 'a' }, 'invalid-parameter')
})

test('explain says that a Smart rule allows more connections than the configuration', async () => {
  using at = rulesHouse({ 'delivery.connections_per_site': 4 })
  const { notes } = await at.call('rules.explain', { domain: 'x.example' })
  assert.match(notes[0] ?? '', /^The Smart rule big \(provider big\) sets connections to 9, more than 4 of delivery\.connections_per_site/)
})

test('the login of an exit is kept sealed, for that exit alone, and shown without its password', async () => {
  using at = rulesHouse()
  const proxy = 'socks5://192.0.2.9:1080'
  const apply = (to: string) =>
    at.call('rules.apply', { document: { format: 1, sources: { far: { proxy: to }, near: { address: '192.0.2.1' } } } })
  await apply(proxy)
  const login = { source: 'far', user: 'hms', password: 'pässword' }
  assert.deepEqual(await at.call('sources.login', login), { source: 'far', user: 'hms' })
  assert.deepEqual(at.settings.read().exitLogins, [{ source: 'far', proxy, user: 'hms', password: 'pässword' }])
  const shown = async () => (await at.call('sources.list', {})).map((view) => view.login)
  assert.deepEqual(await shown(), ['hms', null])
  await apply('socks5://192.0.2.10:1080')
  assert.deepEqual(await shown(), [null, null], 'another host is not told who we are')
  await apply(proxy)
  for (const wrong of [{ source: 'near' }, { source: 'none' }, { user: '' }, { password: 'ü'.repeat(128) }, { user: 'a\0b' }])
    await assert.rejects(at.call('sources.login', { ...login, ...wrong }), Fault)
  assert.deepEqual(await at.call('sources.logout', { source: 'far' }), { removed: true })
  assert.deepEqual(await at.call('sources.logout', { source: 'far' }), { removed: false })
  assert.deepEqual(await shown(), [null, null])
})
