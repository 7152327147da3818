// Milters over real sockets, a real spool and real sessions: what a milter is told, what it may do at each step, several in their order, and which
// mail each of them sees.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { Milter } from '../../contract/milters.ts'
import { atEnd, delivered, greeted, milterAt, PLAIN, withMilters } from '../../../testkit/milter-house.ts'
import { pkt, u32 } from '../../../testkit/milter-packets.ts'
import { MilterPeer } from '../../../testkit/milter-peer.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'

const MESSAGE = 'From: a@example.test\r\nBcc: secret@example.test\r\nSubject: one\r\n two\r\n\r\nhello\r\n.. a dot'

test('a milter is told each step, and of the message exactly what is stored', async () => {
  await using milter = await MilterPeer.start()
  await withMilters([milterAt(milter.address)], async ({ client, peer, milters }) => {
    const dialog = await greeted(client)
    assert.match((await dialog.send(MESSAGE)) ?? '', /^250 /)
    await dialog.ask('QUIT')
    const stored = await delivered(peer)
    await until(() => milter.letters.endsWith('K'), 'the milter is told the end')
    assert.equal(milter.letters, 'CHMRTLLLLNBEK')
    assert.equal(milter.told('C')[0]?.split('\0')[0], '[127.0.0.1]')
    assert.deepEqual(
      [milter.told('H'), milter.told('M'), milter.told('R')],
      [['c.example\0'], ['<a@example.test>\0'], ['<b@example.test>\0']],
    )
    assert.doesNotMatch(stored, /Bcc/)
    assert.match(stored, /^Message-ID: <\w+@/)
    assert.equal(milter.message.replace(/Date:.*\r\n/, ''), stored.replace(/Date:.*\r\n/, ''))
    const connect = milter.macros('C')
    assert.deepEqual([connect.get('j'), connect.get('{client_addr}'), connect.get('{daemon_name}')], ['hms.test', '127.0.0.1', 'hms.test'])
    assert.deepEqual([milter.macros('M').get('{mail_addr}'), milter.macros('R').get('{rcpt_addr}')], ['a@example.test', 'b@example.test'])
    assert.match(milter.macros('E').get('i') ?? '', /^\w{16}$/)
    const [seen] = milters.seen()
    assert.deepEqual([seen?.state, seen?.counts.messages, seen?.counts.accepted, seen?.counts.changed], ['well', 1, 1, 0])
  })
})

test('a milter changes header, body and recipients, and what it signed is what is stored', async () => {
  await using milter = await MilterPeer.start(
    atEnd(
      pkt('h', 'X-Added\0last\0'),
      pkt('i', Buffer.concat([u32(0), Buffer.from('X-First\0one;\n\ttwo\0')])),
      pkt('m', Buffer.concat([u32(1), Buffer.from('Subject\0[SPAM] hello\0')])),
      pkt('+', '<c@example.test>\0'),
      pkt('-', '<b@example.test>\0'),
      pkt('e', '<other@example.test>\0'),
      pkt('b', 'new\nbody'),
    ),
  )
  await withMilters([milterAt(milter.address)], async ({ client, peer, milters }) => {
    const dialog = await greeted(client)
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
    const stored = await delivered(peer)
    assert.match(
      stored,
      /^X-First: one;\r\n\ttwo\r\nMessage-ID: .*\r\nDate: .*\r\nFrom: a@example.test\r\nSubject: \[SPAM\] hello\r\nX-Added: last\r\n\r\nnew\r\nbody/,
    )
    const [message] = peer.messages
    assert.deepEqual([message?.sender, message?.recipients], ['other@example.test', ['c@example.test']])
    assert.equal(
      milter
        .told('L')
        .join()
        .match(/Date\0([^\0]+)/)?.[1],
      /Date: (.+)\r\n/.exec(stored)?.[1],
      'the date that it saw',
    )
    assert.equal(milters.seen()[0]?.counts.changed, 1)
  })
})

test('an index counts what the milter was shown: a field that is taken out is none', async () => {
  const insert = (index: number): Buffer => pkt('i', Buffer.concat([u32(index), Buffer.from(`X-${index}\0here\0`)]))
  await using milter = await MilterPeer.start(atEnd(insert(1), insert(4), insert(99)))
  const text =
    'Message-ID: <1@x.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nBcc: x@example.test\r\nFrom: a@example.test\r\nTo: b@example.test\r\n\r\nx'
  await withMilters([milterAt(milter.address)], async ({ client, peer }) => {
    await (await greeted(client)).send(text)
    const names = (await delivered(peer))
      .split('\r\n\r\n')[0]
      ?.split('\r\n')
      .map((line) => line.split(':')[0])
    // 0 is our Received, 1 what stands before Message-ID; then X-1, Message-ID, Date stand before the fourth.
    assert.deepEqual(names, ['X-1', 'Message-ID', 'Date', 'X-4', 'From', 'To', 'X-99'])
  })
})

