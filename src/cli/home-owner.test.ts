// Root at the shell, on a home of another user who is not to be trusted: what that user put there leads root nowhere.
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { UpgradeStep } from '../lifecycle/upgrade/record.ts'
import type { Cli } from './cli.ts'
import { alternateWithOwner, asOwner } from './home-owner.ts'
import { removeHome } from './remove-home.ts'
import { runningServer } from './running.ts'
import { settleBefore } from './version-change.ts'

const skip = process.getuid?.() !== 0 && 'only root can'
const NOBODY = 65_534

/** A folder that anyone may enter, with a home of another user and a file of root's. */
function place(t: TestContext): { home: string; secret: string; root: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hms-owner-'))
  t.after(() => {
    process.seteuid?.(0)
    process.setegid?.(0)
    rmSync(folder, { recursive: true })
  })
  chmodSync(folder, 0o755)
  const [home, secret, root] = [join(folder, 'home'), join(folder, 'secret'), join(folder, 'program')]
  mkdirSync(join(home, 'config'), { recursive: true })
  mkdirSync(join(home, 'run'))
  for (const path of [home, join(home, 'config'), join(home, 'run')]) chownSync(path, NOBODY, NOBODY)
  writeFileSync(secret, 'root alone', { mode: 0o600 })
  return { home, secret, root }
}

function leaveRecord(home: string, root: string, step: UpgradeStep): void {
  const record = { format: 1, kind: 'upgrade', from: '1.0.0', to: '1.1.0', root, startedAt: 1, step, backup: null, settings: [2] }
  writeFileSync(join(home, 'upgrade.json'), JSON.stringify({ ...record, outcome: null, reason: null, perhaps: [] }))
  chownSync(join(home, 'upgrade.json'), NOBODY, NOBODY)
}

function settle(home: string, root: string): Promise<void> {
  const cli = { home, json: false, version: '1.1.0', terminal: { warn: () => undefined } } as unknown as Cli
  return settleBefore(cli, alternateWithOwner(home), { from: '1.1.0', root })
}

test('a record that the owner of the home wrote has root write nothing of its own', { skip }, async (t) => {
  for (const step of ['checking', 'trying', 'serving'] as const) {
    const { home, secret, root } = place(t)
    leaveRecord(home, root, step)
    const { uid } = statSync(secret)
    for (const link of ['upgrade.json.new', 'config/hms.yaml.new', 'config/_new_hms.yaml.new']) symlinkSync(secret, join(home, link))
    await settle(home, root)
    process.seteuid?.(0)
    assert.equal(readFileSync(secret, 'utf8'), 'root alone', step)
    assert.equal(statSync(secret).uid, uid, step)
    assert.equal(statSync(join(home, 'upgrade.json')).uid, NOBODY)
    if (step === 'serving') assert.equal(statSync(join(home, 'config/hms.yaml')).uid, NOBODY)
    process.setegid?.(0)
  }
})

test('a config folder that is a link to a folder of root stays without our files', { skip }, async (t) => {
  const { home, root } = place(t)
  const folder = join(root, 'etc')
  mkdirSync(folder, { recursive: true })
  rmSync(join(home, 'config'), { recursive: true })
  symlinkSync(folder, join(home, 'config'))
  leaveRecord(home, root, 'serving')
  await assert.rejects(settle(home, root), { code: 'EACCES' })
  assert.ok(!existsSync(join(folder, 'hms.yaml')))
})

test('a record that names another program is not followed', { skip }, async (t) => {
  const { home, root } = place(t)
  const other = join(home, 'other')
  mkdirSync(join(other, 'versions/1.0.0'), { recursive: true })
  chownSync(other, NOBODY, NOBODY)
  writeFileSync(join(other, 'versions/1.0.0/manifest.json'), '{}')
  leaveRecord(home, other, 'switching')
  await assert.rejects(settle(home, root), { code: 'upgrade-record' })
  assert.ok(!existsSync(join(other, 'current')))
})

test('asking whether a server runs makes nothing where a link of the owner leads', { skip }, (t) => {
  const { home, root } = place(t)
  mkdirSync(root)
  writeFileSync(join(home, 'run/running.json'), JSON.stringify({ pid: process.pid, version: '1.0.0' }))
  for (const lock of ['hms.lock', 'next.lock']) symlinkSync(join(root, lock), join(home, 'run', lock))
  writeFileSync(join(root, 'hms.lock'), '')
  assert.throws(() => runningServer(home))
  assert.ok(!existsSync(join(root, 'next.lock')))
  assert.equal(process.geteuid?.(), 0)
  assert.equal(
    asOwner(home, () => process.geteuid?.()),
    NOBODY,
  )
})

test('a home whose path is a link goes with all that is in it; what only root may remove stays, and that is said', { skip }, async (t) => {
  const { home, secret } = place(t)
  const link = `${home}-link`
  symlinkSync(home, link)
  symlinkSync(secret, join(home, 'secret'))
  await removeHome(link)
  process.seteuid?.(0)
  assert.ok(!existsSync(link) && !existsSync(home))
  assert.equal(readFileSync(secret, 'utf8'), 'root alone')
  const second = place(t)
  mkdirSync(join(second.home, 'of-root/folder'), { recursive: true })
  await assert.rejects(removeHome(second.home), { code: 'home-unusable' })
})
