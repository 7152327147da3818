// Plug-ins that are asked about mail on its way, over real connections: what each hook may do, for whose mail, and that mail goes on or waits, as
// the owner chose, while one loops, dies or talks nonsense, and other mail knows nothing of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineHome, type HomeOptions, routeTo } from '../../testkit/engine-home.ts'
import { until } from '../../testkit/patience.ts'
import { PluginHome, type TestPlugin, toldIn } from '../../testkit/plugin-home.ts'
import { SmtpPeer, type SmtpPeerOptions } from '../../testkit/smtp-peer.ts'
import { PluginDeliveries } from './plugin-deliveries.ts'
import { PluginFilters } from './plugin-filters.ts'
import type { PluginSet } from './plugin-set.ts'

interface Around {
  readonly home: EngineHome
  readonly peer: SmtpPeer
  readonly set: PluginSet
  /** What hooks were told, by their names: a plug-in says it to its log. */
  told(hook: string): readonly Record<string, unknown>[]
}

const PATIENT = { budget: '60s' }
const IDLE = { 'delivery.timeout_idle': 60_000 } as const
/** Mail from there is of account 1001. */
const OTHER = 'bob@other.example'
const RELAY: TestPlugin = {
  name: 'relay',
  hooks: ['from'],
  code: `from: ({ sender }) => sender === '${OTHER}' ? { action: 'relay', account: 1001 } : null`,
  entry: PATIENT,
}

interface More extends Omit<HomeOptions, 'settings'> {
  readonly peer?: SmtpPeerOptions
}

async function withPlugins(
  list: readonly TestPlugin[],
  run: (around: Around) => Promise<void>,
  { peer: on, ...more }: More = {},
): Promise<void> {
  await using plugins = new PluginHome()
  for (const plugin of [...list, RELAY]) plugins.add(plugin)
  const set = await plugins.run()
  assert.deepEqual(set.alerts(), [])
  await using peer = await SmtpPeer.start(on)
  const runners = () => set.runners
  const asked = { filters: [new PluginFilters(runners)], deliveryFilters: new PluginDeliveries(runners) }
  await using home = await EngineHome.start({
    ...asked,
    ...more,
    config: { ...IDLE, ...more.config },
    settings: { routes: [routeTo(peer.port)] },
  })
  const told: Around['told'] = (hook) => toldIn(plugins.lines.join('\n'), hook)
  await run({ home, peer, set, told })
}

/** In JavaScript: says what it was told. */
const say = (hook: string): string => `log.info('${hook} ' + JSON.stringify(event))`

test('domainStart is told of a domain once while there is mail, and has it deferred, failed or sent by other rules', async () => {
  const code = `domainStart: (event, { log }) => {
    ${say('domainStart')}
    if (event.domain === 'later.test') return { action: 'defer', wait: 7_200_000, text: 'not\\r\\ntoday' }
    if (event.domain === 'never.test') return { action: 'fail', text: 'no customer of ours' }
    if (event.domain === 'slow.test') return { action: 'continue', rule: { ...event.rule, messages_per_connection: 1, connections: 1 } } }`
  await withPlugins([{ name: 'steer', hooks: ['domainStart'], code, entry: PATIENT }], async ({ home, peer, told }) => {
    for (let n = 1; n <= 3; n++) {
      await home.submit({ to: ['a@plain.test'] })
      await home.waitFor('delivered', n)
    }
    assert.equal(peer.connections, 1)
    await Promise.all([1, 2, 3].map((n) => home.submit({ to: [`a${n}@slow.test`] })))
    await home.waitFor('delivered', 6)
    assert.equal(peer.connections, 4)
    await home.submit({ to: ['a@later.test'] })
    await home.submit({ to: ['a@never.test', 'b@never.test'] })
    const [deferred] = await home.waitFor('deferred')
    assert.match(deferred?.reason ?? '', /^Plug-in steer puts it off: not today$/)
    assert.ok(Math.abs((deferred?.nextAttempt ?? 0) - (deferred?.at ?? 0) - 7_200_000) < 800_000)
    const failed = await home.waitFor('failed', 2)
    assert.deepEqual([failed[0]?.reason, failed[0]?.failureCode], ['Plug-in steer refuses it: no customer of ours', 1999])
    const plain = told('domainStart').filter(({ domain }) => domain === 'plain.test')
    assert.equal(plain.length, 1)
    const [{ account, site, hosts, message, rule } = {}] = plain
    assert.deepEqual([account, site, hosts, typeof message], [1000, `smtp://127.0.0.1:${peer.port}`, ['127.0.0.1'], 'string'])
    assert.deepEqual([(rule as { tls: unknown }).tls, 'window' in (rule as object)], ['may', false])
  })
})

