import assert from 'node:assert/strict'
import { test } from 'node:test'
import v8 from 'node:v8'
import { until } from '../../testkit/patience.ts'
import { type Clock, machineClock } from './clock.ts'
import { keepHeapAtRest, keepHeapSmall, RestJudge } from './heap-rest.ts'

const MB = 1024 * 1024
const quiet = { busy: 0.01, used: 20 * MB, held: 40 * MB }

function looks(judge: RestJudge, look: typeof quiet, times: number): number {
  let collected = 0
  for (let i = 0; i < times; i++)
    if (judge.look(look)) {
      judge.collected(22 * MB)
      collected++
    }
  return collected
}

test('who rests collects once, and again only after there is something to gain', () => {
  const judge = new RestJudge()
  assert.equal(looks(judge, quiet, 1), 0, 'a moment without work is no rest')
  assert.equal(looks(judge, quiet, 1), 1)
  assert.equal(looks(judge, { ...quiet, held: 25 * MB }, 100), 0)
  assert.equal(looks(judge, quiet, 1), 1)
  assert.equal(looks(judge, quiet, 11), 0, 'not all the time')
})

test('who works, or has a heap that takes long to look through, does not collect', () => {
  const judge = new RestJudge()
  assert.equal(looks(judge, { ...quiet, busy: 0.2 }, 100), 0)
  assert.equal(looks(judge, { ...quiet, used: 200 * MB, held: 300 * MB }, 100), 0)
  assert.equal(looks(judge, quiet, 1), 1)
})

test('V8 gives back what a start left behind', async () => {
  const hurried: Clock = { ...machineClock, after: (delay, fn) => machineClock.after(delay / 100, fn) }
  const held = (): number => v8.getHeapStatistics().total_physical_size
  let kept: object[] = []
  for (let i = 0; i < 300_000; i++) kept.push({ n: i })
  const before = held()
  kept = []
  using _rest = keepHeapAtRest(hurried)
  await until(() => held() < before - 8 * MB, 'memory that is given back')
})

test('a heap that is to stay small is collected when so much has come to it', async () => {
  const hurried: Clock = { ...machineClock, after: (delay, fn) => machineClock.after(delay / 100, fn) }
  const used = (): number => v8.getHeapStatistics().used_heap_size
  using _small = keepHeapSmall(hurried, 8 * MB)
  let kept: object[] = []
  for (let i = 0; i < 300_000; i++) kept.push({ n: i })
  const before = used()
  kept = []
  await until(() => used() < before - 8 * MB, 'what died is let go of')
})
