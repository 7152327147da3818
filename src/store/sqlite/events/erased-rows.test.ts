// What was told and noted of others loses an address that was erased, and nothing else: rows, their order and their places in the file.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { test } from 'node:test'
import { Eraser } from '../../../policy/kept/erasure.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { AlertLog, type NewAlert } from '../desk/alerts.ts'
import { eraseRows } from './erased-rows.ts'
import { erasedMark } from './erased-target.ts'

const gently = async (): Promise<void> => {}

function alert(n: number, what: string): NewAlert {
  return { at: n, kind: 'test', what, mend: 'Look.', effect: null, by: 'hms', source: `test ${n}`, mail: 'sent', webhook: 'waits' }
}

test('alerts that quote her do so no more, also those that are still to leave; others are as they were', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'desk.db')
  using log = new AlertLog(file)
  const others = Array.from({ length: 1200 }, (_, n) => alert(n, `of bob${n}@x.test\nand joann@x.test`))
  log.add([...others, alert(2000, 'after:\n550 <Ann@x.test> no'), alert(2001, 'mailto:b%2Bann%40x.test, ann%40x.test')])
  const before = log.whole()
  const how = { eraser: new Eraser('ann@x.test'), gently }
  assert.equal(await eraseRows(file, 'alerts', { ...how, dryRun: true }), 2)
  assert.deepEqual(log.whole(), before)
  assert.equal(await eraseRows(file, 'alerts', { ...how, dryRun: false }), 2)
  const after = log.whole()
  assert.deepEqual(after.slice(0, 1200), before.slice(0, 1200))
  assert.deepEqual(
    after.slice(1200).map(({ what }) => what),
    ['after:\n550 <erased@erased.invalid> no', 'mailto:b%2Bann%40x.test, erased@erased.invalid'],
  )
  assert.equal(log.waiting('webhook', 1, 5000).length, 1000, 'what waits to leave still does')
  assert.doesNotMatch(readFileSync(file, 'latin1'), /<Ann@x\.test>/)
  assert.equal(await eraseRows(file, 'alerts', { ...how, dryRun: false }), 0)
})

test('a database that is not there, or has no such table yet, has nothing to erase', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'effects.db')
  const how = { eraser: new Eraser('ann@x.test'), gently, dryRun: false }
  assert.equal(await eraseRows(file, 'effects', how), 0)
  {
    using database = new DatabaseSync(file)
    database.exec(
      'CREATE TABLE effect (id TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID; INSERT INTO effect VALUES (\'a\', \'{"cause":"550 ann@x.test"}\')',
    )
  }
  assert.equal(await eraseRows(file, 'effects', how), 1)
})

test('the mark in the audit is one for each person, is nobody, and tells another key nothing', () => {
  using folder = temporaryFolder()
  const [key, other] = ['a', 'b'].map((name, n) => {
    const file = join(folder.path, name)
    writeFileSync(file, Buffer.alloc(32, n))
    return file
  }) as [string, string]
  const mark = erasedMark(key, 'ann@x.test')
  assert.match(mark, /^erased-[\da-f]{16}@erased\.invalid$/)
  assert.equal(erasedMark(key, 'ann@x.test'), mark)
  assert.equal(new Set([mark, erasedMark(key, 'bob@x.test'), erasedMark(other, 'ann@x.test')]).size, 3)
  assert.equal(erasedMark(join(folder.path, 'none'), 'ann@x.test'), 'erased@erased.invalid')
})
