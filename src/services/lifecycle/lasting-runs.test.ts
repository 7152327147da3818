// What a desk makes of runs that another desk, or another version, began: by what their files say and whether their process lives.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Run } from '../../contract/lifecycle.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { type KnownProcess, processNow } from './known-process.ts'
import { LastingRuns } from './lasting-runs.ts'

const RESTORE = { kind: 'restore', subject: '/b.zip', by: 'ann', words: ['--version'] } as const

function house() {
  const folder = temporaryFolder()
  const runs = join(folder.path, 'lifecycle/runs')
  mkdirSync(runs, { recursive: true })
  const parts = { home: folder.path, clock: new FakeClock() }
  const put = (id: number, process: KnownProcess | null, files: Readonly<Record<string, string>> = {}): void => {
    const run: Run = { id, kind: 'restore', subject: '/b.zip', by: 'ann', at: id, ended: null, progress: null, failure: null, answer: null }
    writeFileSync(join(runs, `${id}.json`), JSON.stringify({ format: 1, run, process }))
    for (const [end, text] of Object.entries(files)) writeFileSync(join(runs, `${id}.${end}`), text)
  }
  const open = (): LastingRuns => new LastingRuns(parts)
  return { runs, put, open, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

/** A process that does nothing, and lives as long as the test wants. */
function idle(): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  assert.ok(child.pid !== undefined)
  return child as ChildProcess & { readonly pid: number }
}

test('one that another desk began runs on here with its progress; killed, it says so, and then another may begin', async () => {
  using at = house()
  const child = idle()
  try {
    const steps = '{"doing":"Reading","done":1,"total":9}\n{"doing":"Reading","done":5,"total":9}\n{"doing":"Rea'
    at.put(10, processNow(child.pid), { answer: '', failure: '', progress: steps })
    const desk = at.open()
    const [run] = desk.list()
    assert.deepEqual([run?.ended, run?.progress], [null, { doing: 'Reading', done: 5, total: 9 }])
    assert.throws(() => desk.start(11, RESTORE), { code: 'run-under-way' })
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const desk = at.open()
  const [run] = desk.list()
  assert.deepEqual([run?.failure?.code, run?.answer, run?.progress], ['run-cut-off', null, null])
  assert.ok((run?.ended ?? 0) >= 10)
  assert.deepEqual(readdirSync(at.runs), ['10.json'])
  assert.deepEqual(at.open().list(), desk.list())
  // It prints what is no answer: nobody takes it for one.
  desk.start(11, RESTORE)
  const after = await until(() => desk.list().find(({ id, ended }) => id === 11 && ended !== null), 'the end of the next')
  assert.equal(after.failure?.code, 'run-cut-off')
})

test('what a process left that is gone is told: an answer, a failure, or neither', () => {
  using at = house()
  const gone: KnownProcess = { pid: process.pid, begun: '1', boot: 'of another start' }
  at.put(1, gone, { answer: '{"done":true}\n', failure: '' })
  at.put(2, gone, { answer: '', failure: 'Waiting.\n{"error":{"code":"wrong-passphrase","message":"No.","mend":null}}\n' })
  at.put(3, gone, { answer: '{"done":', failure: '' })
  at.put(4, null)
  // The same number, begun at another time: it is another process.
  const now = processNow(process.pid) ?? assert.fail()
  at.put(5, { ...now, begun: String(Number(now.begun) + 1) }, { answer: '', failure: '' })
  const told = at.open().list()
  assert.deepEqual(
    told.map(({ id, answer, failure }) => [id, answer, failure?.code ?? null]),
    [
      [5, null, 'run-cut-off'],
      [4, null, 'run-cut-off'],
      [3, null, 'run-cut-off'],
      [2, null, 'wrong-passphrase'],
      [1, { done: true }, null],
    ],
  )
})

test('what is no record of a run is passed over, and 50 are remembered', async () => {
  using at = house()
  writeFileSync(join(at.runs, '7.json'), '{"format":1,"run":{"id":8}}')
  writeFileSync(join(at.runs, '8.json'), 'nonsense')
  writeFileSync(join(at.runs, '../9.json'), '{}')
  writeFileSync(join(at.runs, 'x.json'), '{}')
  assert.deepEqual(at.open().list(), [])
  for (let id = 100; id < 160; id++) at.put(id, null)
  const desk = at.open()
  assert.equal(desk.list().length, 60)
  desk.start(1000, RESTORE)
  assert.deepEqual([desk.list().length, at.open().list().length], [50, 50])
  await until(() => desk.list().every(({ ended }) => ended !== null), 'the end of the last')
})
