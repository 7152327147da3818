// `npm run bench:events`: a month of events, made through the store that the desk has. What an event takes on the disk, how long the index of
// a day that is over takes to be made, and in which time one message is found by what people know of it, also when there is none.
// docs/performance.md has the figures.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'
import type { EventFilter, EventStore } from '../src/engine/ports/stores.ts'
import { EventWriter, readEvents } from '../src/message/event-line.ts'
import { databaseSize } from '../src/store/sqlite/disk-space.ts'
import { indexDay } from '../src/store/sqlite/events/event-index-build.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { eventsOf, type Known, messageOf, messagesFor } from './event-month.ts'
import { machine } from './processes.ts'

const HELP = `npm run bench:events -- [--events N] [--days N] [--folder PATH] [--samples N]
  --events N     events of the month (100000000)
  --days N       days that they are spread over (30)
  --folder PATH  where the month is made, and removed (the system's folder for temporary files)
  --samples N    searches of each kind (40)`
const DAY = 86_400_000
const START = Date.UTC(2026, 9, 1)
const BATCH = 4000
/** Octets an event that are reckoned with, all included. */
const RECKONED = 110
const MOST = 14e9
const SPARE = 2e9

interface Month {
  readonly folder: string
  readonly messages: number
  readonly days: number
}

const timeOf = ({ messages, days }: Month, n: number): number => START + Math.floor((n / messages) * days * DAY)

function refuseWithoutRoom(folder: string, events: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const [needed, free] = [events * RECKONED, bavail * bsize]
  const gib = (octets: number): string => `${(octets / 2 ** 30).toFixed(1)} GiB`
  if (needed > MOST) throw new Error(`${events} events would take ${gib(needed)}, and the bench makes ${gib(MOST)} at most.`)
  if (needed + SPARE > free)
    throw new Error(`${events} events take ${gib(needed)}, and ${gib(free)} are free in ${folder}: name another with --folder.`)
}

/** Of each shard what is to be committed: lines of events, in the order of their numbers. */
class Outbox {
  readonly #shard: number
  readonly #writer: EventWriter
  readonly #store: EventStore
  readonly octets = new Map<string, { count: number; sum: number; sample: string[] }>()
  #lines: string[] = []
  #number = 0

  constructor(store: EventStore, shard: number) {
    this.#store = store
    this.#shard = shard
    this.#writer = new EventWriter(shard)
  }

