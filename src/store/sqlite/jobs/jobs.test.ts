import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../../../base/brand.ts'
import { JOB_BOUNDS, type JobRow } from '../../../contract/jobs.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { JobStore } from './jobs.ts'

const NEW = { account: 1001 as AccountId, name: 'a', by: 'me', at: 5, start: 10, document: '{}' }
const ALL = { limit: 100 }
const KEPT = 30 * 86_400_000
const row = (line: number): JobRow => ({ line, to: `r${line}@one.test`, data: { line } })

test('recipients are handed out once each, in parts that were settled; rows that came already are not taken again', async () => {
  using folder = temporaryFolder()
  await using jobs = new JobStore(join(folder.path, 'jobs.db'), 'epoch')
  assert.deepEqual([await jobs.list(ALL), jobs.isThere], [[], false])
  const { id } = await jobs.add(NEW)
  await jobs.rows(id, 0, [row(1), { line: 2, problem: 'it is none.' }, row(3)], 7)
  const { recipients, bad } = await jobs.rows(id, 1, [{ line: 2, problem: 'it is none.' }, row(3), row(4)], 7)
  assert.deepEqual([recipients, bad, await jobs.bad(id, 0, 9)], [3, 1, [{ line: 2, problem: 'it is none.' }]])
  await assert.rejects(jobs.rows(id, 9, [row(9)], 7), /Rows of job 1 are missing/)
  assert.deepEqual(await jobs.due(20, [], KEPT), [], 'it is still being read')
  await jobs.begin(id)
  await assert.rejects(jobs.rows(id, 4, [row(5)], 7), /Job 1 is sent already/)
  assert.deepEqual(await jobs.due(9, [], KEPT), [], 'its time has not come')
  assert.deepEqual(await jobs.due(20, [id], KEPT), [])
  const [chunk] = await jobs.due(20, [], KEPT)
  assert.deepEqual([chunk?.from, chunk?.to, chunk?.recipients], [1, 3, [row(1), row(3), row(4)]])
  assert.equal(await jobs.settle({ id, from: 1, to: 2 }, { queued: 1, refused: [{ line: 3, problem: 'no.' }] }, 30), false)
  const [rest] = await jobs.due(30, [], KEPT)
  assert.deepEqual([rest?.from, rest?.recipients], [3, [row(4)]])
  await jobs.pause(id, 'me')
  assert.deepEqual(await jobs.due(30, [], KEPT), [])
  await jobs.resume(id)
  assert.equal(await jobs.settle({ id, from: 3, to: 3 }, { queued: 1, refused: [] }, 40), true)
  const { job } = await jobs.show(id)
  assert.deepEqual([job.state, job.ended, job.queued, job.refused], ['done', 40, 2, 1])
  await jobs.due(50, [], KEPT)
  assert.deepEqual(await jobs.first(id, 9), [], 'recipients of what is over are let go of')
  await jobs.due(40 + 31 * 86_400_000, [], KEPT)
  assert.deepEqual(await jobs.list(ALL), [])
})

test('a job of before a restore waits until somebody has looked at it', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'jobs.db')
  {
    await using before = new JobStore(file, 'before')
    const { id } = await before.add(NEW)
    await before.rows(id, 0, [row(1)], 7)
    await before.begin(id)
  }
  await using after = new JobStore(file, 'after')
  assert.deepEqual(await after.due(20, [], KEPT), [])
  const [job] = await after.list(ALL)
  assert.match(job?.paused ?? '', /made before a restore/)
  await after.resume(1)
  assert.equal((await after.due(20, [], KEPT)).length, 1)
})

test('a job whose recipients break off fails by itself; one that is only looked at goes, and uses up no number', async () => {
  using folder = temporaryFolder()
  await using jobs = new JobStore(join(folder.path, 'jobs.db'), 'epoch')
  const trial = await jobs.add({ ...NEW, trial: true })
  const { id } = await jobs.add(NEW)
  assert.equal(id, 1)
  await jobs.rows(trial.id, 0, [row(1)], 10)
  await assert.rejects(jobs.begin(trial.id), /only looked at/)
  await jobs.rows(id, 0, [row(1)], 10)
  await jobs.rows(id, 1, [], 1000)
  await jobs.due(10 + JOB_BOUNDS.silence, [], KEPT)
  assert.deepEqual([(await jobs.show(id)).job.state, (await jobs.show(trial.id)).job.state], ['reading', 'reading'])
  await jobs.due(1001 + JOB_BOUNDS.silence, [], KEPT)
  const { job } = await jobs.show(id)
  assert.deepEqual([job.state, job.ended], ['failed', 1001 + JOB_BOUNDS.silence])
  assert.match(job.trouble ?? '', /broke off[^]*Nothing was sent/)
  await assert.rejects(jobs.show(trial.id), /no job/)
  await assert.rejects(jobs.rows(id, 1, [row(2)], 10), /given up/)
  await assert.rejects(jobs.begin(id), /given up/)
  await jobs.due(1002 + JOB_BOUNDS.silence + 1000, [], 1000)
  assert.deepEqual(await jobs.list(ALL), [])
})

test('jobs are listed by pages, of one account or all', async () => {
  using folder = temporaryFolder()
  await using jobs = new JobStore(join(folder.path, 'jobs.db'), 'epoch')
  for (let n = 0; n < 5; n++) await jobs.add({ ...NEW, account: (1001 + (n % 2)) as AccountId })
  await jobs.add({ ...NEW, trial: true })
  const ids = async (asked: Parameters<typeof jobs.list>[0]): Promise<number[]> => (await jobs.list(asked)).map(({ id }) => id)
  assert.deepEqual(await ids({ limit: 2 }), [5, 4])
  assert.deepEqual(await ids({ limit: 2, after: 4 }), [3, 2])
  assert.deepEqual(await ids({ limit: 9, account: 1002 as AccountId }), [4, 2])
})

test('no number is used anew, not after jobs.db alone was put back from a copy, and not after it was lost', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'jobs.db')
  const add = async (): Promise<number> => {
    await using jobs = new JobStore(file, 'epoch')
    return (await jobs.add(NEW)).id
  }
  assert.equal(await add(), 1)
  copyFileSync(file, join(folder.path, 'copy.db'))
  assert.deepEqual([await add(), await add()], [2, 3])
  copyFileSync(join(folder.path, 'copy.db'), file)
  assert.equal(await add(), 4)
  rmSync(file)
  assert.equal(await add(), 5)
  // One of before there was such a file.
  rmSync(join(folder.path, 'jobs.number'))
  assert.equal(await add(), 6)
})

test('an erased person leaves a row without him, and nobody else does', async () => {
  using folder = temporaryFolder()
  await using jobs = new JobStore(join(folder.path, 'jobs.db'), 'epoch')
  assert.equal(await jobs.erase('r2@one.test', false), 0)
  const { id } = await jobs.add(NEW)
  await jobs.rows(id, 0, [row(1), row(2), { line: 3, problem: 'R2@one.test is written twice.' }], 7)
  await jobs.begin(id)
  assert.equal(await jobs.erase('R2@one.test', true), 2)
  assert.equal(await jobs.erase('R2@one.test', false), 2)
  const [chunk] = await jobs.due(20, [], KEPT)
  assert.deepEqual(chunk?.recipients, [row(1), { line: 2, to: '', data: {} }])
  assert.deepEqual(await jobs.bad(id, 0, 9), [{ line: 3, problem: 'erased@erased.invalid is written twice.' }])
})
