// Filters over real sockets and a real spool: each step of a session, everything that may be done to a message, several of them in their
// order, and what comes whole by a call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { TokenKey } from '../../contract/settings.ts'
import { NO_TRACKING } from '../../contract/tracking.ts'
import { reply } from '../../smtp/reply.ts'
import { parseMailbox } from '../../smtp/address.ts'
import { ACCOUNT, EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { type Dialog, withListener } from '../../../testkit/listener-kit.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { FilteredMessage, MessageAnswer, SessionFilter, SessionFilters } from '../ports/filters.ts'

function looking(filter: SessionFilter): SessionFilters {
  return { isActive: true, begin: () => filter }
}

function judging(received: (message: FilteredMessage) => MessageAnswer | Promise<MessageAnswer>): SessionFilters {
  return looking({ received: async (message) => received(message) })
}

interface Around {
  readonly home: EngineHome
  readonly peer: SmtpPeer
  readonly client: (from?: string) => Promise<Dialog>
}

async function withFilters(
  filters: readonly SessionFilters[],
  run: (around: Around) => Promise<void>,
  more: HomeOptions = {},
): Promise<void> {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ filters, ...more, settings: { routes: [routeTo(peer.port)], ...more.settings } })
  await withListener({ handlerFor: () => home.engine.handlerFor() }, ({ client }) => run({ home, peer, client }))
}

async function greeted(client: Around['client']): Promise<Dialog> {
  const dialog = await client()
  assert.match((await dialog.reply()) ?? '', /^220 /)
  assert.match((await dialog.ask('EHLO c.example')) ?? '', /^250/)
  return dialog
}

const MESSAGE = 'From: a@example.test\r\nSubject: hello\r\n\r\nhello\r\n.. a dot'

async function bodyOf(message: FilteredMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of message.body()) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString('latin1')
}

test('a filter is told each step in its order, and what ended a transaction', async () => {
  const told: string[] = []
  const filter: SessionFilter = {
    connected: ({ address }) => (told.push(`connected ${address}`), null),
    hello: ({ helo }) => (told.push(`hello ${helo}`), null),
    mail: ({ sender }, _client, account) => (told.push(`mail ${sender?.address} ${account}`), null),
    recipient: async ({ recipient }) => (told.push(`recipient ${recipient.address}`), null),
    data: () => (told.push('data'), null),
    received: async (message) => {
      told.push(`received ${message.sender} ${message.recipients.join()} ${message.size} ${await bodyOf(message)}`)
      return null
    },
    complete: () => (told.push('complete'), null),
    reset: () => told.push('reset'),
    closed: () => told.push('closed'),
  }
  await withFilters([looking(filter)], async ({ client, peer }) => {
    const dialog = await greeted(client)
    await dialog.ask('MAIL FROM:<x@example.test>')
    await dialog.ask('RSET')
    await dialog.ask('RSET')
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0 Message received/)
    await dialog.ask('QUIT')
    await peer.waitForMessages(1)
    const size = Buffer.byteLength('From: a@example.test\r\nSubject: hello\r\n\r\nhello\r\n. a dot\r\n')
    assert.deepEqual(told, [
      'connected 127.0.0.1',
      'hello c.example',
      'mail x@example.test 1000',
      'reset',
      'mail a@example.test 1000',
      'recipient b@example.test',
      'data',
      `received a@example.test b@example.test ${size} hello\r\n. a dot\r\n`,
      'complete',
      'closed',
    ])
  })
})

