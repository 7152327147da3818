import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../../base/brand.ts'
import { withState } from '../../../policy/accounts/standing.ts'
import { newAccount, type DkimKey, type Route, type SmtpCredential } from '../../../contract/settings.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { initSettings, openSettings } from './settings.ts'
import { restSettings } from './settings-formats.ts'
import { dropSealed, sealedBeyond, sealedIn, settingsDifferences, uniteSettings } from './settings-union.ts'
import { makeKeyFile } from './sealing.ts'

const [FIRST, SECOND] = [1001 as AccountId, 1002 as AccountId]
const ROUTE: Route = { pattern: '*', host: 'smart.example', port: 587, tls: 'verify', implicitTls: false, user: 'u', password: 'hunter-22' }
const credential = (user: string, salt: string): SmtpCredential => {
  return { user, account: FIRST, salt, iterations: 4096, storedKey: 'a', serverKey: 'b', networks: [] }
}
const dkim = (selector: string): DkimKey => {
  const domain = 'example.com' as Domain
  return { domain, selector, algorithm: 'rsa-sha256', privateKey: `secret of ${selector}`, account: null, role: 'author', seenAt: null }
}

/** The settings of a backup, and what they became since. */
function twoStates(folder: string) {
  const keyFile = join(folder, 'hms.key')
  const present = { file: join(folder, 'present.sqlite'), keyFile }
  const backup = { file: join(folder, 'backup.sqlite'), keyFile }
  {
    using store = initSettings(present)
    store.putAccount(newAccount(FIRST, 'First'), 'test')
    store.putCredential(credential('kept', 'old salt'), 'test')
    store.putCredential(credential('revoked', 's'), 'test')
    store.putRelay({ cidr: '10.0.0.0/24' }, 'test')
    store.putRelay({ cidr: '10.0.1.0/24' }, 'test')
    store.putRoute(ROUTE, 'test')
    store.putDkimKey(dkim('kept'), 'test')
    store.putDkimKey(dkim('revoked'), 'test')
    store.noteFrom('effects', { file: 'f', upTo: 1 }, [{ at: 1, by: 'rule r', action: 'effect begun', subject: 'one' }])
  }
  restSettings(present.file)
  copyFileSync(present.file, backup.file)
  using store = openSettings(present)
  store.putAccount({ ...newAccount(FIRST, 'Renamed'), state: 'suspended' }, 'test')
  store.putAccount(newAccount(SECOND, 'Second'), 'test')
  store.putCredential(credential('kept', 'new salt'), 'test')
  store.removeCredential('revoked', 'test')
  store.putCredential({ ...credential('new', 's'), account: SECOND }, 'test')
  store.removeRelay('10.0.1.0/24', 'test')
  store.putRelay({ cidr: '10.0.2.0/24' }, 'test')
  store.removeRoute('*', 'test')
  store.removeDkimKey('example.com' as Domain, 'revoked', 'test')
  store.noteFrom('effects', { file: 'f', upTo: 2 }, [{ at: 2, by: 'time', action: 'effect ended', subject: 'one' }])
  store.renewEpoch('test')
  return { present, backup }
}

test('how two states differ is told item by item', () => {
  using folder = temporaryFolder()
  const { present, backup } = twoStates(folder.path)
  const told = settingsDifferences(present.file, backup.file).map(({ kind, key, backup: there }) => `${kind} ${key}: ${there}`)
  assert.deepEqual(
    new Set(told),
    new Set([
      'account 1001: differs',
      'account 1002: lacks it',
      'credential kept: differs',
      'credential new: lacks it',
      'credential revoked: has it',
      'relay 10.0.1.0/24: has it',
      'relay 10.0.2.0/24: lacks it',
      'route *: has it',
      'dkim example.com revoked: has it',
    ]),
  )
})

