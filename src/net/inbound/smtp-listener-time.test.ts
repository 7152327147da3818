import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { withListener } from '../../../testkit/listener-kit.ts'
import { until } from '../../../testkit/patience.ts'

test('who says nothing is told 421, in time for what is waited for', async () => {
  const clock = new FakeClock()
  await withListener(
    { clock, timeouts: { command: 10_000, data: 30_000, session: 600_000, stranger: 600_000 } },
    async ({ accepting, client }) => {
      const idle = await client()
      await idle.reply()
      const sending = await client()
      await sending.reply()
      for (const line of ['EHLO c.test', 'MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await sending.ask(line)
      sending.say('half a mess')
      await until(() => accepting.octets > 0)
      clock.pass(11_000)
      assert.match((await idle.reply()) ?? '', /^421 4\.4\.2 /)
      assert.equal(await idle.reply(), undefined)
      assert.equal(sending.ended, false)
      clock.pass(20_000)
      await sending.reply()
      assert.equal(await sending.reply(), undefined)
      await until(() => accepting.aborted === 1)
    },
  )
})

test('a session has an end, however busy, and a handshake too', async () => {
  const clock = new FakeClock()
  await withListener({ clock, timeouts: { command: 10_000, data: 10_000, session: 60_000, stranger: 60_000 } }, async ({ client }) => {
    const busy = await client()
    await busy.reply()
    const handshaking = await client()
    await handshaking.reply()
    await handshaking.ask('EHLO c.test')
    await handshaking.ask('STARTTLS')
    for (let i = 0; i < 7; i++) {
      assert.match((await busy.ask('NOOP')) ?? '', /^250 /)
      clock.pass(8000)
      if (i === 2) assert.equal(handshaking.ended, false)
    }
    assert.equal(await handshaking.reply(), undefined)
    assert.match((await busy.ask('NOOP')) ?? '', /^250 /)
    clock.pass(8000)
    assert.match((await busy.reply()) ?? '', /^421 /)
  })
})

test('a stranger has a short stay; who had a recipient accepted may stay', async () => {
  const clock = new FakeClock()
  await withListener({ clock, timeouts: { command: 10_000, data: 10_000, session: 600_000, stranger: 20_000 } }, async ({ client }) => {
    const stranger = await client()
    const sender = await client()
    for (const one of [stranger, sender]) await one.reply()
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>']) assert.match((await sender.ask(line)) ?? '', /^250/)
    for (let i = 0; i < 3; i++) {
      for (const one of [stranger, sender]) assert.match((await one.ask('NOOP')) ?? '', /^250 /)
      clock.pass(8000)
    }
    assert.match((await stranger.reply()) ?? '', /^421 /)
    assert.match((await sender.ask('NOOP')) ?? '', /^250 /)
  })
})

test('our own time is not the client’s, and its own end is not lost on it', async () => {
  const gate = Promise.withResolvers<void>()
  const clock = new FakeClock()
  await withListener(
    { clock, timeouts: { command: 1000, data: 1000, session: 600_000, stranger: 600_000 } },
    async ({ accepting, client }) => {
      accepting.hold = gate.promise
      const one = await client()
      await one.reply()
      one.socket.end('HELO c.test\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n')
      for (const expected of [/^250/, /^250/, /^250/, /^354/]) assert.match((await one.reply()) ?? '', expected)
      assert.equal(await one.reply(), undefined, 'it ended before its message: nothing is taken')
      assert.equal(accepting.messages.length, 0)
      const two = await client()
      await two.reply()
      await two.ask('EHLO c.test')
      two.socket.end('MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nBDAT 5 LAST\r\nhello')
      await two.reply()
      await two.reply()
      clock.pass(30_000)
      await sleep(20)
      assert.equal(two.ended, false)
      gate.resolve()
      assert.equal(await two.reply(), '250 2.6.0 Message received and queued.\r\n')
      assert.deepEqual(accepting.messages, ['hello'])
      assert.equal(await two.reply(), undefined)
    },
  )
})

test('who never reads its replies is cut off', async () => {
  await withListener({}, async ({ accepting, client }) => {
    const one = await client()
    await one.reply()
    await one.ask('EHLO c.test')
    one.socket.pause()
    const noops = 'NOOP\r\n'.repeat(10_000)
    await until(() => {
      one.say(noops)
      return accepting.closed === 1
    })
  })
})

test('a client that vanishes in the middle leaves nothing behind', async () => {
  await withListener({}, async ({ accepting, client, listener }) => {
    const one = await client()
    await one.reply()
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await one.ask(line)
    one.say('half a mess')
    await until(() => accepting.octets > 0)
    one.socket.resetAndDestroy()
    await until(() => listener.open === 0)
    assert.deepEqual([accepting.aborted, accepting.closed], [1, 1])
  })
})

test('a stop tells idle clients at once, lets a message finish, and cuts off what is left after the grace', async () => {
  const gate = Promise.withResolvers<void>()
  const clock = new FakeClock()
  await withListener({ clock }, async ({ accepting, client, listener }) => {
    accepting.hold = gate.promise
    const [idle, busy, stuck] = [await client(), await client(), await client()]
    for (const each of [idle, busy, stuck]) {
      await each.reply()
      await each.ask('EHLO c.test')
    }
    for (const each of [busy, stuck])
      for (const line of ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await each.ask(line)
    busy.say('hello\r\n.\r\n')
    stuck.say('never ends')
    await until(() => accepting.octets >= 'hello\r\n'.length)
    const closed = listener.close(500)
    assert.match((await idle.reply()) ?? '', /^421 4\.3\.2 /)
    assert.equal(await idle.reply(), undefined)
    idle.socket.destroy()
    await assert.rejects(client())
    gate.resolve()
    assert.match((await busy.reply()) ?? '', /^250 /)
    assert.match((await busy.reply()) ?? '', /^421 4\.3\.2 /)
    busy.socket.destroy()
    clock.pass(500)
    await closed
    assert.deepEqual([accepting.messages.length, accepting.aborted, accepting.closed], [1, 1, 3])
  })
})
