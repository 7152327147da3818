import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { LifecycleRuns } from './lifecycle-desk.ts'

test('one of a kind runs at a time, its end and failure are kept, and the desk that ends takes it along', async () => {
  using folder = temporaryFolder()
  const parts = { home: folder.path, config: configWith(), version: '1.0.0', clock: new FakeClock() }
  const backup = { kind: 'backup', subject: null, by: 'ann', words: ['backup'] } as const
  const desk = new LifecycleRuns(parts)
  const first = desk.start(backup)
  assert.throws(() => desk.start(backup), { code: 'run-under-way' })
  const other = desk.start({ ...backup, kind: 'preflight', words: ['--version'] })
  assert.ok(other.id > first.id)
  await until(() => desk.runs().every(({ ended }) => ended !== null), 'their ends')
  const [version, failed] = desk.runs()
  assert.deepEqual([version?.kind, version?.failure], ['preflight', null])
  assert.deepEqual([failed?.failure?.code, failed?.answer, failed?.progress], ['no-home', null, null])
  desk.start(backup)
  await desk[Symbol.asyncDispose]()
  assert.notEqual(desk.runs()[0]?.ended, null)
})
