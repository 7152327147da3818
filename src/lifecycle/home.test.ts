import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ANONYMOUS_ACCOUNT } from '../base/brand.ts'
import { checkPassword } from '../smtp/scram.ts'
import { openSettings } from '../store/sqlite/settings/settings.ts'
import { loadConfig } from './config.ts'
import { initHome } from './home.ts'
import { homeState, requireHome } from './home-state.ts'
import { keyFile, masterFile, tlsFiles } from './home-files.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hms-home-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('a new home is whole: folders, keys, accounts, a login that works', async (t) => {
  const home = join(folder(t), 'deep/home')
  assert.equal(homeState(home), 'none')
  const made = await initHome(home, { HMS_SMTP_LISTEN: '127.0.0.1:2600' })
  assert.equal(homeState(home), 'home')
  requireHome(home)
  assert.deepEqual([made.smtp, made.inject, made.panel], ['127.0.0.1:2600', '127.0.0.1:8025', '127.0.0.1:8080'])
  const config = loadConfig(home, {})
  using store = openSettings({ file: masterFile(home), keyFile: keyFile(home, config) })
  const { accounts, credentials } = store.read()
  assert.deepEqual([...accounts.keys()], [ANONYMOUS_ACCOUNT, made.account.id])
  const login = credentials.get(made.account.user)
  assert.ok(login)
  const octets = (text: string): Buffer => Buffer.from(text, 'base64')
  const verifier = { ...login, salt: octets(login.salt), storedKey: octets(login.storedKey), serverKey: octets(login.serverKey) }
  assert.ok(await checkPassword(verifier, made.account.password))
  assert.ok(!(await checkPassword(verifier, made.admin.password)))
  for (const secret of [keyFile(home, config), tlsFiles(home, config).key]) assert.equal(statSync(secret).mode & 0o777, 0o600)
  assert.equal(statSync(home).mode & 0o777, 0o700)
})

test('the sealing key is where the owner wants it, outside the home, and one that is there stays', async (t) => {
  const place = folder(t)
  const key = join(place, 'sealing/hms.key')
  for (const name of ['one', 'two']) {
    const home = join(place, name)
    await initHome(home, {}, key)
    const config = loadConfig(home, {})
    assert.equal(keyFile(home, config), key)
    assert.ok(!existsSync(join(home, 'config/hms.key')))
    openSettings({ file: masterFile(home), keyFile: key })[Symbol.dispose]()
  }
  assert.equal(statSync(key).mode & 0o777, 0o600)
  assert.equal(statSync(key).size, 32)
})

test('what is there is left alone', async (t) => {
  const place = folder(t)
  await initHome(join(place, 'home'), {})
  await assert.rejects(initHome(join(place, 'home'), {}), { code: 'home-exists' })
  mkdirSync(join(place, 'other'))
  writeFileSync(join(place, 'other/file'), '')
  await assert.rejects(initHome(join(place, 'other'), {}), { code: 'home-not-empty' })
  await assert.rejects(initHome(join(place, 'new'), { HMS_WORKERS: 'many' }), { code: 'config-invalid' })
  assert.deepEqual(readdirSync(place), ['home', 'other'])
  const disk = join(place, 'disk')
  mkdirSync(join(disk, 'lost+found'), { recursive: true })
  const { ino } = statSync(disk)
  await initHome(disk, {})
  assert.equal(statSync(disk).ino, ino, 'a mounted disk cannot be replaced by a folder')
  requireHome(disk)
  assert.deepEqual(readdirSync(disk).toSorted(), ['lost+found', ...readdirSync(join(place, 'home'))].toSorted())
  assert.throws(() => requireHome(join(place, 'other')), { code: 'no-home' })
  assert.throws(() => requireHome(join(place, 'nowhere')), { code: 'no-home' })
})
