// How commands of `hms` begin: what one costs before it asks the running server, told in processes and modules, as times say nothing on a busy
// machine; and a start while another command has the home in hand.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeHomeLock } from '../src/services/home-lock.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'

const HMS = join(import.meta.dirname, '../hms')
/** Names every script that Node is started with, and every module that is loaded. */
const TRACE = `import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
writeSync(2, 'started ' + process.argv[1] + '\\n')
registerHooks({ load(url, context, next) { writeSync(2, 'loaded ' + url + '\\n'); return next(url, context) } })`

function traced(...words: string[]): Promise<string[]> {
  const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TRACE)}` }
  return new Promise((resolve, reject) => {
    execFile(HMS, words, { env }, (error, _stdout, stderr) => (error === null ? resolve(stderr.split('\n')) : reject(error)))
  })
}

test('a question to a running server is one process, and loads no database and no parser of the configuration', async () => {
  await using server = await startServer()
  const lines = await traced('queue', 'ls', '--home', server.home)
  const scripts = lines.filter((line) => line.startsWith('started '))
  assert.equal(scripts.length, 1, scripts.join(', '))
  assert.match(scripts[0] ?? '', /dist\/cli\/main\.js$/)
  const modules = lines.filter((line) => line.startsWith('loaded '))
  assert.ok(
    modules.some((line) => line.includes('/dist/net/bus/client.js')),
    'the trace saw nothing',
  )
  assert.deepEqual(
    modules.filter((line) => /yaml|sqlite|ipaddr|lifecycle\/config/.test(line)),
    [],
  )
})

test('a start waits for a command that looks into the stopped home at that moment, and not for a server', async () => {
  await using server = await startServer()
  const refused = await server.run('start')
  assert.match(refused.stderr, /Another hms is running on the home/)
  assert.doesNotMatch(refused.stdout + refused.stderr, /Waiting/)
  await server.stop()
  const before = server.output().length
  const looking = takeHomeLock(server.home) ?? assert.fail('the lock is held')
  const started = server.startAgain()
  await until(() => server.output().slice(before).includes('Waiting for another hms'), 'the start to wait')
  looking[Symbol.dispose]()
  await started
  assert.equal((await server.status()).running, true)
})
