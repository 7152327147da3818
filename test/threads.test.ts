// Threads may be ended at any moment, also while they load: a server that is stopped soon after it began ends them so.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const source = join(import.meta.dirname, '..', 'src')

test('no thread has a module that waits while it loads, in which the whole process would die with it', () => {
  const threads = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('-thread.ts'))
  assert.ok(threads.length > 10)
  // Modules that wait are what `require` refuses, before any of them runs. All others run, and tell that this is no thread.
  const program = `
    const waiting = []
    process.on('exit', () => console.log(JSON.stringify(waiting)))
    process.on('uncaughtException', () => {})
    for (const file of ${JSON.stringify(threads.map((name) => join(source, name)))})
      try {
        require(file)
      } catch (error) {
        if (error.code === 'ERR_REQUIRE_ASYNC_MODULE') waiting.push(file)
      }
    process.exit()`
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', program], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(stdout), [])
})