test('each step may refuse, in words of its own, disconnect, or go on in other words', async () => {
  const no = (code: number, words: string) => ({ kind: 'refuse', reply: reply(code, `${Math.floor(code / 100)}.7.1`, words) }) as const
  const filter: SessionFilter = {
    connected: () => ({ kind: 'words', reply: reply(220, null, 'welcome ESMTP') }),
    hello: async ({ helo }) => (helo === 'bad.example' ? no(550, 'not that name') : null),
    mail: ({ sender }) => (sender?.local === 'bad' ? no(451, 'not now') : { kind: 'words', reply: reply(250, '2.1.0', 'nice') }),
    recipient: async ({ recipient }) => {
      if (recipient.local === 'gone') return { kind: 'disconnect' }
      return recipient.local === 'bad' ? no(550, 'not him') : null
    },
    data: ({ helo }) => (helo === 'no.data' ? no(554, 'no data') : null),
    complete: (id) => ({ kind: 'words', reply: reply(250, '2.0.0', `kept as ${id}`) }),
  }
  await withFilters([looking(filter)], async ({ client, peer, home }) => {
    const dialog = await client()
    assert.equal(await dialog.reply(), '220 welcome ESMTP\r\n')
    assert.equal(await dialog.ask('EHLO bad.example'), '550 5.7.1 not that name\r\n')
    assert.match((await dialog.ask('MAIL FROM:<a@example.test>')) ?? '', /^503 /)
    await dialog.ask('EHLO no.data')
    assert.equal(await dialog.ask('MAIL FROM:<bad@example.test>'), '451 4.7.1 not now\r\n')
    assert.equal(await dialog.ask('MAIL FROM:<a@example.test>'), '250 2.1.0 nice\r\n')
    assert.equal(await dialog.ask('RCPT TO:<bad@example.test>'), '550 5.7.1 not him\r\n')
    await dialog.ask('RCPT TO:<b@example.test>')
    assert.equal(await dialog.ask('DATA'), '554 5.7.1 no data\r\n')
    await dialog.ask('EHLO c.example')
    await dialog.ask('MAIL FROM:<a@example.test>')
    await dialog.ask('RCPT TO:<bad@example.test>')
    await dialog.ask('RCPT TO:<b@example.test>')
    await dialog.ask('DATA')
    dialog.say(`${MESSAGE}\r\n.\r\n`)
    assert.match((await dialog.reply()) ?? '', /^250 2\.0\.0 kept as \S+\r\n$/)
    const [message] = await peer.waitForMessages(1)
    assert.deepEqual(message?.recipients, ['b@example.test'])
    await home.untilQueued(0)
    await dialog.ask('MAIL FROM:<a@example.test>')
    assert.equal(await dialog.ask('RCPT TO:<gone@example.test>'), undefined)
    assert.equal(home.engine.status().queued, 0)
  })
})

test('a connection may be refused before its greeting, after a while too', async () => {
  const refuse = { kind: 'refuse', reply: reply(554, '5.7.1', 'go away') } as const
  const filter: SessionFilter = { connected: async () => refuse }
  await withFilters([looking(filter)], async ({ client }) => {
    const dialog = await client()
    dialog.say('EHLO early.example\r\n')
    assert.equal(await dialog.reply(), '554 5.7.1 go away\r\n')
    assert.equal(await dialog.reply(), undefined)
  })
})

for (const [size, filling] of [
  ['small', ''],
  ['large', `${'0123456789'.repeat(7)}\r\n`.repeat(10_000)],
] as const)
  test(`header, body, sender, recipients and account of a ${size} message are changed before it is stored`, async () => {
    const seen: string[] = []
    const first = judging(() => ({
      kind: 'accept',
      changes: {
        header: [
          { kind: 'insert', at: 0, name: 'X-First', value: 'yes' },
          { kind: 'change', name: 'subject', nth: 1, value: 'changed' },
        ],
        sender: 'other@sender.example',
        addRecipients: ['new@example.test', 'b@example.test'],
        account: 1001 as AccountId,
      },
    }))
    const second = judging(async (message) => {
      const body = await bodyOf(message)
      seen.push(`${message.account} ${message.sender} ${message.recipients.join()} ${/X-First: yes/.test(message.header.text)}`)
      return { kind: 'accept', changes: { body: Buffer.from(`${body}-- \nthe end\n.\n`), removeRecipients: ['B@example.test'] } }
    })
    const settings = { senderDomains: new Map() }
    await withFilters(
      [first, second],
      async ({ client, peer, home }) => {
        const dialog = await greeted(client)
        assert.match((await dialog.send(`${MESSAGE}\r\n${filling}end`)) ?? '', /^250 /)
        const [message] = await peer.waitForMessages(1)
        assert.deepEqual(seen, ['1001 other@sender.example b@example.test,new@example.test true'])
        assert.equal(message?.sender, 'other@sender.example')
        assert.deepEqual(message.recipients, ['new@example.test'])
        const text = message.data.toString('latin1')
        assert.match(text, /\r\nX-First: yes\r\nFrom: a@example\.test\r\nsubject: changed\r\n/)
        assert.ok(text.endsWith(`\r\n\r\nhello\r\n. a dot\r\n${filling}end\r\n-- \r\nthe end\r\n.\r\n`), text.slice(-200))
        const [accepted] = await home.waitFor('accepted')
        assert.equal(accepted?.account, 1001)
        await home.untilQueued(0)
      },
      { settings },
    )
  })

