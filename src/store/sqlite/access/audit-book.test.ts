// The audit as it is kept: with states, by age and octets, and in homes whose program knew the lines alone.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId } from '../../../base/brand.ts'
import { newAccount } from '../../../contract/settings.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { initSettings, openSettings } from '../settings/settings.ts'

const FIRST = 1001 as AccountId
const DAY = 86_400_000
const at = (folder: string) => ({ file: join(folder, 'master.v2.db'), keyFile: join(folder, 'master.key') })
const ALL = { limit: 1000 }

test('a change has its state before and after in its own transaction, and of secrets only whether they are others', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  const route = { pattern: '*', host: 'a.example', port: 25, tls: 'verify', implicitTls: false, user: 'u', password: 'hunter-22' } as const
  store.putRoute(route, 'ann')
  store.putRoute({ ...route, port: 587 }, 'ann')
  store.putRoute({ ...route, password: 'hunter-23' }, 'hms (ben)')
  store.removeRoute('*', 'ann')
  const [gone, password, port, first] = store.audited(ALL).records
  const shown = (record: typeof gone, state: 'before' | 'after'): unknown => {
    const fields = record?.[state] as { port: number; password: string } | null | undefined
    return fields && [fields.port, fields.password]
  }
  assert.deepEqual([shown(first, 'before'), shown(first, 'after')], [null, [25, '(not shown)']])
  assert.deepEqual(
    [shown(port, 'before'), shown(port, 'after')],
    [
      [25, '(not shown)'],
      [587, '(not shown)'],
    ],
  )
  assert.deepEqual(shown(password, 'after'), [25, '(not shown, changed)'])
  assert.deepEqual([shown(gone, 'before'), shown(gone, 'after')], [[25, '(not shown)'], null])
  assert.deepEqual([password?.via, gone?.via, gone?.action, gone?.subject], ['hms', 'itself', 'route removed', '*'])
  assert.equal(JSON.stringify(store.audited(ALL)).includes('hunter'), false)
})

test('a call of an operation is told with who, which way and whence; questions are answered page by page', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  const wrote: boolean[] = []
  const actor = { by: 'ann', via: 'api', address: '192.0.2.7' } as const
  const call = store.as({ actor, operation: 'account.set', wrote: (_id, withStates) => wrote.push(withStates) })
  call.putAccount(newAccount(FIRST, 'First'), 'ann')
  call.note('ann', 'queue delete', '3 of {}')
  store.note('rule r', 'effect begun', 'mx.example')
  assert.deepEqual(wrote, [true, false])
  const { records } = store.audited(ALL)
  const [effect, note, account] = records
  assert.deepEqual([account?.via, account?.address, account?.operation, account?.account], ['api', '192.0.2.7', 'account.set', FIRST])
  assert.deepEqual([note?.operation, note?.account, effect?.via, effect?.operation], ['account.set', null, 'itself', null])
  const found = (filter: object): number[] => store.audited({ ...ALL, ...filter }).records.map(({ id }) => id)
  const ids = records.map(({ id }) => id)
  assert.deepEqual(found({ who: 'an' }), ids.slice(1))
  assert.deepEqual(found({ action: 'queue' }), [ids[1]])
  assert.deepEqual(found({ subject: 'example' }), [ids[0]])
  assert.deepEqual(found({ account: FIRST }), [ids[2]])
  assert.deepEqual(found({ operation: 'account.set', until: Date.now() + 1000, since: Date.now() - 60_000 }), ids.slice(1))
  assert.deepEqual(found({ since: Date.now() + 2 * DAY }), [])
  const first = store.audited({ limit: 2 })
  assert.deepEqual([first.records.length, first.next], [2, ids[1]])
  const rest = store.audited({ limit: 2, after: first.next ?? 0 })
  assert.deepEqual([rest.records.map(({ id }) => id), rest.next], [[ids[2]], null])
})

test('what is too old or too much goes, the oldest first, and the last changes stay', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  for (let i = 0; i < 20; i++) store.putAccount({ ...newAccount(FIRST, 'x'.repeat(2000)), weight: i + 1 }, 'ann')
  store.pruneAudit(0, 1024 * 1024 * 1024)
  assert.equal(store.audited(ALL).records.length, 20)
  store.pruneAudit(0, 25_000)
  const { records } = store.audited(ALL)
  const last = records[0]?.after as { weight: number }
  assert.ok(records.length >= 3 && records.length < 10, String(records.length))
  assert.deepEqual([last.weight, store.audit(100).length], [20, records.length])
  store.pruneAudit(Date.now() + DAY, 1024 * 1024)
  assert.deepEqual([store.audited(ALL).records, store.audit(10)], [[], []])
})

test('whoever fills the audit pushes out what he did himself, and nothing that others did', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  const by = (who: string): number => store.audit(10_000).filter((line) => line.by === who).length
  for (let i = 0; i < 20; i++) store.putRelay({ cidr: `192.0.2.${i}/32` }, 'ann')
  for (let i = 0; i < 60; i++) store.putAccount({ ...newAccount(FIRST, 'x'.repeat(2000)), weight: i + 1 }, 'mallory')
  for (let i = 0; i < 5; i++) store.putRelay({ cidr: `192.0.3.${i}/32` }, 'bob')
  for (let round = 0; round < 3; round++) {
    store.pruneAudit(0, 60_000)
    assert.deepEqual([by('ann'), by('bob')], [20, 5])
    assert.ok(by('mallory') > 5 && by('mallory') < 25, String(by('mallory')))
    const newest = store.audited({ who: 'mallory', limit: 1 }).records[0]?.after as { weight: number }
    assert.equal(newest.weight, 60 + round * 100)
    for (let i = 0; i < 100; i++) store.putAccount({ ...newAccount(FIRST, 'y'.repeat(2000)), weight: 61 + round * 100 + i }, 'mallory')
  }
})

test('a home of 1.0.0 opens: its lines are told without states, and a program that knows no states leaves what is there as it is', () => {
  using folder = temporaryFolder()
  {
    using store = initSettings(at(folder.path))
    store.putRelay({ cidr: '192.0.2.0/24' }, 'hms (ann)')
    using database = new DatabaseSync(at(folder.path).file)
    database.exec('DROP TABLE audit_detail')
  }
  using store = openSettings(at(folder.path))
  const line = store.audited(ALL).records[0]
  assert.deepEqual([line?.by, line?.via, line?.action, line?.before, line?.after], ['hms (ann)', 'hms', 'relay set', null, null])
  store.putRelay({ cidr: '192.0.2.1/32' }, 'ann')
  using database = new DatabaseSync(at(folder.path).file)
  // Such a program puts back a backup: its lines have numbers that others had.
  database.exec("UPDATE audit SET at = at - 1000, subject = 'other' WHERE id = (SELECT max(id) FROM audit)")
  assert.deepEqual([store.audited(ALL).records[0]?.subject, store.audited(ALL).records[0]?.after], ['other', null])
})
