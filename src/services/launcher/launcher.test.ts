import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import { checkConfig } from '../../lifecycle/config.ts'
import { takeLockFile } from '../../store/sqlite/spool/lock-file.ts'
import { homeLockPath, runningPath } from '../home.ts'
import { launch } from './launcher.ts'

test('a home that cannot be written to is refused in a sentence, and left free', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hms-launcher-'))
  try {
    mkdirSync(runningPath(home), { recursive: true })
    const any = '127.0.0.1:0'
    const reading = checkConfig('', { HMS_SMTP_LISTEN: any, HMS_PANEL_LISTEN: any, HMS_SIMULATOR_LISTEN: any, HMS_INJECT_LISTEN: any })
    assert.ok(reading.ok)
    const log = jsonLog('test', 'error', () => {})
    await assert.rejects(launch({ config: reading.config, home, version: 'test', log, print: () => {} }), { code: 'home-unusable' })
    const lock = takeLockFile(homeLockPath(home))
    assert.ok(lock !== null, 'the lock is still held')
    lock[Symbol.dispose]()
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