test('a message is refused, put off, ignored or cut off, and nothing is kept of it', async () => {
  const kinds: MessageAnswer[] = [
    { kind: 'refuse', reply: reply(550, '5.7.1', 'spam') },
    { kind: 'refuse', reply: reply(451, '4.7.1', 'later') },
    { kind: 'ignore' },
    { kind: 'accept', changes: { removeRecipients: ['b@example.test'] } },
    { kind: 'accept', changes: { addRecipients: ['no address'] } },
    { kind: 'accept', changes: { account: 4711 as AccountId } },
    { kind: 'accept', changes: { header: [{ kind: 'add', name: 'no:name', value: '' }] } },
    { kind: 'disconnect' },
  ]
  const ended: string[] = []
  const filter: SessionFilter = {
    received: async () => kinds.shift() ?? null,
    complete: () => (ended.push('complete'), null),
    reset: () => ended.push('reset'),
  }
  await withFilters([looking(filter)], async ({ client, peer, home }) => {
    const dialog = await greeted(client)
    assert.equal(await dialog.send(MESSAGE), '550 5.7.1 spam\r\n')
    assert.equal(await dialog.send(MESSAGE), '451 4.7.1 later\r\n')
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0 Message received/)
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0 Message received/)
    for (let n = 0; n < 3; n++) assert.match((await dialog.send(MESSAGE)) ?? '', /^451 4\.3\.0 A filter/)
    assert.equal(await dialog.send(MESSAGE), undefined)
    assert.equal(peer.messages.length, 0)
    assert.equal(home.engine.status().queued, 0)
    assert.deepEqual(await home.events(), [])
    assert.deepEqual(new Set(ended), new Set(['reset']))
  })
})

test('a message that is held from the start never leaves before somebody releases it', async () => {
  const filter = judging(() => ({ kind: 'hold', reason: 'It looks like spam.', by: 'scanner' }))
  await withFilters([filter], async ({ client, peer, home }) => {
    const dialog = await greeted(client)
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0 Message received/)
    const [event] = await home.waitFor('held')
    assert.deepEqual([event?.by, event?.reason, event?.attempt], ['scanner', 'It looks like spam.', 0])
    assert.equal((await home.events())[0]?.kind, 'accepted')
    const [entry] = await home.queued()
    assert.equal(entry?.recipients[0]?.state, 'held')
    assert.equal(home.engine.status().queued, 1)
    assert.equal(peer.messages.length, 0)
    await home.engine.queue.act('release', {}, { by: 'ann' })
    await peer.waitForMessages(1)
    await home.untilQueued(0)
  })
})

test('a filter may say whose mail it is: that account relays for an address that may not', async () => {
  const filter: SessionFilter = { mail: () => ({ kind: 'account', account: 1001 as AccountId }) }
  await withFilters(
    [looking(filter)],
    async ({ client, peer, home }) => {
      const dialog = await greeted(client)
      assert.match((await dialog.send(MESSAGE)) ?? '', /^250 /)
      await peer.waitForMessages(1)
      assert.equal((await home.waitFor('accepted'))[0]?.account, 1001)
    },
    { settings: { relays: [] } },
  )
})

test('what we refuse ourselves reaches no filter', async () => {
  let asked = 0
  const filter: SessionFilter = { recipient: () => (asked++, null) }
  await withFilters(
    [looking(filter)],
    async ({ client }) => {
      const dialog = await greeted(client)
      await dialog.ask('MAIL FROM:<a@example.test>')
      assert.match((await dialog.ask('RCPT TO:<b@example.test>')) ?? '', /^550 5\.7\.1 Relaying denied/)
      assert.equal(asked, 0)
    },
    { settings: { relays: [] } },
  )
})

test('where no filter is active, and for a session that none looks at, the session is the plain one', async () => {
  const idle: SessionFilters = { isActive: false, begin: () => assert.fail('nobody asked for it') }
  const other: SessionFilters = { isActive: true, begin: () => undefined }
  for (const filters of [[idle], [idle, other]])
    await withFilters(filters, async ({ client, peer }) => {
      const dialog = await greeted(client)
      assert.match((await dialog.send(MESSAGE)) ?? '', /^250 2\.6\.0/)
      await peer.waitForMessages(1)
    })
})

