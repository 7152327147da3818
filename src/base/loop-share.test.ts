import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { LoopShare } from './loop-share.ts'

test('all rest as long as a piece took, and its caller four times as long; what fails, fails for its caller alone', async () => {
  const clock = new FakeClock()
  const share = new LoopShare(clock)
  const done: string[] = []
  const work = (name: string, took: number) => () => {
    clock.busy(took)
    done.push(name)
    return name
  }
  const pass = async (span: number): Promise<readonly string[]> => {
    for (let left = span; left > 0; left--) {
      clock.pass(1)
      await turn()
    }
    return done.splice(0)
  }
  const all = [
    share.run('a', work('a1', 100)),
    share.run('a', work('a2', 100)),
    share.run('b', work('b1', 100)),
    share.run('c', work('c1', 1)),
  ]
  await turn()
  assert.deepEqual(done.splice(0), ['a1'])
  assert.deepEqual(await pass(99), [])
  assert.deepEqual(await pass(1), ['b1'])
  assert.deepEqual(await pass(100), ['c1'])
  // 400 behind its first, of which 301 are over.
  assert.deepEqual(await pass(97), [])
  assert.deepEqual(await pass(3), ['a2'])
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'b1', 'c1'])
  await pass(1000)
  const fails = share.run('a', () => {
    throw new Error('no')
  })
  await assert.rejects(fails, /no/)
  assert.equal(await share.run('a', () => Promise.resolve(7)), 7)
})