test('mxStart is told of the first and further connections, changes what holds for them, and speaks for its domain alone', async () => {
  const code = `mxStart: (event, { log }) => {
    ${say('mxStart')}
    if (event.domain === 'later.test') return { action: 'defer', text: 'busy' }
    if (event.domain === 'never.test') return { action: 'fail' }
    if (event.domain === 'one.test') return { action: 'continue', rule: { messages_per_connection: 1, timeout_final: 90_000 } } }`
  await withPlugins([{ name: 'steer', hooks: ['mxStart'], code, entry: PATIENT }], async ({ home, peer, told }) => {
    for (let n = 1; n <= 2; n++) {
      await home.submit({ to: ['a@one.test'] })
      await home.waitFor('delivered', n)
      await peer.until(() => peer.open === 0)
    }
    assert.equal(peer.connections, 2)
    const to = ['a@later.test', 'a@never.test', 'a@good.test', 'b@never.test']
    await Promise.all(to.map((one) => home.submit({ to: [one] })))
    await home.waitFor('delivered', 3)
    const failed = await home.waitFor('failed', 2)
    assert.match(failed[0]?.reason ?? '', /^Plug-in steer refuses it: it gave no reason\.$/)
    const [deferred] = await home.waitFor('deferred')
    assert.deepEqual([deferred?.domain, deferred?.reason], ['later.test', 'Plug-in steer puts it off: busy'])
    // What was said holds for mail that comes later, too.
    const asked = told('mxStart').filter(({ domain }) => domain === 'never.test').length
    await home.submit({ to: ['c@never.test'] })
    await home.waitFor('failed', 3)
    assert.equal(told('mxStart').filter(({ domain }) => domain === 'never.test').length, asked)
    const [first] = told('mxStart')
    assert.deepEqual([first?.['host'], first?.['address'], first?.['port'], first?.['open']], ['127.0.0.1', '127.0.0.1', peer.port, 0])
  })
})

test('deferring makes a failure of a deferral; what was delivered beside it does not wait for the answer', async () => {
  const code = `deferring: async (event, { log }) => {
    ${say('deferring')}
    if (event.recipient.startsWith('late')) await new Promise((resolve) => setTimeout(resolve, 600))
    return event.recipient.startsWith('wait') ? undefined : { action: 'fail', text: 'he is gone' } }`
  const rcpt = (line: string): string | undefined => (/<(?:wait|late|gone)@/.test(line) ? '450 4.2.2 mailbox full' : undefined)
  await withPlugins(
    [{ name: 'strict', hooks: ['deferring'], code, entry: PATIENT }],
    async ({ home, told }) => {
      await home.submit({ to: ['good@x.test', 'wait@x.test', 'late@x.test', 'gone@x.test'] })
      await home.waitFor('delivered')
      const failed = await home.waitFor('failed', 2)
      for (const { reason, failureCode, reply } of failed)
        assert.deepEqual([reason, failureCode, reply?.code], ['Plug-in strict gave it up: he is gone', 3001, 450])
      const [deferred] = await home.waitFor('deferred')
      assert.equal(deferred?.recipient, 'wait@x.test')
      const kinds = (await home.events()).map(({ kind }) => kind)
      assert.ok(kinds.indexOf('delivered') < kinds.indexOf('failed'))
      assert.deepEqual(
        told('deferring').map(({ recipient, attempt }) => [recipient, attempt]),
        [
          ['wait@x.test', 1],
          ['late@x.test', 1],
          ['gone@x.test', 1],
        ],
      )
    },
    { peer: { on: { rcpt } }, config: { ...IDLE, 'delivery.retry_first': 3_600_000, 'delivery.retry_longest': 3_600_000 } },
  )
})

