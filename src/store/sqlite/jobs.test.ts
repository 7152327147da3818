import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { JobRow } from '../../contract/jobs.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { JobStore } from './jobs.ts'

const NEW = { account: 1001 as AccountId, name: 'a', by: 'me', at: 5, start: 10, document: '{}' }
const row = (line: number): JobRow => ({ line, to: `r${line}@one.test`, data: { line } })

test('recipients are handed out once each, in parts that were settled; rows that came already are not taken again', async () => {
  using folder = temporaryFolder()
  await using jobs = new JobStore(join(folder.path, 'jobs.db'), 'epoch')
  assert.deepEqual([await jobs.list(), jobs.isThere], [[], false])
  const { id } = await jobs.add(NEW)
  await jobs.rows(id, 0, [row(1), { line: 2, problem: 'it is none.' }, row(3)])
  const { recipients, bad } = await jobs.rows(id, 1, [{ line: 2, problem: 'it is none.' }, row(3), row(4)])
  assert.deepEqual([recipients, bad, await jobs.bad(id, 0, 9)], [3, 1, [{ line: 2, problem: 'it is none.' }]])
  await assert.rejects(jobs.rows(id, 9, [row(9)]), /Rows of job 1 are missing/)
  assert.deepEqual(await jobs.due(20, []), [], 'it is still being read')
  await jobs.begin(id)
  await assert.rejects(jobs.rows(id, 4, [row(5)]), /Job 1 is sent already/)
  assert.deepEqual(await jobs.due(9, []), [], 'its time has not come')
  assert.deepEqual(await jobs.due(20, [id]), [])
  const [chunk] = await jobs.due(20, [])
  assert.deepEqual([chunk?.from, chunk?.to, chunk?.recipients], [1, 3, [row(1), row(3), row(4)]])
  assert.equal(await jobs.settle({ id, from: 1, to: 2 }, { queued: 1, refused: [{ line: 3, problem: 'no.' }] }, 30), false)
  const [rest] = await jobs.due(30, [])
  assert.deepEqual([rest?.from, rest?.recipients], [3, [row(4)]])
  await jobs.pause(id, 'me')
  assert.deepEqual(await jobs.due(30, []), [])
  await jobs.resume(id)
  assert.equal(await jobs.settle({ id, from: 3, to: 3 }, { queued: 1, refused: [] }, 40), true)
  const { job } = await jobs.show(id)
  assert.deepEqual([job.state, job.ended, job.queued, job.refused], ['done', 40, 2, 1])
  await jobs.due(50, [])
  assert.deepEqual(await jobs.first(id, 9), [], 'recipients of what is over are let go of')
  await jobs.due(40 + 31 * 86_400_000, [])
  assert.deepEqual(await jobs.list(), [])
})

test('a job of before a restore waits until somebody has looked at it', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'jobs.db')
  {
    await using before = new JobStore(file, 'before')
    const { id } = await before.add(NEW)
    await before.rows(id, 0, [row(1)])
    await before.begin(id)
  }
  await using after = new JobStore(file, 'after')
  assert.deepEqual(await after.due(20, []), [])
  const [job] = await after.list()
  assert.match(job?.paused ?? '', /made before a restore/)
  await after.resume(1)
  assert.equal((await after.due(20, [])).length, 1)
})
