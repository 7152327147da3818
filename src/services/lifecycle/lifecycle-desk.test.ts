import assert from 'node:assert/strict'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

test('what was sent or made and nobody took goes when its time is over, though nobody looks', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock()
  await using _desk = new LifecycleRuns({ home: folder.path, config: configWith(), version: '1.0.0', clock })
  const upload = { id: 5, by: 'ann', at: clock.now(), size: 9, sha256: 'ab', received: 0, until: clock.now() + 1, release: null }
  const place = join(folder.path, 'lifecycle/uploads/5')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'record.json'), JSON.stringify({ format: 1, upload }))
  writeFileSync(join(place, 'release.tar.gz'), '')
  const bundle = join(folder.path, 'lifecycle/support/hms-support-20250101T000000Z.tar.gz')
  mkdirSync(dirname(bundle))
  writeFileSync(bundle, 'x')
  const old = clock.now() / 1000 - 90_000
  utimesSync(bundle, old, old)
  clock.pass(3_600_000)
  assert.deepEqual([existsSync(place), existsSync(bundle)], [false, false])
})
