// How busy the machine is, of all workers as one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('uses of the workers stand beside what they know of commits and memory; sites come once, the longest wait first', async () => {
  using at = installation()
  const use = { memory: 1e8, processor: 0.5, lateness: 2 }
  at.answers.set('machine.use', [
    { slot: 1, ...use },
    { slot: 0, ...use },
  ])
  const facts = { memory: 0.25, commitTime: 3, copiesFailing: [] }
  const due = (site: string, since: number) => ({ site, due: since })
  at.answers.set('alarms.facts', [
    { slot: 0, ...facts, oldest: [due('a', 5), due('b', 3)] },
    { slot: 1, ...facts, oldest: [due('a', 1)] },
  ])
  const { workers, missing, oldest, processors } = await at.call('machine.show', {})
  assert.deepEqual(workers[0], { slot: 0, ...use, spoolMemory: 0.25, commitTime: 3 })
  assert.deepEqual([workers.length, missing, processors], [2, [], 2])
  assert.deepEqual(oldest, [due('a', 1), due('b', 3)])
  await at.refuses('machine.show', { all: true })
})
