import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeLockFile } from './lock-file.ts'

test('a lock has one holder, and is free again when its process was killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'a.lock')
  const script = `import { takeLockFile } from ${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))}
    globalThis.held = takeLockFile(${JSON.stringify(path)}); console.log(String(globalThis.held !== null)); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script])
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(said.toString().trim(), 'true')
  assert.equal(takeLockFile(path), null)
  child.kill('SIGKILL')
  await once(child, 'exit')
  using mine = takeLockFile(path)
  assert.notEqual(mine, null)
  assert.equal(takeLockFile(path), null)
  // Nothing is written: a full disk is no reason that a lock cannot be taken.
  assert.deepEqual([readdirSync(folder), statSync(path).size], [['a.lock'], 0])
})