test('mail of accounts that a plug-in is not switched on for is not asked about, and shares no connection with what is', async () => {
  const code = `domainStart: (event, { log }) => { ${say('domainStart')} },
    mxStart: (event, { log }) => { ${say('mxStart')}; return { action: 'continue', rule: { messages_per_connection: 1 } } }`
  const list = [{ name: 'own', hooks: ['domainStart', 'mxStart'], code, entry: { ...PATIENT, accounts: [1001] } }]
  await withPlugins(list, async ({ home, peer, told }) => {
    for (let n = 1; n <= 2; n++) {
      await home.submit({ to: ['a@x.test'] })
      await home.waitFor('delivered', 2 * n - 1)
      await home.submit({ to: ['a@x.test'], sender: OTHER })
      await home.waitFor('delivered', 2 * n)
    }
    assert.equal(peer.connections, 3)
    assert.deepEqual(
      [...told('domainStart'), ...told('mxStart')].map(({ account }) => account),
      [1001, 1001, 1001],
    )
  })
})

test('several are asked in their order, each sees what those before it changed, and the first that does not want it is heeded', async () => {
  const list = ['first', 'second', 'third'].map((name, i): TestPlugin => {
    const rule = `{ ...event.rule, messages_per_connection: event.rule.messages_per_connection + ${10 ** i} }`
    const refusal = name === 'second' ? "if (event.domain === 'never.test') return { action: 'fail' };" : ''
    const code = `domainStart: (event, { log }) => { ${say('domainStart')}; ${refusal} return { action: 'continue', rule: ${rule} } }`
    return { name, hooks: ['domainStart'], code, entry: PATIENT }
  })
  await withPlugins(list, async ({ home, told }) => {
    await home.submit({ to: ['a@never.test'] })
    const [failed] = await home.waitFor('failed')
    assert.match(failed?.reason ?? '', /^Plug-in second refuses it/)
    // The bounce of it goes elsewhere.
    const about = (domain: string) => told('domainStart').filter((event) => event['domain'] === domain)
    assert.equal(about('never.test').length, 2)
    await home.submit({ to: ['a@x.test'] })
    await until(() => about('x.test').length === 3)
    const seen = about('x.test').map(({ rule }) => (rule as { messages_per_connection: number }).messages_per_connection)
    const usual = seen[0] ?? 0
    assert.deepEqual(seen, [usual, usual + 1, usual + 11])
  })
})

const HOOKS = ['domainStart', 'mxStart', 'deferring']
for (const [what, hook, budget] of [
  ['throws', "() => { throw new Error('oh') }", '60s'],
  ['loops', '() => { for (;;); }', '400ms'],
  ['never answers', '() => new Promise(() => {})', '400ms'],
  ['ends itself', '() => process.exit(0)', '60s'],
  ['eats memory', '() => { for (const kept = []; ; ) kept.push(Buffer.alloc(4 << 20, 1)) }', '60s'],
  ['answers nonsense', "() => ({ action: 'continue', rule: { messages_per_connection: 'many' } })", '60s'],
  ['answers what it may not', "() => ({ action: 'relay', account: 1 })", '60s'],
  ['answers a number', '() => 42', '60s'],
] as const)
  test(`mail goes on or waits, as the owner chose, where a plug-in ${what}; other mail knows nothing of it`, async () => {
    const code = HOOKS.map((name) => `${name}: ${hook}`).join()
    const bad = (onFailure: string): TestPlugin => ({
      name: 'bad',
      hooks: HOOKS,
      code,
      entry: { budget, on_failure: onFailure, accounts: [1001] },
    })
    const rcpt = (line: string): string | undefined => (line.includes('<busy') ? '450 4.2.1 busy' : undefined)
    const peer = { on: { rcpt } }
    const config = { ...IDLE, 'delivery.retry_first': 3_600_000, 'delivery.retry_longest': 3_600_000 }
    await withPlugins(
      [bad('continue')],
      async ({ home, set }) => {
        await home.submit({ to: ['a@x.test', 'busy@x.test'], sender: OTHER })
        await home.submit({ to: ['b@x.test'] })
        await home.waitFor('delivered', 2)
        const [deferred] = await home.waitFor('deferred')
        assert.equal(deferred?.recipient, 'busy@x.test')
        assert.ok((set.runners[0]?.counts.failed ?? 0) > 0)
      },
      { peer, config },
    )
    await withPlugins(
      [bad('defer')],
      async ({ home }) => {
        await home.submit({ to: ['a@x.test'], sender: OTHER })
        await home.submit({ to: ['b@x.test'] })
        const [delivered] = await home.waitFor('delivered')
        assert.equal(delivered?.account, 1000)
        const [deferred] = await home.waitFor('deferred')
        assert.deepEqual([deferred?.account, deferred?.reason], [1001, 'Plug-in bad has no answer, and its mail waits for one.'])
      },
      { peer, config },
    )
  })
