// A power cut loses nothing that was acknowledged. The home lies on an ext4 image of its own that writes back only every 300 s;
// the tree is stopped dead under load, the image is copied as the disk would have been, and a server starts on the copy.
// The same with synchronous=OFF must lose mail, or the test proves nothing. Needs root and loop devices.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const LONG = process.argv.includes('--long')
const run = (program: string, ...args: string[]): void => void execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** A small disk of its own, and how to lose its power. */
class Disk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hms-power-'))
  readonly mounted = join(this.folder, 'disk')
  readonly #image = join(this.folder, 'image')
  #isMounted = false

  constructor() {
    mkdirSync(this.mounted)
    run('truncate', '-s', '512M', this.#image)
    run('mkfs.ext4', '-q', '-F', this.#image)
    this.#mount()
  }

  /** Copies what the disk holds by now; what is only in memory is not on it. */
  snapshot(): void {
    run('cp', '--sparse=always', this.#image, `${this.#image}.cut`)
  }

  /** The disk after the cut, in the place of the one before. */
  boot(): void {
    this.#unmount()
    run('mv', `${this.#image}.cut`, this.#image)
    this.#mount()
  }

  #mount(): void {
    run('mount', '-o', 'loop,commit=300', this.#image, this.mounted)
    this.#isMounted = true
  }

  /** Processes that were killed let go of the disk a moment later. */
  #unmount(): void {
    for (let tries = 0; ; tries++) {
      try {
        run('umount', this.mounted)
        break
      } catch (error) {
        if (tries === 50) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
      }
    }
    this.#isMounted = false
  }

  [Symbol.dispose](): void {
    if (this.#isMounted) this.#unmount()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function cannotMount(): string | false {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    using _disk = new Disk()
    return false
  } catch (error) {
    return `needs loop devices: ${error instanceof Error ? error.message.split('\n').join(' ') : ''}`
  }
}

const NOWHERE = 'smtp://127.0.0.1:1'

/** Octets of a message: its body is in the database, or in a slot beside it. */
const SMALL = 2000
const MIDDLE = 40_000

/** Waits until each of them has its message whole, octet by octet, or until none came for a while: those that have not. */
async function missing(peer: SmtpPeer, recipients: ReadonlySet<string>, size: number, patience: number): Promise<string[]> {
  const body = `${'x'.repeat(70)}\r\n`.repeat(Math.ceil(size / 72))
  const left = new Set(recipients)
  let looked = 0
  for (let since = performance.now(); left.size > 0 && performance.now() - since < patience; await wait(50)) {
    for (; looked < peer.messages.length; looked++) {
      const { recipients: [recipient = ''] = [], data } = peer.messages[looked] ?? { data: Buffer.alloc(0) }
      const text = data.toString('latin1')
      if (text.includes(`\r\nSubject: ${recipient}\r\n`) && text.endsWith(`\r\n\r\n${body}`)) left.delete(recipient)
      since = performance.now()
    }
  }
  return [...left]
}

/** Recipients that were acknowledged before the cut and whose message never arrives after it. */
async function cutUnderLoad(
  messages: number,
  size: number,
  environment: Record<string, string>,
  patience = PATIENCE_MS,
): Promise<string[]> {
  using disk = new Disk()
  const home = join(disk.mounted, 'home')
  const config = { 'delivery.retry_first': '1s', 'delivery.retry_longest': '2s' }
  const acknowledged = new Set<string>()
  {
    await using server = await startServer({ home, config, environment })
    await server.call('relay.allow', { cidr: '127.0.0.1' })
    await server.call('route.set', { pattern: '*', url: NOWHERE })
    // What a fresh home did so far is on the disk: the cut is about mail.
    run('sync', '-f', disk.mounted)
    await using load = new SmtpLoad({ port: server.smtpPort, connections: 10, size }).start()
    await load.until(messages)
    const pids = [server.pidOf('launcher'), server.pidOf('desk'), server.pidOf(0)]
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await wait(200)
    for (const recipient of load.acknowledged) acknowledged.add(recipient)
    disk.snapshot()
    await load.cut()
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  }
  disk.boot()
  await using sink = await SmtpPeer.start()
  await using server = await startServer({ home, config })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  return await missing(sink, acknowledged, size, patience)
}

const skip = cannotMount()

for (const [what, size, first] of [
  ['', SMALL, 500],
  [', with bodies in slots', MIDDLE, 300],
] as const)
  test(`a power cut loses nothing that was acknowledged${what}`, { skip }, async (t) => {
    for (let round = 0; round < (LONG ? 5 : 1); round++) {
      const messages = first + round * 300
      assert.deepEqual(await cutUnderLoad(messages, size, {}), [])
      t.diagnostic(`${messages} acknowledged before the cut, 0 lost`)
    }
  })

test('without syncs the same cut loses mail: the test can tell', { skip }, async (t) => {
  let lost: string[] = []
  // The kernel may write back by itself what nobody synced, on a busy machine all of it: one loss in three cuts is proof enough.
  for (let cut = 0; cut < 3 && lost.length === 0; cut++)
    lost = await cutUnderLoad(500, SMALL, { HMS_TEST_SYNCHRONOUS: 'OFF' }, 10_000).catch((error: unknown) => {
      // Where the delivery journal, which was synced, knows more than the shard, the loss is seen at the start already.
      assert.match(String(error), /is older than its delivery journal/)
      return ['what the journal knows']
    })
  assert.ok(lost.length > 0, 'nothing was lost though nothing was synced: this test would not notice a loss')
  t.diagnostic(`${lost.length} of some 500 acknowledged were lost without syncs`)
})
