// Streams end with the right that they came by, with time in the hand of the test.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { changes, SharedAnswers, tailed, toldOf } from './streams.ts'

/** What a stream told, by when. */
async function followed(kind: 'changes' | 'tailed', found: (clock: FakeClock) => Promise<unknown>, until: number) {
  const [clock, gone] = [new FakeClock(), new AbortController()]
  const asked: number[] = []
  const parts = {
    clock,
    allowed: async () => {
      asked.push(clock.mono())
      if (clock.mono() >= until) throw new Error('no more')
    },
    farewell: () => 'farewell',
  }
  const look = async () => JSON.stringify(await found(clock))
  const next = async (after: unknown) => toldOf([await found(clock)], Number(after ?? 0) + 1, false)
  const stream = kind === 'changes' ? changes('x', look, parts, gone.signal) : tailed(next, 0, parts, gone.signal)
  const told: { readonly at: number; readonly text: string }[] = []
  const reading = (async () => {
    for await (const text of stream) told.push({ at: clock.mono(), text })
  })()
  const pass = async (span: number): Promise<void> => {
    for (let left = span; left > 0; left -= 100) {
      for (let n = 0; n < 20; n++) await setImmediate()
      clock.pass(100)
    }
  }
  await pass(until + 5000)
  gone.abort()
  await reading
  return { told, asked }
}

for (const kind of ['changes', 'tailed'] as const)
  test(`a stream of ${kind} ends within a second of the right that it came by, and tells nothing since`, async () => {
    let n = 0
    for (const until of [1, 700, 4_050]) {
      const { told, asked } = await followed(kind, async () => ({ n: n++ }), until)
      const last = told.at(-1) ?? assert.fail('nothing was told')
      assert.match(last.text, /^event: end\ndata: farewell/)
      assert.ok(last.at >= until && last.at <= until + 600, `${last.at} of ${until}`)
      assert.equal(told.filter(({ text }) => text.startsWith('event: end')).length, 1)
      assert.ok(asked.every((at, i) => at - (asked[i - 1] ?? 0) <= 600))
    }
  })

test('what took seconds to find is not told to who may not see it by then', async () => {
  let n = 0
  const slow = (clock: FakeClock) =>
    new Promise<unknown>((resolve) => {
      clock.after(3000, () => resolve({ secret: n++ }))
    })
  for (const kind of ['changes', 'tailed'] as const) {
    const { told } = await followed(kind, slow, 1000)
    assert.deepEqual(
      told.map(({ text }) => text.split('\n')[0]),
      ['retry: 2000', 'event: end'],
    )
  }
})

test('who is behind has the next part at once, and many readers of the same have it looked up once', async () => {
  const [clock, gone] = [new FakeClock(), new AbortController()]
  const asked: unknown[] = []
  const shared = new SharedAnswers<ReturnType<typeof toldOf>>(clock, 400)
  const next = (after: unknown) =>
    shared.of(String(after), async () => {
      asked.push(after)
      const at = Number(after)
      return at < 40 ? toldOf([{ kind: 'x', at }], at + 1, true) : toldOf([], at, false)
    })
  const parts = { clock, allowed: async () => {}, farewell: () => 'farewell' }
  const read = async (): Promise<string> => {
    let text = ''
    for await (const piece of tailed(next, 0, parts, gone.signal)) text += piece
    return text
  }
  const readers = Array.from({ length: 5 }, read)
  for (let passed = 0; passed < 4000; passed += 50) {
    for (let n = 0; n < 20; n++) await setImmediate()
    clock.pass(50)
  }
  gone.abort()
  const texts = await Promise.all(readers)
  assert.equal(texts[0]?.match(/^event: x$/gm)?.length, 40)
  assert.equal(new Set(texts).size, 1)
  assert.equal(asked.filter((after) => Number(after) < 40).length, 40)
})

test('what could not be looked up for one is tried again for the next', async () => {
  const shared = new SharedAnswers<string>(new FakeClock(), 400)
  await assert.rejects(shared.of('x', async () => Promise.reject(new Error('no'))))
  assert.equal(await shared.of('x', async () => 'yes'), 'yes')
})
