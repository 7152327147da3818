// Plug-ins in real sessions: every hook of a session with what it may do, accounts that it is switched on for, and mail that goes on, or
// waits, as the owner chose, while a plug-in loops, dies or talks nonsense.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../base/brand.ts'
import { CLIENT, EngineHome, type HomeOptions, routeTo } from '../../testkit/engine-home.ts'
import { type Dialog, withListener } from '../../testkit/listener-kit.ts'
import { until } from '../../testkit/patience.ts'
import { PluginHome, type TestPlugin, toldIn } from '../../testkit/plugin-home.ts'
import { SmtpPeer } from '../../testkit/smtp-peer.ts'
import { PluginFilters } from './plugin-filters.ts'
import type { PluginSet } from './plugin-set.ts'

interface Around {
  readonly home: EngineHome
  readonly peer: SmtpPeer
  readonly set: PluginSet
  readonly plugins: PluginHome
  readonly client: () => Promise<Dialog>
}

const PATIENT = { budget: '60s' }

async function withPlugins(list: readonly TestPlugin[], run: (around: Around) => Promise<void>, more: HomeOptions = {}): Promise<void> {
  await using plugins = new PluginHome()
  for (const plugin of list) plugins.add(plugin)
  const set = await plugins.run()
  assert.deepEqual(set.alerts(), [])
  await using peer = await SmtpPeer.start()
  const filters = [new PluginFilters(() => set.runners)]
  await using home = await EngineHome.start({ filters, ...more, settings: { routes: [routeTo(peer.port)], ...more.settings } })
  await withListener({ handlerFor: () => home.engine.handlerFor() }, ({ client }) => run({ home, peer, set, plugins, client }))
}

async function greeted(client: Around['client']): Promise<Dialog> {
  const dialog = await client()
  assert.match((await dialog.reply()) ?? '', /^220 /)
  assert.match((await dialog.ask('EHLO c.example')) ?? '', /^250/)
  return dialog
}

const MESSAGE = 'From: a@example.test\r\nSubject: hello\r\n\r\nhello\r\n.. a dot'

test('every hook of a session is told in its order', async () => {
  const hooks = ['connect', 'from', 'recipient', 'data', 'received', 'complete', 'reset', 'closed']
  const code = hooks.map((hook) => `${hook}: (event, { log }) => { log.info('${hook} ' + JSON.stringify(event)) }`).join()
  await withPlugins([{ name: 'all', hooks, code, entry: PATIENT }], async ({ client, peer, plugins }) => {
    const dialog = await greeted(client)
    await dialog.ask('MAIL FROM:<x@example.test>')
    await dialog.ask('RSET')
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0/)
    await dialog.ask('QUIT')
    await peer.waitForMessages(1)
    const told = (): { hook: string; event: Record<string, unknown> }[] =>
      plugins.lines.flatMap((line) => {
        const { message, text } = JSON.parse(line) as { message: string; text: string }
        const space = message === 'A plug-in says:' ? text.indexOf(' ') : -1
        return space < 0 ? [] : [{ hook: text.slice(0, space), event: JSON.parse(text.slice(space)) as Record<string, unknown> }]
      })
    await until(() => told().length === 9)
    assert.deepEqual(
      told().map(({ hook }) => hook),
      ['connect', 'from', 'reset', 'from', 'recipient', 'data', 'received', 'complete', 'closed'],
    )
    const received = told()[6]?.event
    assert.deepEqual(received?.['header'], [
      { name: 'From', value: 'a@example.test' },
      { name: 'Subject', value: 'hello' },
    ])
    assert.deepEqual(received?.['recipients'], ['b@example.test'])
    assert.equal(received?.['account'], 1000)
    assert.match(JSON.stringify(received?.['client']), /"helo":"c\.example"/)
    assert.equal(told()[4]?.event['recipient'], 'b@example.test')
  })
})

