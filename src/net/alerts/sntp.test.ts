// Time servers on loopback: how far a clock is off by what they answer, and what is no answer.
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { machineClock } from '../../base/clock.ts'
import { askTime, parseTimeServers } from './sntp.ts'

const TO_1970 = 2_208_988_800

interface Answering {
  /** How far its clock is from ours. */
  readonly off?: number
  readonly change?: (answer: Buffer) => Buffer
}

/** Answers as rfc:5905#14 says; what a stranger sends comes before it. */
async function timeServer({ off = 0, change = (answer) => answer }: Answering) {
  const socket = createSocket('udp4')
  socket.on('message', (question: Buffer, from: RemoteInfo) => {
    const answer = Buffer.alloc(48)
    answer[0] = (4 << 3) | 4
    answer[1] = 2
    question.copy(answer, 24, 40, 48)
    for (const at of [32, 40]) {
      const now = Date.now() + off
      answer.writeUInt32BE((Math.floor(now / 1000) + TO_1970) % 2 ** 32, at)
      answer.writeUInt32BE(Math.floor(((((now % 1000) + 1000) % 1000) / 1000) * 2 ** 32), at + 4)
    }
    socket.send(change(answer), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  return { ask: () => askTime({ host: '127.0.0.1', port }, machineClock), [Symbol.dispose]: () => void socket.close() }
}

test('a clock that is ahead or behind is told by how much, over the year 2036 too', async () => {
  for (const off of [0, 3_600_000, -42_000, 12 * 365 * 86_400_000]) {
    using server = await timeServer({ off })
    const told = await server.ask()
    assert.ok(typeof told === 'number' && Math.abs(told + off) < 2000, `${off}: ${told}`)
  }
})

test('a server that refuses, does not know the time, or answers another question says nothing of the clock', async () => {
  const patched = (at: number, value: number) => (answer: Buffer) => {
    answer[at] = value
    return answer
  }
  using refusing = await timeServer({
    change: (answer) => Buffer.concat([patched(1, 0)(answer).subarray(0, 12), Buffer.from('RATE'), answer.subarray(16)]),
  })
  assert.equal(await refusing.ask(), 'it refuses (RATE)')
  using unkept = await timeServer({ change: patched(0, (3 << 6) | (4 << 3) | 4) })
  assert.equal(await unkept.ask(), 'its own clock is not kept')
  let answers = 0
  using forged = await timeServer({
    change: (answer) => (answers++ === 0 ? patched(25, 255 - (answer[25] ?? 0))(answer) : answer.subarray(0, 40)),
  })
  assert.match(String(await forged.ask()), /did not answer/)
  const closed = createSocket('udp4')
  closed.bind(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address()
  closed.close()
  assert.match(String(await askTime({ host: '127.0.0.1', port }, machineClock)), /ECONNREFUSED|did not answer/)
  assert.match(String(await askTime({ host: 'nowhere.invalid', port }, machineClock)), /nowhere\.invalid/)
})

test('what is no host or address is no time server', () => {
  assert.deepEqual(parseTimeServers(''), [])
  assert.deepEqual(parseTimeServers('time.example.com, 192.0.2.1:1123 [2001:db8::1]'), [
    { host: 'time.example.com', port: 123 },
    { host: '192.0.2.1', port: 1123 },
    { host: '2001:db8::1', port: 123 },
  ])
  for (const text of ['ntp://x', 'a:0', 'a:70000', 'a;b']) assert.equal(parseTimeServers(text), null, text)
})
