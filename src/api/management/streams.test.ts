// Streams end with the right that they came by, with time in the hand of the test.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { changes, tailed } from './streams.ts'

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
  const look = () => found(clock)
  const next = async (after: unknown) => ({ rows: [await found(clock)], next: Number(after ?? 0) + 1 })
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