test('each hook may refuse, put off, disconnect, or say it in other words', async () => {
  const code = `connect: () => ({ action: 'continue', text: 'welcome ESMTP' }),
    from: ({ sender }) => sender.startsWith('bad') ? { action: 'refuse', code: 553, enhanced: '5.1.8', text: 'not\\r\\nyou \\u00fc' } : { action: 'continue', text: 'nice' },
    recipient: ({ recipient }) => recipient.startsWith('later') ? { action: 'defer' } : recipient.startsWith('gone') ? { action: 'disconnect' } : undefined,
    data: async ({ client }) => client.helo === 'no.data' ? { action: 'disconnect', text: 'bye' } : null,
    complete: ({ message }) => ({ action: 'continue', text: 'kept as ' + message })`
  const hooks = ['connect', 'from', 'recipient', 'data', 'complete']
  await withPlugins([{ name: 'steps', hooks, code, entry: PATIENT }], async ({ client, peer }) => {
    const dialog = await client()
    assert.equal(await dialog.reply(), '220 welcome ESMTP\r\n')
    await dialog.ask('EHLO c.example')
    assert.equal(await dialog.ask('MAIL FROM:<bad@example.test>'), '553 5.1.8 not you\r\n')
    assert.equal(await dialog.ask('MAIL FROM:<a@example.test>'), '250 2.1.0 nice\r\n')
    assert.equal(await dialog.ask('RCPT TO:<later@example.test>'), '451 4.7.1 Deferred by steps. Try again later.\r\n')
    assert.match((await dialog.ask('RCPT TO:<b@example.test>')) ?? '', /^250 /)
    await dialog.ask('DATA')
    dialog.say(`${MESSAGE}\r\n.\r\n`)
    assert.match((await dialog.reply()) ?? '', /^250 2\.6\.0 kept as \S+\r\n$/)
    await peer.waitForMessages(1)
    await dialog.ask('EHLO no.data')
    await dialog.ask('MAIL FROM:<a@example.test>')
    await dialog.ask('RCPT TO:<b@example.test>')
    assert.equal(await dialog.ask('DATA'), '421 4.7.0 bye\r\n')
    const other = await client()
    await other.reply()
    await other.ask('EHLO c.example')
    await other.ask('MAIL FROM:<a@example.test>')
    assert.equal(await other.ask('RCPT TO:<gone@example.test>'), undefined)
  })
})

test('a message is changed by several in their order, its body read and replaced', async () => {
  const first = `received: async (event) => ({ action: 'accept', changes: {
      header: [{ kind: 'add', name: 'X-Size', value: String((await event.wholeBody()).length) }], sender: 'new@example.test', addRecipients: ['c@example.test'] } })`
  const second = `received: async (event) => {
      let text = ''
      for await (const piece of event.body()) text += Buffer.from(piece).toString('latin1')
      const size = event.header.find(({ name }) => name === 'X-Size').value
      return { action: 'accept', changes: { body: Buffer.from(text + '-- \\nread ' + size + '\\n'), removeRecipients: [event.recipients[0]] } } }`
  const list = [
    { name: 'first', hooks: ['received'], code: first, entry: PATIENT },
    { name: 'second', hooks: ['received'], code: second, entry: PATIENT },
  ]
  await withPlugins(list, async ({ client, peer }) => {
    const dialog = await greeted(client)
    const filling = `${'0123456789'.repeat(7)}\r\n`.repeat(10_000)
    for (const text of [MESSAGE, `${MESSAGE}\r\n${filling}end`]) {
      assert.match((await dialog.send(text)) ?? '', /^250 2\.6\.0/)
      await peer.until(() => peer.messages.length > 0)
      const [message] = peer.messages.splice(0)
      assert.equal(message?.sender, 'new@example.test')
      assert.deepEqual(message.recipients, ['c@example.test'])
      const body = `${text.slice(text.indexOf('\r\n\r\n') + 4).replace('..', '.')}\r\n`
      const data = message.data.toString('latin1')
      assert.ok(data.endsWith(`X-Size: ${body.length}\r\n\r\n${body}-- \r\nread ${body.length}\r\n`), data.slice(0, 500) + data.slice(-100))
    }
  })
})

