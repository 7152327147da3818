import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ANONYMOUS_ACCOUNT, type AccountId, type Domain } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { NO_RULES } from '../../../contract/rules.ts'
import { type Account, type DkimKey, newAccount, type Route } from '../../../contract/settings.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { cannotMount, SmallDisk } from '../../../../testkit/small-disk.ts'
import { initSettings, openSettings } from './settings.ts'
import { convertSettings, SETTINGS_STEPS } from './settings-formats.ts'

const ACCOUNT: Account = newAccount(ANONYMOUS_ACCOUNT, 'anonymous')
const ROUTE: Route = { pattern: '*', host: 'smart.example', port: 587, tls: 'verify', implicitTls: false, user: 'u', password: 'hunter-22' }
const KEY: DkimKey = {
  domain: 'example.com' as Domain,
  selector: 's1',
  algorithm: 'rsa-sha256',
  privateKey: '-----BEGIN PRIVATE KEY-----\nsecret-of-dkim\n',
  account: null,
  role: 'author',
  seenAt: null,
}

const at = (folder: string) => ({ file: join(folder, 'master.v2.db'), keyFile: join(folder, 'config', 'master.key') })
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
  return undefined
}

test('settings are read as they were put, in another connection too, which sees that they changed', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  using other = openSettings(at(folder.path))
  assert.equal(other.epoch(), store.epoch())
  assert.match(store.epoch(), /^[0-9a-hjkmnp-tv-z]{6}$/)
  const before = other.read().version
  assert.equal(other.changed(), false)
  store.putAccount(ACCOUNT, 'test')
  store.putAccount({ ...ACCOUNT, id: 1001 as AccountId, name: 'first' }, 'test')
  store.putRoute(ROUTE, 'test')
  store.putDkimKey(KEY, 'test')
  store.putRelay({ cidr: '192.0.2.0/24' }, 'test')
  assert.equal(other.changed(), true)
  const settings = other.read()
  assert.equal(other.changed(), false)
  assert.equal(settings.version, before + 5)
  assert.deepEqual([...settings.accounts.keys()], [1000, 1001])
  assert.deepEqual(settings.routes, [ROUTE])
  assert.deepEqual(settings.dkimKeys, [KEY])
  assert.equal(store.removeRelay('192.0.2.0/24', 'test'), true)
  assert.equal(store.removeRelay('192.0.2.0/24', 'test'), false)
  const [last] = store.audit(1)
  assert.deepEqual([last?.by, last?.action, last?.subject], ['test', 'relay removed', '192.0.2.0/24'])
})

test('secrets are not in the file, and open under their own key and place only', () => {
  using folder = temporaryFolder()
  const { file, keyFile } = at(folder.path)
  {
    using store = initSettings({ file, keyFile })
    store.putRoute(ROUTE, 'test')
    store.putRoute({ ...ROUTE, pattern: 'two.test', password: 'other' }, 'test')
    store.putDkimKey(KEY, 'test')
  }
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  const copy = join(folder.path, 'copy.db')
  {
    using database = new DatabaseSync(file)
    database.prepare('VACUUM INTO ?').run(copy)
    const bytes = readFileSync(copy)
    for (const secret of ['hunter-22', 'secret-of-dkim']) assert.equal(bytes.includes(secret), false)
    database.exec("UPDATE item SET sealed = (SELECT sealed FROM item WHERE key = 'two.test') WHERE key = '*'")
  }
  {
    using store = openSettings({ file, keyFile })
    assert.equal(
      codeOf(() => store.read()),
      'key-mismatch',
    )
  }
  writeFileSync(keyFile, Buffer.alloc(32))
  using store = openSettings({ file, keyFile })
  assert.equal(
    codeOf(() => store.read()),
    'key-mismatch',
  )
})

test('a home is made once, and a newer format is refused in one sentence', () => {
  using folder = temporaryFolder()
  assert.equal(
    codeOf(() => openSettings(at(folder.path))),
    'no-settings',
  )
  initSettings(at(folder.path))[Symbol.dispose]()
  assert.equal(
    codeOf(() => initSettings(at(folder.path))),
    'settings-exist',
  )
  {
    using database = new DatabaseSync(at(folder.path).file)
    database.exec('PRAGMA user_version = 3')
  }
  assert.equal(
    codeOf(() => openSettings(at(folder.path))),
    'format-newer',
  )
})

