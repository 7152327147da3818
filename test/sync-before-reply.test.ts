// The sync of the file that holds a message ends before its 250 is written: seen with strace, system call by system call.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { CountingSink } from '../testkit/counting-sink.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'

const STRACE = '/usr/bin/strace'
const CALLS = 'trace=fdatasync,fsync,write,writev,sendto,sendmsg,pwrite64'

/** Lines of strace, each call at the place where it ended. */
function endings(trace: string): string[] {
  const begun = new Map<string, string>()
  const lines: string[] = []
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) begun.set(thread, rest.replace('<unfinished ...>', ''))
    else {
      const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
      lines.push(resumed === null ? rest : `${begun.get(thread) ?? ''}${resumed[1] ?? ''}`)
    }
  }
  return lines
}

async function traced(t: TestContext, pid: number): Promise<{ stop: () => Promise<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hms-strace-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'trace')
  const strace: ChildProcess = spawn(STRACE, ['-f', '-y', '-s', '200', '-e', CALLS, '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  strace.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!said.includes('attached')) {
    assert.equal(strace.exitCode, null, said)
    await wait(20)
  }
  return {
    async stop() {
      // What the server did last, strace may not have written yet.
      await wait(500)
      strace.kill('SIGINT')
      await once(strace, 'exit')
      return readFileSync(file, 'utf8')
    },
  }
}

test(
  'the sync of the write-ahead log ends before each 250, and that of the body before it',
  { skip: !existsSync(STRACE) && 'needs strace' },
  async (t) => {
    await using sink = await CountingSink.start()
    await using server = await startServer({})
    await server.call('relay.allow', { cidr: '127.0.0.1' })
    await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
    // As a worker leaves it that was killed before its name was synced.
    writeFileSync(join(server.home, 'spool', '0.bodies'), '')
    const strace = await traced(t, server.pidOf(0))
    const sent = await sendSome(server.smtpPort, 5, 2000)
    const sentMiddle = await sendSome(server.smtpPort, 3, 40_000)
    const sentLarge = await sendSome(server.smtpPort, 2, 400_000)
    const calls = endings(await strace.stop())
    let synced = false
    let bodySynced = false
    let fileSynced = false
    let nameSynced = false
    let replies = 0
    for (const call of calls) {
      if (/^(fdatasync|fsync)\(\d+<[^>]*\/spool\/\d+\.db-wal>\s*\)\s*= 0/.test(call)) synced = true
      // Written after it was synced it is not on the disk when the log names it.
      if (/^pwrite64\(\d+<[^>]*\/spool\/\d+\.bodies>/.test(call)) bodySynced = synced = false
      if (/^(fdatasync|fsync)\(\d+<[^>]*\/spool\/\d+\.bodies>\s*\)\s*= 0/.test(call)) bodySynced = true
      if (/^(fdatasync|fsync)\(\d+<[^>]*\/spool\/\d+\/[^>]+>\s*\)\s*= 0/.test(call)) fileSynced = true
      if (/^(fdatasync|fsync)\(\d+<[^>]*\/spool>\s*\)\s*= 0/.test(call)) nameSynced = true
      if (!call.includes('250 2.6.0')) continue
      replies++
      assert.ok(synced, `250 was written before the log was synced:\n${calls.join('\n')}`)
      if (replies > sent && replies <= sent + sentMiddle) assert.ok(bodySynced, '250 was written before a body in a slot was synced')
      if (replies > sent) assert.ok(nameSynced, '250 was written before the name of the file of slots was synced')
      if (replies > sent + sentMiddle) assert.ok(fileSynced, '250 was written before the file of a large body was synced')
      // The next message needs a sync of its own: they are sent one after the other.
      synced = false
      bodySynced = false
      fileSynced = false
    }
    assert.equal(replies, sent + sentMiddle + sentLarge)
  },
)

/** One connection, one message after another; returns how many were acknowledged. */
async function sendSome(port: number, count: number, size: number): Promise<number> {
  await using load = new SmtpLoad({ port, connections: 1, size }).start()
  await load.until(count)
  await load.stop()
  return load.acknowledged.size
}