test('text in front of the first empty line is text: plug-ins read it, and it stays where one changes a field', async () => {
  const reads = `received: async (event, { log }) => {
      const text = Buffer.from(await event.wholeBody()).toString('latin1')
      log.info('read ' + JSON.stringify({ size: event.size, header: event.header.length, body: text.length, begin: text.slice(0, 40) })) }`
  const changes = `received: () => ({ action: 'accept', changes: { header: [{ kind: 'add', name: 'X-Changed', value: 'yes' }] } })`
  const [reader, changer] = [
    { name: 'reader', hooks: ['received'], code: reads, entry: PATIENT },
    { name: 'changer', hooks: ['received'], code: changes, entry: PATIENT },
  ]
  const fields = 'From: a@example.test\r\nSubject: hidden\r\n'
  for (const list of [[reader], [reader, changer]])
    await withPlugins(list, async ({ client, peer, plugins }) => {
      const dialog = await greeted(client)
      const read = (): readonly Record<string, unknown>[] => toldIn(plugins.lines.join('\n'), 'read')
      for (const lines of [10, 5000]) {
        const text = `no field of a header\r\nnor this\r\n\r\n${`${'0123456789'.repeat(7)}\r\n`.repeat(lines)}the end\r\n`
        const told = read().length
        assert.match((await dialog.send(`${fields}${text.slice(0, -2)}`)) ?? '', /^250 2\.6\.0/)
        await until(() => read().length > told)
        const seen = { size: fields.length + 2 + text.length, header: 2, body: text.length, begin: text.slice(0, 40) }
        assert.deepEqual(read().at(-1), seen)
        await peer.until(() => peer.messages.length > 0)
        const [message] = peer.messages.splice(0)
        const data = message?.data.toString('latin1') ?? ''
        const added = list.length > 1 ? 'X-Changed: yes\r\n' : ''
        assert.ok(data.endsWith(`${fields}${added}\r\n${text}`), data.slice(0, 800))
      }
    })
})

test('a message is accepted, refused, put off, ignored or held', async () => {
  const code = `received: ({ header }) => JSON.parse(header.find(({ name }) => name === 'Subject').value)`
  await withPlugins([{ name: 'judge', hooks: ['received'], code, entry: PATIENT }], async ({ client, peer, home }) => {
    const dialog = await greeted(client)
    const send = (answer: object): Promise<string | undefined> => dialog.send(`Subject: ${JSON.stringify(answer)}\r\n\r\nhello`)
    assert.equal(await send({ action: 'refuse', text: 'spam' }), '550 5.7.1 spam\r\n')
    assert.equal(await send({ action: 'defer', text: 'later' }), '451 4.7.1 later\r\n')
    assert.match((await send({ action: 'ignore' })) ?? '', /^250 2\.6\.0 Message received/)
    assert.match((await send({ action: 'hold', reason: 'odd' })) ?? '', /^250 2\.6\.0 Message received/)
    const [held] = await home.waitFor('held')
    assert.deepEqual([held?.by, held?.reason], ['plugin judge', 'odd'])
    assert.match((await send({ action: 'accept' })) ?? '', /^250 2\.6\.0/)
    assert.equal((await peer.waitForMessages(1)).length, 1)
    assert.equal(await send({ action: 'disconnect' }), undefined)
  })
})