test('each verdict has its reply at each step', async () => {
  const words: Record<string, readonly [Buffer, RegExp]> = {
    reject: [pkt('r'), /^550 5\.7\.1/],
    tempfail: [pkt('t'), /^451 4\.7\.1/],
    words: [pkt('y', '554-5.7.9 No\r\n554 5.7.9 mail\0'), /^554-5\.7\.9 No\r\n554 5\.7\.9 mail/],
  }
  await using milter = await MilterPeer.start()
  await withMilters([milterAt(milter.address)], async ({ client, peer }) => {
    for (const [name, [packet, reply]] of Object.entries(words)) {
      const dialog = await greeted(client)
      for (const letter of 'MRTNBE') {
        milter.script = (step) => (step.letter === letter ? [packet] : undefined)
        const answers = [
          await dialog.ask('MAIL FROM:<a@example.test>'),
          await dialog.ask('RCPT TO:<b@example.test>'),
          await dialog.ask('DATA'),
        ]
        if (answers[2]?.startsWith('354') === true) answers.push(await dialog.ask(`${PLAIN}\r\n.`))
        const at = { M: 0, R: 1, T: 2 }[letter] ?? 3
        assert.match(answers[at] ?? '', reply, `${name} at ${letter}: ${answers.join()}`)
        await dialog.ask('RSET')
      }
      await dialog.ask('QUIT')
    }
    for (const [letter, reply] of [
      ['C', /^554|^550/],
      ['H', /^550/],
    ] as const) {
      milter.script = (step) => (step.letter === letter ? [pkt('r')] : undefined)
      const dialog = await client()
      const greeting = await dialog.reply()
      assert.match((letter === 'C' ? greeting : await dialog.ask('EHLO x.example')) ?? '', reply)
    }
    assert.equal(peer.messages.length, 0)
  })
})

test('mail that a milter discards is taken and dropped, that which it quarantines is held', async () => {
  await using milter = await MilterPeer.start(({ letter }) => (letter === 'R' ? [pkt('d')] : undefined))
  await withMilters([milterAt(milter.address)], async ({ client, peer, home }) => {
    const dialog = await greeted(client)
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
    assert.doesNotMatch(milter.letters, /[LNBE]/, 'it wants to know no more of it')
    milter.script = atEnd(pkt('q', 'looks odd\0'))
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
    const { recipients } = await home.engine.queue.count({ state: 'held' })
    assert.equal(recipients, 1)
    milter.script = () => undefined
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
    await peer.waitForMessages(1)
    assert.equal(peer.messages.length, 1)
  })
})

test('what a milter accepts it is not asked about any more: a message, or the session', async () => {
  await using milter = await MilterPeer.start(({ letter }) => (letter === 'M' ? [pkt('a')] : undefined))
  await withMilters([milterAt(milter.address)], async ({ client }) => {
    const dialog = await greeted(client)
    await dialog.send(PLAIN)
    milter.script = () => undefined
    await dialog.send(PLAIN)
    assert.match(milter.letters, /^CHMA?MRTL+NBE/)
    await dialog.ask('QUIT')
    milter.steps.length = 0
    milter.script = ({ letter }) => (letter === 'C' ? [pkt('a')] : undefined)
    await (await greeted(client)).send(PLAIN)
    assert.equal(milter.letters.replace('K', ''), 'C')
  })
})

test('steps that it does not want or does not answer cost no wait, and a body that it skips is not sent', async () => {
  const protocol = 0x1 | 0x2 | 0x80 | 0x40000 | 0x400
  await using milter = await MilterPeer.start(({ letter }) => (letter === 'B' ? [pkt('s')] : 'LN'.includes(letter) ? [] : undefined), {
    protocol,
  })
  await withMilters([milterAt(milter.address)], async ({ client, peer }) => {
    assert.match((await (await greeted(client)).send(`${PLAIN}${'x'.repeat(80)}\r\n`.repeat(3000))) ?? '', /^250 /)
    await peer.waitForMessages(1)
    assert.match(milter.letters, /^MRTL+NBE/)
  })
})

test('large messages reach a milter in pieces, octet for octet', async () => {
  await using milter = await MilterPeer.start(undefined, { protocol: 0x80000 })
  milter.script = ({ letter }) => (letter === 'B' ? [] : undefined)
  const lines = Array.from({ length: 12_000 }, (_, n) => `line ${n} ${'x'.repeat(60)}\r\n`).join('')
  await withMilters([milterAt(milter.address)], async ({ client, peer }) => {
    assert.match((await (await greeted(client)).send(`${PLAIN}\r\n${lines}`)) ?? '', /^250 /)
    const stored = await delivered(peer)
    assert.equal(milter.told('B').join(''), stored.slice(stored.indexOf('\r\n\r\n') + 4))
    assert.ok(milter.told('B').every(({ length }) => length <= 65_535) && milter.told('B').length > 10)
  })
})

test('several are asked in their order, each about what the ones before it made', async () => {
  await using first = await MilterPeer.start(atEnd(pkt('h', 'X-One\x001\0'), pkt('b', 'changed\r\n')))
  await using second = await MilterPeer.start()
  const wanted = [milterAt(second.address, { name: 'second', order: 2 }), milterAt(first.address, { name: 'first', order: 1 })]
  await withMilters(wanted, async ({ client, peer }) => {
    await (await greeted(client)).send(PLAIN)
    await peer.waitForMessages(1)
    assert.ok(second.told('L').some((data) => data === 'X-One\x001\0'))
    assert.deepEqual(second.told('B'), ['changed\r\n'])
  })
})

