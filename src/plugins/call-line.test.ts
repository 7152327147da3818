// What a process of a plug-in may say on its channel, and what it is sent: nothing of it brings the server down or takes it more than a little
// time and memory.
import assert from 'node:assert/strict'
import { type Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { until } from '../../testkit/patience.ts'
import { CallLine } from './call-line.ts'
import { FrameReader, MOST_SAID } from './frames.ts'

interface Ends {
  readonly line: CallLine
  readonly process: Duplex
  readonly lost: string[]
  readonly heard: (readonly unknown[])[]
}

function ends(heed: (message: readonly unknown[]) => void = () => {}): Ends {
  const [channel, process] = duplexPair()
  const lost: string[] = []
  const heard: (readonly unknown[])[] = []
  const line = new CallLine({
    channel,
    clock: new FakeClock(),
    budget: 1000,
    heard: (message) => {
      heard.push(message)
      heed(message)
    },
    lost: (reason) => {
      lost.push(reason)
      line.end(reason)
    },
  })
  return { line, process, lost, heard }
}

function frame(json: string, octets = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(json)
  const digits = (length: number): string => length.toString(16).padStart(8, '0')
  return Buffer.concat([Buffer.from(digits(text.length + octets.length) + digits(text.length)), text, octets])
}

const saying = (...messages: readonly unknown[]): Buffer => frame(JSON.stringify({ m: messages, o: [] }))

test('words that cannot be made text, and what has no sense, harm nobody', async () => {
  using end = new DisposableStack()
  const { line, process, lost } = ends()
  end.use(line)
  const odd = { toString: null, valueOf: 1 }
  const first = line.call('connect', {})
  process.write(saying(['failed', odd, odd], ['answer', odd], ['pull', odd], odd, null, 7, ['failed', 0, odd]))
  assert.deepEqual(await first, { failed: 'threw', reason: 'it threw' })
  const second = line.call('connect', {})
  process.write(saying(['answer', 1, { ok: true }]))
  assert.deepEqual(await second, { answer: { ok: true }, octets: null })
  assert.deepEqual(lost, [])
})

test('what fails while it is heard ends the process, and not the server', async () => {
  const { line, process, lost } = ends(() => {
    throw new RangeError('too deep')
  })
  using _line = line
  const call = line.call('connect', {})
  process.write(saying(['ready', {}]))
  assert.deepEqual(await call, { failed: 'gone', reason: 'it said what is no frame: too deep' })
  assert.equal(lost.length, 1)
})

test('a flood, or JSON that would take far more memory than its text, ends the process', async () => {
  const floods: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
    ['much JSON', [frame(`{"m":[${'[],'.repeat(MOST_SAID / 3)}[]],"o":[]}`)], /octets of JSON/],
    ['many octets', [frame(`{"m":[],"o":[${'0,'.repeat(1000)}0]}`)], /more octets than messages/],
    ['many messages', [frame(`{"m":[${'7,'.repeat(60_000)}7],"o":[]}`)], /nobody asked for/],
    [
      'many answers to nothing',
      Array.from({ length: 60 }, () => saying(...Array.from({ length: 1000 }, () => ['answer', 9, 0]))),
      /nobody asked/,
    ],
    ['large frames', Array.from({ length: 9 }, () => frame('{"m":[7],"o":[4194304]}', Buffer.alloc(4_194_304))), /nobody asked for/],
  ]
  for (const [what, frames, reason] of floods) {
    const { line, process, lost } = ends()
    using _line = line
    for (const one of frames) process.write(one)
    await until(() => lost.length > 0, what)
    assert.match(lost.join(), reason, what)
  }
})

test('a process that asks for a body and does not read it is sent a little of it', async () => {
  const { line, process } = ends()
  using _line = line
  const piece = Buffer.alloc(64 * 1024)
  let given = 0
  const body = async function* (): AsyncGenerator<Buffer> {
    while (given++ < 1000) yield piece
  }
  const calls = Array.from({ length: 100 }, () => line.call('received', {}, body))
  for (let round = 0; round < 20; round++) {
    process.write(
      saying(
        ...calls.flatMap((_call, id) => [
          ['pull', id],
          ['pull', id],
        ]),
      ),
    )
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(given > 50 && given < 200, `${given} pieces`)
  // Once it reads, it has what it asked for.
  const reader = new FrameReader()
  let had = 0
  process.on('data', (chunk: Buffer) => (had += reader.push(chunk).flatMap(({ octets }) => octets).length))
  await until(() => had >= 100, 'what was asked for came')
  line.end('over')
  await Promise.all(calls)
})

test('what is said in one turn leaves in frames of a sensible size', async () => {
  const { line, process } = ends()
  using _line = line
  const reader = new FrameReader(MOST_SAID)
  let asked = 0
  process.on('data', (chunk: Buffer) => {
    for (const { messages } of reader.push(chunk)) {
      asked += messages.length
      process.write(saying(...(messages as unknown[][]).map(([, id]) => ['answer', id, 1])))
    }
  })
  const calls = Array.from({ length: 200 }, () => line.call('received', { header: 'x'.repeat(500_000) }))
  for (const call of calls) assert.deepEqual(await call, { answer: 1, octets: null })
  assert.equal(asked, 200)
})

test('one answer is for all calls that it names, each once; calls that nobody made are none', async () => {
  const { line, process, lost } = ends()
  using _line = line
  const calls = [line.call('from', {}), line.call('from', '{"sender":"a@example.test"}'), line.call('from', {})]
  const more = Array.from({ length: 2000 }, (_, id) => id)
  process.write(
    saying(['answers', more, 'too many'], ['answers', { length: 2 }, 'no list'], ['answers', [0, 2, 7, 'x', null], { ok: true }]),
  )
  assert.deepEqual(await calls[0], { answer: { ok: true }, octets: null })
  assert.deepEqual(await calls[2], { answer: { ok: true }, octets: null })
  assert.equal(line.open, 1)
  process.write(saying(['answers', [0, 1], 'again']))
  assert.deepEqual(await calls[1], { answer: 'again', octets: null })
  assert.deepEqual(lost, [])
})