test('the settings of a backup come back, and nobody gets back what was taken from him', () => {
  using folder = temporaryFolder()
  const { present, backup } = twoStates(folder.path)
  using now = openSettings(present)
  for (let twice = 0; twice < 2; twice++) {
    uniteSettings(backup.file, present.file, false)
    using store = openSettings(backup)
    const { accounts, credentials, relays, routes, dkimKeys, version } = store.read()
    assert.deepEqual([accounts.get(FIRST)?.name, accounts.get(FIRST)?.state], ['First', 'suspended'])
    assert.equal(accounts.get(SECOND)?.name, 'Second', 'its mail waits')
    assert.deepEqual([...credentials.keys()].toSorted(), ['kept', 'new'])
    assert.equal(credentials.get('kept')?.salt, 'new salt', 'an old password stays invalid')
    assert.deepEqual(relays, [{ cidr: '10.0.0.0/24' }])
    assert.deepEqual(routes, [ROUTE])
    assert.deepEqual(
      dkimKeys.map(({ selector, privateKey }) => [selector, privateKey]),
      [['kept', 'secret of kept']],
    )
    assert.deepEqual(store.audit(100), now.audit(100))
    assert.deepEqual(store.audited({ limit: 1000 }), now.audited({ limit: 1000 }), 'with how things were before')
    assert.deepEqual(store.notedUpTo('effects'), { file: 'f', upTo: 2 }, 'what the audit has is not written again')
    assert.deepEqual([store.epoch(), store.installation()], [now.epoch(), now.installation()])
    assert.ok(version > now.read().version)
  }
})

test('what was done to an account since stays so, with who did it and why; who is let go again is what he was in the backup', () => {
  using folder = temporaryFolder()
  const { present, backup } = twoStates(folder.path)
  using now = openSettings(present)
  const held = withState(newAccount(FIRST, 'First'), { state: 'held', reason: 'phishing', by: 'ann', until: null }, 7)
  now.putAccount(held, 'test')
  uniteSettings(backup.file, present.file, false)
  {
    using store = openSettings(backup)
    assert.deepEqual(store.read().accounts.get(FIRST), held)
  }
  now.putAccount(withState(held, { state: 'active', reason: 'sorry', by: 'ann', until: null }, 8), 'test')
  uniteSettings(backup.file, present.file, false)
  using store = openSettings(backup)
  assert.equal(store.read().accounts.get(FIRST)?.state, 'held')
})

test('who says forget gets all of the backup, but never its epoch', () => {
  using folder = temporaryFolder()
  const { present, backup } = twoStates(folder.path)
  uniteSettings(backup.file, present.file, true)
  using now = openSettings(present)
  using store = openSettings(backup)
  const { accounts, credentials, relays, dkimKeys } = store.read()
  assert.deepEqual(
    [...credentials.values()].map(({ user, salt }) => [user, salt]),
    [
      ['kept', 'old salt'],
      ['revoked', 's'],
    ],
  )
  assert.deepEqual([accounts.get(FIRST)?.state, accounts.has(SECOND), relays.length, dkimKeys.length], ['active', false, 2, 2])
  assert.deepEqual([store.epoch(), store.installation()], [now.epoch(), now.installation()])
})

test('without its key, what is sealed is named, and what is left can be read', () => {
  using folder = temporaryFolder()
  const { backup } = twoStates(folder.path)
  assert.deepEqual(sealedBeyond(backup.file, backup.keyFile), [])
  const other = join(folder.path, 'other.key')
  makeKeyFile(other)
  const lost = sealedBeyond(backup.file, other)
  assert.deepEqual(new Set(lost), new Set(['route *', 'dkim example.com kept', 'dkim example.com revoked']))
  assert.deepEqual(new Set(sealedIn(backup.file)), new Set(lost))
  dropSealed(backup.file, lost)
  using store = openSettings({ file: backup.file, keyFile: other })
  const { routes, dkimKeys } = store.read()
  assert.deepEqual([routes, dkimKeys], [[{ ...ROUTE, password: null }], []])
})

test('keys of tokens of both states are kept, so that what was sent in between can come back; without the key file they go', () => {
  using folder = temporaryFolder()
  const { present, backup } = twoStates(folder.path)
  const tokenKey = (n: number, since: number) => ({ n, since, secret: Buffer.alloc(32, n) })
  const into = (place: typeof present, ...keys: readonly ReturnType<typeof tokenKey>[]): void => {
    using store = openSettings(place)
    for (const key of keys) store.putTokenKey(key, 'test')
  }
  into(present, tokenKey(1, 10), tokenKey(2, 20))
  into(backup, tokenKey(1, 10))
  uniteSettings(backup.file, present.file, false)
  {
    using store = openSettings(backup)
    assert.deepEqual(store.read().tokenKeys, [tokenKey(1, 10), tokenKey(2, 20)])
  }
  dropSealed(backup.file, sealedIn(backup.file))
  using store = openSettings(backup)
  assert.deepEqual(store.read().tokenKeys, [])
})