test('an owner says which mail a milter sees, and which steps', async () => {
  await using milter = await MilterPeer.start()
  const wanted = (change: Partial<Milter>): readonly Milter[] => [milterAt(milter.address, change)]
  await withMilters(wanted({ accounts: [4711 as AccountId] }), async ({ client, milters, peer }) => {
    const send = async (change: Partial<Milter>): Promise<string> => {
      milter.steps.length = 0
      milters.use(wanted(change))
      const dialog = await greeted(client)
      await dialog.send(PLAIN)
      await dialog.ask('QUIT')
      return milter.letters.replace(/[KQ]$/, '')
    }
    assert.equal(await send({ accounts: [4711 as AccountId] }), '')
    assert.match(await send({ accounts: [1000 as AccountId] }), /^CHMRTL+NBE/, 'met when it is known whose mail it is')
    assert.equal(await send({ ways: ['inbound'] }), '')
    assert.match(await send({ ways: ['submission'] }), /^CHMRT/)
    assert.equal(await send({ ports: [1] }), '')
    assert.equal(await send({ enabled: false }), '')
    assert.match(await send({ skip: ['connect', 'helo', 'body', 'header'] }), /^MRTNE/)
    await peer.waitForMessages(7)
  })
})

test('a connection is kept for the next session where libmilter hears of that, and nowhere else', async () => {
  await using milter = await MilterPeer.start()
  await withMilters([milterAt(milter.address)], async ({ client }) => {
    for (let n = 0; n < 3; n++) {
      const dialog = await greeted(client)
      await dialog.send(PLAIN)
      await dialog.ask('QUIT')
      await until(() => milter.letters.endsWith('K'), 'it is given back')
    }
    assert.equal(milter.connections, 1)
    // One that was left while it was kept costs no message.
    milter.cut()
    assert.match((await (await greeted(client)).send(PLAIN)) ?? '', /^250 /)
    assert.equal(milter.connections, 2)
  })
  // As libmilter does: after such an answer it hears of no new session.
  await using accepting = await MilterPeer.start(({ letter }) => (letter === 'E' ? [pkt('a')] : undefined))
  await withMilters([milterAt(accepting.address)], async ({ client }) => {
    for (let n = 0; n < 2; n++) {
      const dialog = await greeted(client)
      assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
      await dialog.ask('QUIT')
      await until(() => accepting.letters.endsWith('Q'), 'it is told that the session is over')
    }
    assert.equal(accepting.connections, 2)
  })
  await using old = await MilterPeer.start(undefined, { version: 2 })
  await withMilters([milterAt(old.address)], async ({ client }) => {
    for (let n = 0; n < 2; n++) {
      const dialog = await greeted(client)
      assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
      await dialog.ask('QUIT')
    }
    await until(() => old.open === 0, 'nothing is kept')
    assert.equal(old.connections, 2)
  })
})

test('who is idle gives up his connection for who has mail; no more are open than the owner allows', async () => {
  await using milter = await MilterPeer.start()
  await withMilters([milterAt(milter.address, { connections: 1 })], async ({ client }) => {
    const first = await greeted(client)
    await first.send(PLAIN)
    const second = await greeted(client)
    assert.match((await second.send(PLAIN)) ?? '', /^250 /)
    assert.match((await first.send(PLAIN)) ?? '', /^250 /)
    assert.equal(milter.open, 1)
  })
  let most = 0
  await using busy = await MilterPeer.start(async ({ letter }) => {
    most = Math.max(most, busy.open)
    if (letter === 'E') await new Promise((resolve) => setTimeout(resolve, 20))
    return undefined
  })
  await withMilters([milterAt(busy.address, { connections: 2 })], async ({ client, peer }) => {
    const dialogs = await Promise.all(Array.from({ length: 8 }, () => greeted(client)))
    for (let round = 0; round < 2; round++)
      for (const said of await Promise.all(dialogs.map((dialog) => dialog.send(PLAIN)))) assert.match(said ?? '', /^250 /)
    await peer.waitForMessages(16)
    assert.equal(most, 2)
  })
})

test('a milter at a Unix socket, and one whose address changes while mail flows', async () => {
  using folder = temporaryFolder()
  await using local = await MilterPeer.start(undefined, { path: join(folder.path, 'milter.sock') })
  await using other = await MilterPeer.start()
  await withMilters([milterAt(local.address)], async ({ client, milters }) => {
    const dialog = await greeted(client)
    await dialog.send(PLAIN)
    milters.use([milterAt(other.address)])
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
    assert.match((await (await greeted(client)).send(PLAIN)) ?? '', /^250 /)
    assert.match(local.letters, /^CHMRTL+NBEK$/)
    assert.match(other.letters, /^CHMRTL+NBEC?H?MRTL+NBE/, 'a session goes on with what there is now')
    milters.use([])
    assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
  })
})
