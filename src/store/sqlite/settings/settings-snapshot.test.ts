// A snapshot that was kept and brought up to date row by row is the one that somebody reads who has just opened the settings.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { chance } from '../../../../testkit/chance.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import type { AccountId } from '../../../base/brand.ts'
import { newAccount } from '../../../contract/settings.ts'
import type { SettingsStore } from '../../../engine/ports/stores.ts'
import { initSettings, openSettings } from './settings.ts'

function home() {
  const folder = temporaryFolder()
  const files = { file: join(folder.path, 'master.v2.db'), keyFile: join(folder.path, 'key') }
  const writer = initSettings(files)
  const reader = openSettings(files)
  const fresh = (): ReturnType<SettingsStore['read']> => {
    using store = openSettings(files)
    return store.read()
  }
  const dispose = (): void => {
    reader[Symbol.dispose]()
    writer[Symbol.dispose]()
    folder[Symbol.dispose]()
  }
  return { writer, reader, fresh, file: files.file, [Symbol.dispose]: dispose }
}

const lists = (settings: object): unknown =>
  JSON.parse(JSON.stringify(settings, (_key, value: unknown) => (value instanceof Map ? [...value] : value)))

test('whatever is put, changed and removed, and however late somebody looks, all see the same', () => {
  using at = home()
  const next = chance(7)
  const some = (n: number): number => Math.floor(next() * n)
  const { writer, reader } = at
  const steps: readonly ((n: number) => void)[] = [
    (n) => writer.putAccount(newAccount((1000 + n) as AccountId, `account ${some(100)}`), 'test'),
    (n) => writer.putRelay({ cidr: `192.0.2.${n}/32` }, 'test'),
    (n) => writer.removeRelay(`192.0.2.${n}/32`, 'test'),
    (n) =>
      writer.putRoute(
        { pattern: `d${n}.test`, host: 'h', port: 25, tls: 'may', user: null, password: some(2) === 0 ? null : `p${some(9)}` } as never,
        'test',
      ),
    (n) => writer.removeRoute(`d${n}.test`, 'test'),
    (n) => writer.putSuspension({ id: n, domain: null, account: null, mailing: null, note: '', by: 'test', at: some(9) }, 'test'),
    (n) => writer.removeSuspension(n, 'test'),
    () => writer.note('test', 'something', ''),
    () => writer.putRules('owner', { document: { format: 1, rules: [] } as never, pinned: false }, { by: 'test', note: '' }),
  ]
  for (let step = 0; step < 400; step++) {
    steps[some(steps.length)]?.(some(12))
    if (some(4) === 0) assert.deepEqual(lists(reader.read()), lists(at.fresh()), `step ${step}`)
  }
  assert.deepEqual(lists(writer.read()), lists(at.fresh()))
  assert.equal(reader.read(), reader.read(), 'nothing changed in between')
})

test('what somebody changed who keeps no log, or more than the log has, is seen as well', () => {
  using at = home()
  at.reader.read()
  {
    using other = new DatabaseSync(at.file)
    // As a program of 1.0.0 does.
    other.exec(`INSERT INTO item VALUES ('relay', '192.0.2.0/24', '{"cidr":"192.0.2.0/24"}', NULL); UPDATE meta SET version = version + 1`)
  }
  assert.deepEqual(at.reader.read().relays, [{ cidr: '192.0.2.0/24' }])
  for (let n = 0; n < 1100; n++) at.writer.putRelay({ cidr: `192.0.2.${n % 9}/32` }, 'test')
  assert.equal(at.reader.read().relays.length, 10)
  using other = new DatabaseSync(at.file)
  assert.equal(other.prepare('SELECT count(*) AS n FROM changed').get()?.['n'], 1000)
})
