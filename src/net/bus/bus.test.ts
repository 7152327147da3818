import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { jsonLog } from '../../base/log.ts'
import { BUS_MOST_FRAME, type Octets } from '../../contract/bus.ts'
import { connectBus } from './client.ts'
import { encodeFrame, encodeOctets, FrameReader } from './frames.ts'
import { giveBack } from '../../base/give-back.ts'
import { until } from '../../../testkit/patience.ts'
import { type BusHandlers, Passing, serveBus } from './server.ts'

interface Calls {
  double: { params: { n: number }; result: { n: number } }
  fail: { params: Record<never, never>; result: Record<never, never> }
  bug: { params: Record<never, never>; result: Record<never, never> }
  wait: { params: Record<never, never>; result: Record<never, never> }
  octets: { params: { n: number }; result: Octets }
  passing: { params: { n: number }; result: Octets }
}
const quiet = { version: '1.2.3', log: jsonLog('test', 'error', () => {}) }

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hms-bus-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function handlers(gone?: () => void, passed: Uint8Array[] = []): BusHandlers<Calls> {
  return {
    double: async ({ n }) => {
      await new Promise((resolve) => setTimeout(resolve, 10 - n))
      return { n: n * 2 }
    },
    fail: () => {
      throw new Fault('full', 'It is full.', { blame: 'owner', temporary: true, mend: 'Make room.' })
    },
    octets: ({ n }) => (n === 0 ? [] : [new Uint8Array(n - 1).fill(7), new Uint8Array(1).fill(8)]),
    passing: ({ n }) => {
      const parts = n === 0 ? [] : [new Uint8Array(n).fill(7), new Uint8Array(n).fill(8)]
      passed.push(...parts)
      return new Passing(parts)
    },
    bug: () => {
      throw new TypeError('oops')
    },
    wait: (_params, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          gone?.()
          resolve({})
        })
      }),
  }
}

test('calls are answered in any order, over a private socket', async (t) => {
  const path = join(folder(t), 'a.sock')
  await using server = await serveBus(path, handlers(), quiet)
  assert.equal(statSync(server.path).mode & 0o777, 0o600)
  using client = await connectBus<Calls>(path, quiet)
  const answers = await Promise.all([1, 5, 9].map((n) => client.call('double', { n })))
  assert.deepEqual(
    answers.map(({ n }) => n),
    [2, 10, 18],
  )
})

test('octets arrive as they are, among other answers', async (t) => {
  const path = join(folder(t), 'a.sock')
  await using _server = await serveBus(path, handlers(), quiet)
  using client = await connectBus<Calls>(path, quiet)
  const [none, few, four, many] = await Promise.all([
    client.call('octets', { n: 0 }),
    client.call('octets', { n: 3 }),
    client.call('double', { n: 2 }),
    client.call('octets', { n: 3_000_000 }),
  ])
  assert.deepEqual(none, [])
  assert.deepEqual(Buffer.concat(few), Buffer.from([7, 7, 8]))
  assert.deepEqual(four, { n: 4 })
  assert.ok(Buffer.concat(many).equals(Buffer.alloc(3_000_000, 7).fill(8, 2_999_999)))
})

test('a Fault arrives as it was thrown, a bug as an internal error, an unknown call as a fault of the caller', async (t) => {
  const path = join(folder(t), 'a.sock')
  await using _server = await serveBus(path, handlers(), quiet)
  using client = await connectBus<Calls & { none: { params: null; result: null } }>(path, quiet)
  await assert.rejects(client.call('fail', {}), {
    code: 'full',
    message: 'It is full.',
    temporary: true,
    mend: 'Make room.',
    blame: 'owner',
  })
  await assert.rejects(client.call('bug', {}), { code: 'internal', temporary: false })
  await assert.rejects(client.call('none', null), { code: 'bus-unknown-call', blame: 'caller' })
})

test('a handler is told on whose behalf it is called, in one line, and that nobody said so', async (t) => {
  const path = join(folder(t), 'w.sock')
  const told: (string | null)[] = []
  await using _server = await serveBus<Calls>(path, { ...handlers(), fail: (_params, _signal, who) => (told.push(who), {}) }, quiet)
  for (const who of ['hms (ann)', `two\nlines ${'x'.repeat(300)}`, '', undefined]) {
    using client = await connectBus<Calls>(path, { ...quiet, ...(who !== undefined && { who }) })
    await client.call('fail', {})
  }
  assert.deepEqual(told, ['hms (ann)', `two lines ${'x'.repeat(190)}`, null, null])
})

test('whoever waits is told when the other side goes', async (t) => {
  const path = join(folder(t), 'a.sock')
  const gone = Promise.withResolvers<void>()
  const server = await serveBus(path, handlers(gone.resolve), quiet)
  const left = await connectBus<Calls>(path, quiet)
  left.call('wait', {}).catch(() => {})
  await left.call('double', { n: 1 })
  left[Symbol.dispose]()
  await gone.promise
  const client = await connectBus<Calls>(path, quiet)
  const late = assert.rejects(client.call('wait', {}, { timeout: 5 }), { code: 'bus-timeout' })
  await late
  const pending = assert.rejects(client.call('wait', {}), { code: 'bus-closed' })
  await client.call('double', { n: 1 })
  await server[Symbol.asyncDispose]()
  await pending
  await client.closed
  await assert.rejects(connectBus<Calls>(path, quiet), { code: 'not-running' })
})