test('what comes whole by a call is judged and changed as well', async () => {
  const answers: MessageAnswer[] = [
    { kind: 'accept', changes: { header: [{ kind: 'add', name: 'X-Seen', value: 'yes' }] } },
    { kind: 'refuse', reply: reply(550, '5.7.1', 'spam') },
    { kind: 'disconnect' },
  ]
  const filter = judging(() => answers.shift() ?? null)
  await withFilters([filter], async ({ home, peer }) => {
    const mailbox = (text: string) => {
      const read = parseMailbox(text, false)
      assert.ok(typeof read !== 'string')
      return read
    }
    const inject = () =>
      home.engine.injector().inject({
        client: { address: '127.0.0.1', tls: null, user: null, protocol: 'HTTP' },
        sender: mailbox('a@example.test'),
        recipients: [mailbox('b@example.test')],
        octets: Buffer.from('Subject: x\n\nhello\n'),
      })
    assert.ok('id' in (await inject()))
    const [message] = await peer.waitForMessages(1)
    assert.match(message?.data.toString() ?? '', /\r\nX-Seen: yes\r\n/)
    assert.deepEqual(await inject(), { problem: { code: 'not-allowed', message: 'spam' } })
    assert.deepEqual(await inject(), { problem: { code: 'not-allowed', message: 'A filter of this server refused the message.' } })
  })
})

test('the memory of a message is given back once, whatever becomes of it: the next ones have room, and memory of their own', async () => {
  const ends: MessageAnswer[] = [
    null,
    { kind: 'refuse', reply: reply(550, '5.7.1', 'spam') },
    null,
    { kind: 'ignore' },
    { kind: 'accept', changes: { header: [{ kind: 'add', name: 'X-Seen', value: 'yes' }] } },
    { kind: 'accept', changes: { sender: 'other@sender.example' } },
    { kind: 'accept', changes: {} },
    null,
  ]
  // Two blocks of 32 KiB at a time.
  const config = { 'spool.memory': 128 * 1024 }
  await withFilters(
    [judging(() => ends.shift() ?? null)],
    async ({ client, peer }) => {
      const dialog = await greeted(client)
      for (let n = ends.length; n > 0; n--) assert.doesNotMatch((await dialog.send(MESSAGE)) ?? '', /^4/)
      await peer.waitForMessages(6)
      const both = [dialog, await greeted(client)]
      for (const [n, one] of both.entries()) {
        await one.ask('MAIL FROM:<a@example.test>')
        await one.ask('RCPT TO:<b@example.test>')
        assert.match((await one.ask('DATA')) ?? '', /^354 /)
        one.say(`From: a@example.test\r\n\r\n${String(n).repeat(70)}\r\n`)
      }
      for (const one of both) {
        one.say('.\r\n')
        assert.match((await one.reply()) ?? '', /^250 /)
      }
      const texts = (await peer.waitForMessages(8)).slice(6).map(({ data }) => data.toString('latin1').trimEnd().slice(-70))
      assert.deepEqual(texts.toSorted(), ['0'.repeat(70), '1'.repeat(70)])
    },
    { config },
  )
})

for (const looks of ['lets pass', 'never sees'] as const)
  test(`a message that a filter ${looks} and that cannot be stored has an answer, and its end is told to the filter`, async () => {
    const told: string[] = []
    const filter: SessionFilter = {
      ...(looks === 'lets pass' && { received: async () => null }),
      complete: () => (told.push('complete'), null),
      reset: () => told.push('reset'),
    }
    const account = { ...ACCOUNT, id: 1000 as AccountId, tracking: { ...NO_TRACKING, host: 'track.example.test' } }
    const settings = { accounts: new Map([[account.id, account]]), tokenKeys: [{} as TokenKey] }
    await withFilters(
      [looking(filter)],
      async ({ client, peer, home }) => {
        const dialog = await greeted(client)
        assert.match((await dialog.send(MESSAGE)) ?? '', /^451 4\.3\.0 /)
        assert.deepEqual(told, ['reset'])
        home.change({ tokenKeys: [] })
        assert.match((await dialog.send(MESSAGE)) ?? '', /^250 /)
        assert.deepEqual(told, ['reset', 'complete'])
        await peer.waitForMessages(1)
      },
      { settings },
    )
  })
