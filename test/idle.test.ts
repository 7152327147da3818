// What a server that has nothing to do keeps in memory, told by what it loads and which threads it has: a package that only some need, or a
// thread, that is there from the start costs each server its memory.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'

/** Each process notes what it loads in a file of its number. */
const TRACE = `import { registerHooks } from 'node:module'
import { appendFileSync } from 'node:fs'
const file = process.env.HMS_TEST_LOADED + '/' + process.pid
registerHooks({ load(url, context, next) { appendFileSync(file, url + '\\n'); return next(url, context) } })`
/** Of the runtime, in each process. */
const RUNTIME = /^(MainThread|hms .*|DelayedTaskSche|V8Worker|SignalInspector|libuv-worker|node.*)$/

/** Whoever adds one here says in docs/performance.md what it costs each server ("Idle"). */
const PACKAGES = {
  launcher: ['commander', 'ipaddr.js', 'yaml'],
  worker: ['@leichtgewicht/ip-codec', 'dns-packet', 'ipaddr.js', 're2js'],
  desk: ['@leichtgewicht/ip-codec', 'dns-packet', 'ipaddr.js', 'node-diff3'],
}
const THREADS = { launcher: [], worker: ['reader', 'storage'], desk: [] }

function packagesOf(file: string): readonly string[] {
  const names = [...readFileSync(file, 'utf8').matchAll(/\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/g)].map(([, name = '']) => name)
  return [...new Set(names)].toSorted()
}

function threadsOf(pid: number): readonly string[] {
  const names = readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'latin1').trim())
  return names.filter((name) => !RUNTIME.test(name)).toSorted()
}

test('a server with nothing to do has loaded no package and begun no thread that only some need', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-loaded-'))
  try {
    await using server = await startServer({
      config: { 'inject.listen': '127.0.0.1:0', 'panel.listen': '127.0.0.1:0' },
      environment: { HMS_TEST_LOADED: folder, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TRACE)}` },
    })
    for (const [name, pid] of [
      ['launcher', server.pidOf('launcher')],
      ['worker', server.pidOf(0)],
      ['desk', server.pidOf('desk')],
    ] as const) {
      assert.deepEqual(packagesOf(join(folder, String(pid))), PACKAGES[name], name)
      assert.deepEqual(threadsOf(pid), THREADS[name], name)
    }
    const desk = server.pidOf('desk')
    await server.run('events')
    await until(() => threadsOf(desk).includes('events'), 'the thread that searches')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
