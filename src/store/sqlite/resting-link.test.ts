import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { RestingLink } from './resting-link.ts'
import { ThreadLink } from './thread-link.ts'

/** Answers with how many questions it had, once it is told to. */
const COUNTER = `
import { parentPort } from 'node:worker_threads'
let asked = 0
const late = []
parentPort.on('message', ({ id, later, go }) => {
  if (go) for (const answer of late.splice(0)) parentPort.postMessage(answer)
  else if (later) late.push({ id, answer: ++asked, error: null })
  else parentPort.postMessage({ id, answer: ++asked, error: null })
})`

/** A name that only threads of this test have; the system shows 15 characters. */
const NAME = `rest ${process.pid}`

function threads(): number {
  return readdirSync('/proc/self/task').filter((id) => readFileSync(`/proc/self/task/${id}/comm`, 'latin1').trim() === NAME).length
}

function counter(): ThreadLink {
  return new ThreadLink(NAME, new URL(`data:text/javascript,${encodeURIComponent(COUNTER)}`), null, () => {})
}

test('a resting thread begins with the first question, ends after a while without one, and begins anew', async () => {
  const clock = new FakeClock()
  const link = new RestingLink(counter, { clock, rest: 60_000 })
  assert.equal(threads(), 0)
  link.post({ go: true })
  assert.deepEqual([await link.ask({}), await link.ask({})], [1, 2])
  assert.equal(threads(), 1)
  clock.pass(59_000)
  assert.equal(await link.ask({}), 3, 'the one that is there is used')
  clock.pass(59_000)
  assert.ok(link.isAwake, 'a question begins its rest anew')
  clock.pass(1000)
  await until(() => threads() === 0, 'its end')
  assert.equal(await link.ask({}), 1, 'another thread')
  await link.ended()
  assert.equal(threads(), 0)
  await assert.rejects(link.ask({}), /asked after its end/)
})

test('while a question is under way a resting thread does not end, however long that takes', async () => {
  const clock = new FakeClock()
  const link = new RestingLink(counter, { clock, rest: 60_000 })
  const slow = link.ask({ later: true })
  assert.equal(await link.ask({}), 2)
  clock.pass(600_000)
  assert.ok(link.isAwake)
  link.post({ go: true })
  assert.equal(await slow, 1)
  clock.pass(60_000)
  await until(() => threads() === 0, 'its end')
  await link.ended()
})