test('it may say whose mail it is, and is asked for the accounts that it is switched on for', async () => {
  const relay = {
    name: 'relay',
    hooks: ['from'],
    code: "from: ({ client }) => client.helo === 'c.example' ? { action: 'relay', account: 1001 } : null",
  }
  const marking = (name: string, account: number) => ({
    name,
    hooks: ['received'],
    code: `received: () => ({ action: 'accept', changes: { header: [{ kind: 'add', name: 'X-${name}', value: 'yes' }] } })`,
    entry: { ...PATIENT, accounts: [account] },
  })
  const list = [{ ...relay, entry: PATIENT }, marking('a', 1001), marking('b', 1002)]
  await withPlugins(
    list,
    async ({ client, peer, home }) => {
      const dialog = await greeted(client)
      assert.match((await dialog.send(MESSAGE)) ?? '', /^250 /)
      const [message] = await peer.waitForMessages(1)
      assert.match(message?.data.toString() ?? '', /X-a: yes/)
      assert.doesNotMatch(message?.data.toString() ?? '', /X-b: yes/)
      assert.equal((await home.waitFor('accepted'))[0]?.account, 1001)
      await dialog.ask('EHLO other.example')
      await dialog.ask('MAIL FROM:<a@example.test>')
      assert.match((await dialog.ask('RCPT TO:<b@example.test>')) ?? '', /^550 5\.7\.1 Relaying denied/)
    },
    { settings: { relays: [] } },
  )
})

test('mail of an account that it is not switched on for waits for nothing, and is not kept for it', async () => {
  await using plugins = new PluginHome()
  const hooks = ['connect', 'from', 'recipient', 'data', 'received', 'complete']
  plugins.add({ name: 'one', hooks, code: hooks.map((hook) => `${hook}: () => null`).join(), entry: { ...PATIENT, accounts: [1001] } })
  const set = await plugins.run()
  const [filter] = new PluginFilters(() => set.runners).begin(CLIENT)
  const [sender, id] = [{ address: 'a@example.test', local: 'a', domain: 'example.test' as Domain }, '0000000000000000' as MessageId]
  const mail = { sender, size: null, body: '8BITMIME', utf8: false, returnContent: null, envelopeId: null } as const
  const steps = (account: number): readonly unknown[] => [
    filter?.mail?.(mail, CLIENT, account as AccountId),
    filter?.data?.(CLIENT, id),
    filter?.complete?.(id, CLIENT),
    filter?.wantsMessage?.(account as AccountId),
  ]
  assert.deepEqual([filter?.connected?.(CLIENT), ...steps(1002)], [null, null, null, null, false])
  assert.equal(set.runners[0]?.counts.calls, 0)
  assert.deepEqual(await Promise.all(steps(1001)), [null, null, null, true])
  assert.equal(set.runners[0].counts.calls, 3)
})

for (const [what, code, budget] of [
  ['throws', "received: () => { throw new Error('oh') }", '60s'],
  ['loops', 'received: () => { for (;;); }', '400ms'],
  ['never answers', 'received: () => new Promise(() => {})', '400ms'],
  ['ends itself', 'received: () => process.exit(0)', '60s'],
  ['eats memory', 'received: () => { for (const kept = []; ; ) kept.push(Buffer.alloc(4 << 20, 1)) }', '60s'],
  ['answers nonsense', "received: () => ({ action: 'accept', changes: { header: [{ kind: 'add', name: 'a b', value: 1 }] } })", '60s'],
  ['answers what cannot be told', 'received: () => ({ action: 10n })', '60s'],
  ['answers a number', 'received: () => 42', '60s'],
] as const)
  test(`mail goes on or is put off, as the owner chose, where a plug-in ${what}`, async () => {
    const bad = (name: string, onFailure: string, account: number): TestPlugin => ({
      name,
      hooks: ['received'],
      code,
      entry: { budget, on_failure: onFailure, accounts: [account] },
    })
    await withPlugins([bad('goes', 'continue', 1000)], async ({ client, peer, set }) => {
      const dialog = await greeted(client)
      for (let n = 1; n <= 2; n++) {
        assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0/)
        await peer.waitForMessages(n)
      }
      assert.ok((set.runners[0]?.counts.failed ?? 0) > 0)
    })
    await withPlugins([bad('waits', 'defer', 1000)], async ({ client, peer }) => {
      const dialog = await greeted(client)
      assert.equal(await dialog.send(MESSAGE), '451 4.3.0 A filter of this server failed. Try again later.\r\n')
      assert.equal(peer.messages.length, 0)
    })
  })
