import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../config.ts'
import { initHome } from '../home.ts'
import { makeBackup } from './make.ts'
import { knownBackups, oldestBackup, remember } from './record.ts'

test('beside a backup only what a killed one left is removed, and no link is written through', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'hms-make-'))
  t.after(() => rmSync(place, { recursive: true }))
  const home = join(place, 'home')
  await initHome(home, {})
  const left = ['mail.new.copy', 'mail.new.copy-wal', 'mail.new.copy-shm', 'mail.new.copy-journal']
  const ofAnother = ['hms-1.0.0-20260101T000000Z.zip.new', 'hms-1.0.0-20260101T000000Z.zip.enc.new.copy']
  const own = ['mail.news', 'mail.newsletter.txt', 'mail.new.copy.of.mine', 'hms-notes.zip.newer', 'my-hms-1.zip.new']
  for (const name of [...left, ...ofAnother, ...own]) writeFileSync(join(place, name), 'x')
  writeFileSync(join(place, 'of somebody else'), 'as it was')
  symlinkSync(join(place, 'of somebody else'), join(place, 'mail.new'))
  const hold = { isRunning: false, hold: async () => true, go: async () => true }
  const what = { messages: true, logs: true, passphrase: null, scheduled: false, version: '1.0.0' }
  const file = join(place, 'mail')
  await makeBackup({ home, config: loadConfig(home, {}), to: file, hold, now: Date.now, progress: () => undefined, ...what })
  assert.deepEqual(readdirSync(place).toSorted(), ['home', 'mail', 'of somebody else', ...own].toSorted())
  assert.equal(readFileSync(join(place, 'of somebody else'), 'utf8'), 'as it was')
  assert.ok(lstatSync(file).isFile())
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('what somebody wrote into the list of backups does no harm', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'hms-make-'))
  t.after(() => rmSync(home, { recursive: true }))
  const one = { file: join(home, 'x.zip'), at: 5, size: 1, version: '1.0.0', messages: 0, recipients: 0, encrypted: false, scheduled: true }
  writeFileSync(one.file, '')
  for (const backups of [
    undefined,
    null,
    5,
    'x',
    {},
    [null, 5, {}, { file: 5, at: 1 }, { file: 'relative', at: 1 }, { file: one.file, at: 'now' }],
  ]) {
    writeFileSync(join(home, 'backups.json'), JSON.stringify({ backups }))
    assert.deepEqual(knownBackups(home), [])
    assert.equal(oldestBackup(home), null)
    remember(home, one)
    assert.deepEqual(knownBackups(home), [one])
  }
})