test('a disk that fills during a conversion: what was made is removed, the original is untouched', { skip: cannotMount() }, async () => {
  using disk = new SmallDisk('8m')
  const { file, keyFile } = at(disk.folder)
  {
    using store = initSettings({ file, keyFile })
    for (let n = 0; n < 200; n++) store.putRoute({ ...ROUTE, pattern: `${n}.test` }, 'test')
  }
  const original = readFileSync(file)
  const way = { steps: SETTINGS_STEPS.filter(({ from, to }) => from === 2 && to === 1), facts: { installation: '' } }
  disk.fill()
  await assert.rejects(convertSettings(file, `${file}.new`, way), { code: 'conversion-failed' })
  const left = readdirSync(disk.folder).filter((name) => name.includes('.new'))
  assert.deepEqual(left, [])
  assert.deepEqual(readFileSync(file), original)
  disk.free()
  assert.ok((await convertSettings(file, `${file}.new`, way)).rows > 400)
})

test('each version of the rules is kept whole, the newest counts and stays one object, and the oldest go', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  using other = openSettings(at(folder.path))
  assert.deepEqual(store.read().rules, { version: 0, document: NO_RULES })
  const document = { ...NO_RULES, rules: [{ name: 'a', by: 'domain', mask: 'a.example', set: { connections: { limit: 3 } } }] } as const
  assert.equal(store.putRules('owner', { document, pinned: false }, { by: 'ann', note: 'first' }), 1)
  assert.equal(other.changed(), true)
  const { rules } = other.read()
  assert.deepEqual(rules, { version: 1, document })
  store.putAccount(ACCOUNT, 'test')
  assert.equal(other.read().rules, rules, 'another setting changed: the rules are not parsed again')
  for (let i = 2; i <= 205; i++) store.putRules('owner', { document: NO_RULES, pinned: false }, { by: 'bob', note: '' })
  const history = store.rulesHistory('owner', 1000)
  assert.deepEqual([history.length, history[0]?.version, history.at(-1)?.version], [200, 205, 6])
  assert.equal(store.rulesAt('owner', 5), undefined)
  assert.deepEqual(store.rulesAt('owner', 6), { ...history.at(-1), document: NO_RULES, pinned: false })
  const audit = store.audit(1000).filter(({ action }) => action === 'rules set')
  assert.deepEqual([audit.length, audit.at(-1)?.by, audit.at(-1)?.subject], [205, 'ann', 'version 1: first'])
})

test('large versions of the rules go before there are too many octets of them, the newest never; Smart rules are apart', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  const rules = Array.from(
    { length: 250_000 },
    (_, i) => ({ name: `r${i}`, by: 'domain', mask: `d${i}.example`, set: { pipelining: false } }) as const,
  )
  const document = { ...NO_RULES, rules }
  for (let i = 1; i <= 4; i++) store.putRules('owner', { document, pinned: false }, { by: 'test', note: '' })
  const kept = store.rulesHistory('owner', 1000).map(({ version }) => version)
  assert.ok(kept.length >= 1 && kept.length < 4 && kept[0] === 4, `kept ${kept.join(', ')}`)
  store.putRules('smart', { document: null, pinned: true }, { by: 'test', note: '' })
  const { smartRules, rules: owners } = store.read()
  assert.deepEqual(smartRules, { version: 1, document: null, pinned: true })
  assert.equal(owners.version, 4)
})

test('what came about by itself is bounded in the audit, the oldest go; what somebody did stays', () => {
  using folder = temporaryFolder()
  using store = initSettings(at(folder.path))
  const line = (by: string, n: number) => ({ at: n, by, action: 'effect begun', subject: `mx.example.com ${n}` })
  store.noteFrom('effects', { file: 'f', upTo: 1 }, [{ ...line('ann', 0), action: 'effect ended' }])
  for (let batch = 1; batch <= 23; batch++) {
    const lines = Array.from({ length: 1000 }, (_none, n) => line(n % 2 === 0 ? 'rule r' : 'time', batch * 1000 + n))
    store.noteFrom('effects', { file: 'f', upTo: batch }, lines)
  }
  const audit = store.audit(100_000).filter(({ action }) => action.startsWith('effect '))
  assert.ok(audit.length >= 20_000 && audit.length <= 21_001, String(audit.length))
  assert.deepEqual([audit[0]?.at, audit.at(-1)?.by], [23_999, 'ann'])
})
