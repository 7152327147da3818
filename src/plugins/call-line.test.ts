// What a process of a plug-in may say on its channel, and what it is sent: nothing of it brings the server down or takes it more than a little
// time and memory.
import assert from 'node:assert/strict'
import { type Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { until } from '../../testkit/patience.ts'
import { SharedReads } from '../base/shared-reads.ts'
import { CallLine, type CallResult, type Facts, type Question } from './call-line.ts'
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
    reads: new SharedReads(),
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

function ask(line: CallLine, hook: string, facts: Facts, body: Question['body'] = null): Promise<CallResult> {
  return new Promise((settle) => line.call({ hook, facts, body }, settle))
}

test('words that cannot be made text, and what has no sense, harm nobody', async () => {
  using end = new DisposableStack()
  const { line, process, lost } = ends()
  end.use(line)
  const odd = { toString: null, valueOf: 1 }
  const first = ask(line, 'connect', {})
  process.write(saying(['failed', odd, odd], ['answer', odd], ['pull', odd], odd, null, 7, ['failed', 0, odd]))
  assert.deepEqual(await first, { failed: 'threw', reason: 'it threw' })
  const second = ask(line, 'connect', {})
  process.write(saying(['answer', 1, { ok: true }]))
  assert.deepEqual(await second, { answer: { ok: true }, octets: null })
  assert.deepEqual(lost, [])
})

test('what fails while it is heard ends the process, and not the server', async () => {
  const { line, process, lost } = ends(() => {
    throw new RangeError('too deep')
  })
  using _line = line
  const call = ask(line, 'connect', {})
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
    [
      'many shared answers to nothing',
      Array.from({ length: 60 }, () => saying(['answers', Array.from({ length: 1000 }, () => 9), 0])),
      /nobody/,
    ],
    ['answers to no call', Array.from({ length: 60 }, () => saying(...Array.from({ length: 1000 }, () => ['answers', [], 0]))), /nobody/],
    [
      'large answers to no call',
      Array.from({ length: 9 }, () => frame('{"m":[["answers",[],0]],"o":[4194304]}', Buffer.alloc(4_194_304))),
      /nobody/,
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
  const calls = Array.from({ length: 100 }, () => ask(line, 'received', {}, body))
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
  const calls = Array.from({ length: 200 }, () => ask(line, 'received', { header: 'x'.repeat(500_000) }))
  for (const call of calls) assert.deepEqual(await call, { answer: 1, octets: null })
  assert.equal(asked, 200)
})

test('one answer is for all calls that it names, each once; calls that nobody made are none', async () => {
  const { line, process, lost } = ends()
  using _line = line
  const calls = [ask(line, 'from', {}), ask(line, 'from', '{"sender":"a@example.test"}'), ask(line, 'from', {})]
  process.write(saying(['answers', { length: 2 }, 'no list'], ['answers', [0, 2, 7, 'x', null], { ok: true }]))
  assert.deepEqual(await calls[0], { answer: { ok: true }, octets: null })
  assert.deepEqual(await calls[2], { answer: { ok: true }, octets: null })
  assert.equal(line.open, 1)
  process.write(saying(['answers', [0, 1], 'again']))
  assert.deepEqual(await calls[1], { answer: 'again', octets: null })
  assert.deepEqual(lost, [])
})

test('one answer for more calls than are under way is for those of them that are', async () => {
  const { line, process, lost } = ends()
  using _line = line
  const calls = Array.from({ length: 1500 }, () => ask(line, 'from', {}))
  // The first thousand are under way, and the others when those have their answer.
  const named = Array.from({ length: 2000 }, (_, n) => n + 500)
  process.write(saying(['answers', named, 'the same']))
  for (const call of calls.slice(500, 1000)) assert.deepEqual(await call, { answer: 'the same', octets: null })
  line.end('over')
  await Promise.all(calls)
  assert.deepEqual(lost, [])
})

test('a long answer is for one call, so that many of them are not made of it', async () => {
  const { line, process } = ends()
  using _line = line
  const calls = [ask(line, 'from', {}), ask(line, 'from', {}), ask(line, 'from', {})]
  const long = { text: 'x'.repeat(2000) }
  process.write(saying(['answers', [0, 1], long], ['answers', [2], long], ['answers', [0, 1], { text: 'short' }]))
  assert.deepEqual(await Promise.all(calls), [
    { answer: { text: 'short' }, octets: null },
    { answer: { text: 'short' }, octets: null },
    { answer: long, octets: null },
  ])
})

test('octets of a frame are for one call, which has a body; what names them for another is no answer to it', async () => {
  const { line, process } = ends()
  using _line = line
  const body = async function* (): AsyncGenerator<Buffer> {}
  const calls = [ask(line, 'connect', {}), ask(line, 'received', {}, body), ask(line, 'received', {}, body)]
  const messages = [
    ['answer', 99, 'nobody', 0],
    ['answer', 0, 'no body', 0],
    ['answer', 1, 'body', 0],
    ['answer', 2, 'the same body', 0],
    ['answer', 2, 'no such body', 1],
  ]
  process.write(frame(JSON.stringify({ m: messages, o: [4] }), Buffer.from('mail')))
  assert.deepEqual(await calls[0], { answer: 'no body', octets: null })
  assert.deepEqual(await calls[1], { answer: 'body', octets: Buffer.from('mail') })
  assert.equal(line.open, 1)
  process.write(frame('{"m":[["answer",2,"its own",0]],"o":[3]}', Buffer.from('own')))
  assert.deepEqual(await calls[2], { answer: 'its own', octets: Buffer.from('own') })
})

test('a process reads of a body what it was, and nothing of the mail that has its memory afterwards', async () => {
  const { line, process } = ends()
  using _line = line
  const memory = Buffer.from('mail of one')
  const body = async function* (): AsyncGenerator<Buffer> {
    yield memory
  }
  let isAsked = false
  const call = ask(line, 'received', {}, () => {
    isAsked = true
    return body()
  })
  process.write(saying(['pull', 0]))
  await until(() => isAsked, 'it is being sent')
  await new Promise((resolve) => setImmediate(resolve))
  process.write(saying(['answer', 0, 'settled']))
  assert.deepEqual(await call, { answer: 'settled', octets: null })
  memory.write('of another!')
  const reader = new FrameReader()
  const read: string[] = []
  process.on('data', (chunk: Buffer) => {
    for (const { octets } of reader.push(chunk)) read.push(...octets.map(String))
  })
  await until(() => read.length > 0, 'the piece came')
  assert.deepEqual(read, ['mail of one'])
})

const turns = async (most: number): Promise<void> => {
  for (let n = 0; n < most; n++) await new Promise((resolve) => setImmediate(resolve))
}

test('calls made while the process says nothing leave in one frame, and leave though it stays silent', async () => {
  const { line, process } = ends()
  using _line = line
  const reader = new FrameReader()
  const frames: number[] = []
  process.on('data', (chunk: Buffer) => frames.push(...reader.push(chunk).map(({ messages }) => messages.length)))
  const calls: Promise<unknown>[] = []
  const made = (): number => frames.reduce((sum, one) => sum + one, 0)
  calls.push(ask(line, 'connect', {}))
  await until(() => made() === 1, 'the first leaves at once')
  // Turns that bring nothing lie between two calls. A busy machine may take longer for them than is waited for.
  await until(async () => {
    const before = frames.length
    calls.push(ask(line, 'connect', {}))
    await turns(3)
    calls.push(ask(line, 'connect', {}))
    await until(() => made() === calls.length, 'they leave')
    return frames.length === before + 1
  }, 'two left in one frame')
  line.end('over')
  await Promise.all(calls)
})