test('a new server takes the name of one that crashed, and the old one closing does not take it away', async (t) => {
  const path = join(folder(t), 'a.sock')
  const old = await serveBus(path, handlers(), quiet)
  await using _fresh = await serveBus(path, handlers(), quiet)
  await old[Symbol.asyncDispose]()
  using client = await connectBus<Calls>(path, quiet)
  assert.deepEqual(await client.call('double', { n: 2 }), { n: 4 })
})

test('a path too long for a socket works', async (t) => {
  const deep = join(folder(t), 'x'.repeat(120))
  mkdirSync(deep)
  const path = join(deep, 'a.sock')
  await using _server = await serveBus(path, handlers(), quiet)
  using client = await connectBus<Calls>(path, quiet)
  assert.deepEqual(await client.call('double', { n: 2 }), { n: 4 })
})

async function conversation(path: string, send: Buffer): Promise<unknown[]> {
  const reader = new FrameReader()
  const values: unknown[] = []
  const socket = connect(path)
  socket.on('data', (chunk: Buffer) => values.push(...reader.push(chunk)))
  socket.write(send)
  await new Promise((resolve) => socket.on('close', resolve))
  return values
}

test('another protocol, a giant frame and nonsense are refused with a sentence', async (t) => {
  const path = join(folder(t), 'a.sock')
  await using _server = await serveBus(path, handlers(), quiet)
  const giant = Buffer.alloc(4)
  giant.writeUInt32BE(BUS_MOST_FRAME + 1)
  const nonsense = Buffer.from([0, 0, 0, 1, 0x7b])
  const empty = Buffer.from([0x80, 0, 0, 0])
  const short = Buffer.from([0x80, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x7b])
  for (const [send, code] of [
    [encodeFrame({ hello: { protocol: 99, version: '9.0' } }), 'bus-protocol'],
    [encodeFrame({ id: 1, call: 'double', params: {} }), 'bus-protocol'],
    [giant, 'bus-frame'],
    [nonsense, 'bus-frame'],
    [empty, 'bus-frame'],
    [short, 'bus-frame'],
  ] as const) {
    const [, refused] = (await conversation(path, send)) as [unknown, { refused: { code: string; message: string } }]
    assert.equal(refused.refused.code, code)
    assert.match(refused.refused.message, /^[A-Z].*\.$/)
  }
})

test('frames are found wherever the stream is cut', () => {
  const octets = Buffer.from('{"octets": true}\n')
  const values = [{ a: 1 }, 'ü'.repeat(300), { id: 5, result: [octets] }, [], 7]
  const stream = Buffer.concat(
    values.map((value, n) => (n === 2 ? Buffer.concat([encodeOctets(5, [octets]), octets]) : encodeFrame(value))),
  )
  for (const step of [1, 2, 3, 5, 7, 64, stream.length]) {
    const reader = new FrameReader()
    const seen: unknown[] = []
    for (let at = 0; at < stream.length; at += step) seen.push(...reader.push(stream.subarray(at, at + step)))
    assert.deepEqual(seen, values)
  }
})

test('octets of an answer are alone in their memory: who took them may give it back', () => {
  const octets = Buffer.from('some octets')
  const stream = Buffer.concat([1, 2, 3].flatMap((id) => [encodeOctets(id, [octets]), octets]))
  for (const step of [1, 7, stream.length]) {
    const reader = new FrameReader()
    const seen: { result: Uint8Array[] }[] = []
    const chunks = Array.from({ length: Math.ceil(stream.length / step) }, (_, n) => stream.subarray(n * step, (n + 1) * step))
    for (const chunk of chunks) seen.push(...(reader.push(chunk) as typeof seen))
    const [first, second, third] = seen.map(({ result }) => result[0] ?? new Uint8Array())
    giveBack(second ?? new Uint8Array())
    assert.deepEqual([first, second?.length, third], [octets, 0, octets])
    assert.equal(stream.indexOf(octets, stream.length - octets.length), stream.length - octets.length)
  }
})

test('octets that nobody else has come whole, and their memory is given back once they are written', async (t) => {
  const path = join(folder(t), 'a.sock')
  const passed: Uint8Array[] = []
  await using _server = await serveBus(path, handlers(undefined, passed), quiet)
  using client = await connectBus<Calls>(path, quiet)
  assert.deepEqual(await client.call('passing', { n: 0 }), [])
  const answers = await Promise.all([1, 70_000, 3_000_000].map((n) => client.call('passing', { n })))
  for (const [i, n] of [1, 70_000, 3_000_000].entries()) {
    const whole = Buffer.concat(answers[i] ?? [])
    assert.deepEqual([whole.length, whole.lastIndexOf(7), whole.indexOf(8)], [2 * n, n - 1, n])
  }
  await until(() => passed.length === 6 && passed.every(({ length }) => length === 0))
})