  add(event: Parameters<EventWriter['line']>[0]): void {
    const line = this.#writer.line(event, ++this.#number)
    this.#lines.push(line)
    const of = this.octets.get(event.kind) ?? { count: 0, sum: 0, sample: [] }
    this.octets.set(event.kind, of)
    of.count++
    of.sum += line.length
    if (of.sample.length < 1000) of.sample.push(line)
    if (this.#lines.length >= BATCH) this.commit()
  }

  commit(): void {
    const octets = Buffer.from(this.#lines.join(''))
    this.#lines = []
    const batch = this.#store.begin(this.#shard)
    for (const one of readEvents(octets)) batch.add(one)
    batch.commit(octets, new Map())
  }
}

async function make(month: Month): Promise<void> {
  using store = openEvents(month.folder)
  const outboxes = [0, 1].map((shard) => new Outbox(store, shard))
  const ahead = 8192
  const slots: { readonly shard: number; readonly event: Parameters<Outbox['add']>[0] }[][] = Array.from({ length: ahead }, () => [])
  const began = performance.now()
  for (let n = 0; n < month.messages + ahead; n++) {
    const at = timeOf(month, Math.min(n, month.messages - 1))
    const due = slots[n % ahead] ?? []
    slots[n % ahead] = []
    for (const { shard, event } of due) outboxes[shard]?.add({ ...event, at } as typeof event)
    if (n >= month.messages) continue
    for (const { later, event } of eventsOf(n, at))
      if (later === 0) outboxes[n % 2]?.add(event)
      else slots[(n + later) % ahead]?.push({ shard: n % 2, event })
    if (n % 100_000 === 0) await turn()
  }
  for (const outbox of outboxes) outbox.commit()
  const seconds = (performance.now() - began) / 1000
  const kinds = Map.groupBy([...(outboxes[0]?.octets ?? []), ...(outboxes[1]?.octets ?? [])], ([kind]) => kind)
  let events = 0
  for (const [kind, parts] of kinds) {
    const count = parts.reduce((sum, [, of]) => sum + of.count, 0)
    const plain = parts.reduce((sum, [, of]) => sum + of.sum, 0) / count
    const sample = parts.flatMap(([, of]) => of.sample).slice(0, 1000)
    const packed = zstdCompressSync(sample.join(''), { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length / sample.length
    events += count
    say(`${kind}: ${count} events, ${plain.toFixed(0)} octets each as a line, ${packed.toFixed(0)} compressed`)
  }
  const size = sizeOf(store, month.folder)
  say(`${events} events in ${seconds.toFixed(0)} s; ${(size / 2 ** 30).toFixed(2)} GiB, ${(size / events).toFixed(1)} octets an event`)
  await index(store, month.folder, events)
}

const fileOf = (folder: string, day: string): string => join(folder, `${day}.db`)
const sizeOf = (store: EventStore, folder: string): number =>
  store.dayNames().reduce((sum, day) => sum + databaseSize(fileOf(folder, day)), 0)

/** All days but the last, as a desk has it. */
async function index(store: EventStore, folder: string, events: number): Promise<void> {
  const times: number[] = []
  for (const day of store.dayNames().slice(0, -1)) {
    const began = performance.now()
    await indexDay(fileOf(folder, day), 1, turn)
    times.push(performance.now() - began)
  }
  const size = sizeOf(store, folder)
  say(`index of a day: ${spread(times)} without its pauses, which are three times as long`)
  say(`with the indexes: ${(size / 2 ** 30).toFixed(2)} GiB, ${(size / events).toFixed(1)} octets an event`)
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`
}

/** The system forgets what it has of the files. */
function forget(folder: string, days: readonly string[]): boolean {
  try {
    for (const day of days) execFileSync('dd', [`if=${fileOf(folder, day)}`, 'iflag=nocache', 'count=0', 'status=none'])
    return true
  } catch {
    return false
  }
}

type Asked = readonly [what: string, filter: (known: Known, n: number) => EventFilter, limit: number]

const ASKED: readonly Asked[] = [
  ['address', ({ recipient }) => ({ recipient }), 50],
  ['message id', ({ message }) => ({ message }), 50],
  ["caller's id", ({ clientId }) => ({ clientId }), 50],
  ['Message-ID', ({ headerId }) => ({ headerId }), 50],
  ['subject of one message, its words', ({ subject }) => ({ subject }), 50],
  ['domain, newest page', ({ domain }) => ({ domain }), 50],
  ['subject of a mailing, newest page', () => ({ subject: 'autumn sale shoes' }), 50],
  ['account, newest page', (_, n) => ({ account: (1001 + (n % 60)) as never }), 50],
  ['all, newest page', () => ({}), 50],
  ['no such address', (_, n) => ({ recipient: `nobody.${n}@gmail.com` }), 50],
  ['no such message id', ({ message }) => ({ message: `zz${message.slice(2)}` as typeof message }), 50],
  ["no such caller's id", (_, n) => ({ clientId: `none-${n}` }), 50],
  ['no such subject', (_, n) => ({ subject: `your order ${90_000_000 + n}` }), 50],
]

async function search(month: Month, samples: number): Promise<void> {
  for (const isCold of [true, false])
    for (const [what, filterOf, limit] of ASKED) {
      using store = openEvents(month.folder, { apart: true })
      const times: number[] = []
      let found = 0
      const count = isCold ? Math.ceil(samples / 4) : samples
      for (let i = 0; i < count; i++) {
        const isForgotten = isCold && forget(month.folder, store.dayNames())
        if (isCold && !isForgotten) return void say('cold: the system does not forget its files here')
        const n = Math.floor(((i + 0.5) / count) * month.messages)
        const filter = filterOf(messageOf(n, 0), n)
        const began = performance.now()
        found += (await store.find(filter, null, limit)).length
        times.push(performance.now() - began)
      }
      say(`${isCold ? 'cold' : 'warm'}, ${what}: ${spread(times)} (${(found / count).toFixed(1)} events each)`)
    }
}

async function together(month: Month): Promise<void> {
  using store = openEvents(month.folder, { apart: true })
  const turns: number[] = []
  const gone = new AbortController()
  const wide = Array.from({ length: 10 }, (_, i) => store.search({ address: `*nobody-${i}*` }, null, 50, { gone: gone.signal }))
  for (let i = 0; i < 200; i++) {
    const began = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 5))
    turns.push(performance.now() - began - 5)
  }
  const began = performance.now()
  await store.find({ message: messageOf(Math.floor(month.messages / 2), 0).message }, null, 50)
  say(
    `beside ten searches through every line: a message is found in ${(performance.now() - began).toFixed(0)} ms, a turn of the event loop is late by ${spread(turns)}`,
  )
  gone.abort()
  const reached = (await Promise.all(wide)).map((page) => page.reached ?? 0)
  say(`those came back to ${new Date(Math.min(...reached)).toISOString()} in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

const mib = (octets: number): string => (octets / 2 ** 20).toFixed(0)

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000000' },
    days: { type: 'string', default: '30' },
    samples: { type: 'string', default: '40' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean' },
  },
})
if (values.help === true) say(HELP)
else {
  const events = Number(values.events)
  refuseWithoutRoom(values.folder, events)
  const folder = mkdtempSync(join(values.folder, 'hms-bench-events-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process
    .once('SIGINT', () => process.exit(130))
    .once('SIGTERM', () => process.exit(143))
    .once('exit', remove)
  const month: Month = { folder, messages: messagesFor(events), days: Number(values.days) }
  say(Object.values(machine()).join(', '))
  await make(month)
  const before = process.memoryUsage.rss()
  await search(month, Number(values.samples))
  await together(month)
  say(`memory: ${mib(before)} MiB once the month was made, ${mib(process.memoryUsage.rss())} MiB after all searches`)
}
