// What the spool costs: CPU of the storage thread for a message's whole life (insert, settle, two events, release of the
// outbox) by the size of the commit, and the same end to end through the ports, with the event loop's own share.
// Run: node bench/store.ts [messages]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageId, ShardId } from '../src/base/brand.ts'
import { formatMessageId } from '../src/base/message-id.ts'
import type { MailEvent } from '../src/contract/events.ts'
import { EventWriter, readEvents } from '../src/message/event-line.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { packMessage, packOutcome } from '../src/store/sqlite/spool/rows.ts'
import type { Cell } from '../src/store/sqlite/spool/protocol.ts'
import { ShardWriter } from '../src/store/sqlite/spool/shard-writer.ts'
import { delivered, EPOCH, sample, spoolIn } from '../testkit/spool-samples.ts'

const MESSAGES = Number(process.argv[2] ?? 50_000)
const BODY = Buffer.alloc(4096, 'b')
const folder = mkdtempSync(join(tmpdir(), 'hms-bench-'))

function microseconds(work: () => void): { cpu: number; wall: number } {
  const cpu = process.threadCpuUsage()
  const start = performance.now()
  work()
  const used = process.threadCpuUsage(cpu)
  return { cpu: used.user + used.system, wall: (performance.now() - start) * 1000 }
}

/** The storage thread's work alone: commits of `size` messages, each appended and settled. */
function writer(size: number): void {
  const shard = ShardWriter.open(folder, size)
  if (shard === null) throw new Error('the shard is taken')
  shard.begin(EPOCH)
  const memory = new Uint8Array(new SharedArrayBuffer(size * (BODY.length + 1024)))
  const lines = new EventWriter(size)
  const eventsAt = size * BODY.length
  const putEvents = (events: readonly MailEvent[]): number[] => {
    const octets = Buffer.from(events.map((one) => lines.line(one, ++event)).join(''))
    memory.set(octets, eventsAt)
    return [event, eventsAt, octets.length]
  }
  for (let n = 0; n < size; n++) memory.set(BODY, n * BODY.length)
  const parts = { append: 0, settle: 0, upkeep: 0 }
  let wall = 0
  let sequence = 1
  let event = 0
  for (let done = 0; done < MESSAGES; done += size) {
    const appends: Cell[] = []
    const outcomes: Cell[] = []
    const accepted: MailEvent[] = []
    const settled: MailEvent[] = []
    for (let n = 0; n < size; n++) {
      const id = formatMessageId(EPOCH, size as ShardId, sequence++)
      const message = sample(id, { body: BODY })
      packMessage(appends, message, n * BODY.length)
      accepted.push(message.event)
      const outcome = delivered(id)
      packOutcome(outcomes, outcome)
      settled.push(outcome.event)
    }
    const base = { shard: size, sequenceEnd: 0, eventEnd: 0, pressed: false }
    const first = { ...base, appends, outcomes: [], events: putEvents(accepted), release: event - size }
    const a = microseconds(() => void shard.commit(first, memory))
    const second = { ...base, appends: [], outcomes, events: putEvents(settled), release: event - size }
    const b = microseconds(() => void shard.commit(second, memory))
    const c = microseconds(() => void shard.upkeep(false, () => undefined))
    parts.append += a.cpu
    parts.settle += b.cpu
    parts.upkeep += c.cpu
    wall += a.wall + b.wall + c.wall
  }
  shard.close()
  const per = (value: number): string => (value / MESSAGES).toFixed(1)
  const cpu = per(parts.append + parts.settle + parts.upkeep)
  console.log(
    `storage, ${size} a commit: ${cpu} µs CPU a message (append ${per(parts.append)}, settle ${per(parts.settle)}, upkeep ${per(parts.upkeep)}), ${per(wall)} µs wall`,
  )
}

/** Through the ports: `lives` messages under way at once, each appended, then settled; the outbox is read and released. */
async function endToEnd(lives: number): Promise<void> {
  const spool = await spoolIn(join(folder, `spool-${lives}`))
  let [left, released] = [MESSAGES, 0]
  const [shard = 0 as ShardId] = spool.shards()
  let reading = false
  spool.onNew(async () => {
    if (reading) return
    reading = true
    const { parts } = await spool.read(shard, released, 1000)
    reading = false
    released = Number(
      parts
        .at(-1)
        ?.toString()
        .match(/\.(\d+)"}\n$/)?.[1] ?? released,
    )
    spool.release(shard, released)
  })
  const life = async (): Promise<void> => {
    while (left-- > 0) {
      const id: MessageId = spool.reserve()
      await spool.append(sample(id, { body: BODY }))
      await spool.settle({ shard, outcomes: [delivered(id)], append: [] })
    }
  }
  const all = process.cpuUsage()
  const main = process.threadCpuUsage()
  const start = performance.now()
  await Promise.all(Array.from({ length: lives }, life))
  const wall = (performance.now() - start) * 1000
  const own = process.threadCpuUsage(main)
  const whole = process.cpuUsage(all)
  const per = (value: number): string => (value / MESSAGES).toFixed(1)
  await spool[Symbol.asyncDispose]()
  console.log(
    `end to end, ${lives} at once: ${per(whole.user + whole.system)} µs CPU a message, ${per(own.user + own.system)} of them in the event loop, ${per(wall)} µs wall`,
  )
}

/** The desk's reading of lines and committing of events, without the logs. */
function desk(size: number): void {
  using store = openEvents(join(folder, `events-${size}`))
  const writer = new EventWriter(1)
  const count = MESSAGES * 2
  let cpu = 0
  for (let done = 0; done < count; done += size) {
    const lines = Array.from({ length: size }, (_unused, n) => {
      const number = done + n + 1
      const { event } = delivered(formatMessageId(EPOCH, 1 as ShardId, number))
      return writer.line({ ...event, recipient: `user${(number * 7919) % 100_003}@example.com` } as MailEvent, number)
    })
    const octets = Buffer.from(lines.join(''))
    cpu += microseconds(() => {
      const batch = store.begin(1)
      for (const one of readEvents(octets)) batch.add(one)
      batch.commit(octets, new Map([['a.log', done]]))
    }).cpu
  }
  console.log(`desk, ${size} a commit: ${(cpu / count).toFixed(1)} µs CPU an event`)
}

try {
  for (const size of [1, 32, 128].filter((size) => size > 1 || MESSAGES <= 20_000)) writer(size)
  for (const lives of [32, 128]) await endToEnd(lives)
  for (const size of [200, 2000]) desk(size)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
