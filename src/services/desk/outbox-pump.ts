// Brings events from the workers' outboxes to the desk: pulled shard by shard, appended to the log files and the delivery journal,
// committed with the outbox's cursor, and only then released at the worker (by the next pull). One batch is written at a time, as the log
// files are shared; the next is pulled meanwhile. Whatever fails is tried again: an event that came twice is harmless.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { messageOf } from '../../base/fault.ts'
import { giveBack } from '../../base/give-back.ts'
import type { Log } from '../../base/log.ts'
import type { WorkerCalls } from '../../contract/bus.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import { type LinedEvent, LinePick, readEvents } from '../../message/event-line.ts'
import type { BusClient } from '../../net/bus/client.ts'
import type { JournalWriter } from '../../store/journal/journal.ts'
import type { BrakeDesk } from '../accounts/brake-desk.ts'
import type { LogFiles } from '../logs/log-files.ts'
import { pause } from '../pause.ts'

const BATCH = 4000
/** A pull that brings as much has left more behind: the worker gives no more at once, in memory or out of the outbox. */
const LONG_BATCH = 2 * 1024 * 1024
/** How long a pull waits for a first event. */
const LONG_POLL: Ms = 10_000
const PULL_TIMEOUT: Ms = 30_000
/** At most between two pulls, unless the last brought events older than `BEHIND`: syncs and commits are per batch, not per event. */
const GATHER: Ms = 200
const BEHIND: Ms = 500
const RETRY: Ms = 1000
const LONG_AGO: EpochMs = 0
/** Octets of lines that are read between two turns of others: a millisecond or two of the processor, which where all of it is busy are many more. */
const TURN_OCTETS = 64 * 1024

export interface PumpOptions {
  readonly store: EventStore
  readonly logs: LogFiles
  readonly journal: JournalWriter
  readonly log: Log
  /** Whether there is room on the disk for events; while not, they stay in the outboxes. */
  readonly roomLeft: () => boolean
  /** Who counts what events say of accounts. */
  readonly brakes?: Pick<BrakeDesk, 'begin'>
  /** Who act on what they are told. Each commits its own before the events are, with how far it came: then nothing counts twice. */
  readonly consumers: readonly FeedbackConsumer[]
  /** Called after each commit with what was told; whoever keeps the lines copies them. */
  readonly committed: (told: ShardLines) => void
}

export interface FeedbackConsumer {
  /** Of a batch that comes. */
  begin(shard: number): Promise<FeedbackSink>
}
export interface FeedbackSink {
  add(one: LinedEvent): void
  /** Once more with the same events it changes nothing. */
  commit(): Promise<void>
}

export class OutboxPump {
  readonly #options: PumpOptions
  readonly #running = new Map<number, BusClient<WorkerCalls>>()
  #writing: Promise<void> = Promise.resolve()
  #closed = false
  #trouble: string | null = null

  constructor(options: PumpOptions) {
    this.#options = options
  }

  /** Why events are not written now, or null. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** These shards belong to the worker behind `client` now. Cheap to repeat. */
  follow(shards: readonly number[], client: BusClient<WorkerCalls>): void {
    for (const shard of shards) {
      if (this.#closed || this.#running.get(shard) === client) continue
      this.#running.set(shard, client)
      void this.#pump(shard, client)
    }
  }

  /** Runs `work` while no batch is being written. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work)
    this.#writing = result.then(
      () => {},
      () => {},
    )
    return result
  }

  /** Waits for the batch being written; nothing is written after it. */
  async close(): Promise<void> {
    this.#closed = true
    await this.exclusively(async () => {})
  }

  async #pump(shard: number, client: BusClient<WorkerCalls>): Promise<void> {
    let gather: Ms = 0
    while (!client.ended && !this.#closed && this.#running.get(shard) === client) {
      try {
        const newest = await this.#round(shard, client, gather)
        gather = systemClock.now() - newest < BEHIND ? GATHER : 0
      } catch (error) {
        if (client.ended || this.#closed) break
        this.#tell(messageOf(error))
        await pause(RETRY)
      }
    }
    if (this.#running.get(shard) === client) this.#running.delete(shard)
  }

  /** Gives the time of the newest event that came; now where there was none. */
  async #round(shard: number, client: BusClient<WorkerCalls>, gather: Ms): Promise<EpochMs> {
    if (!this.#options.roomLeft()) throw new Error('the disk is nearly full: events wait in the spool')
    const after = this.#options.store.cursor(shard)
    const question = { shard, after, limit: BATCH, gather, wait: LONG_POLL }
    const lines = await client.call('outbox.pull', question, { timeout: PULL_TIMEOUT })
    const octets = lines.length === 1 && lines[0] !== undefined ? lines[0] : Buffer.concat(lines)
    let newest = systemClock.now()
    if (octets.length > 0)
      await this.exclusively(async () => {
        newest = (await this.#write(shard, after, octets)) ?? newest
      }).finally(() => giveBack(octets))
    this.#tell(null)
    return newest
  }

  /** Gives the time of the newest event that was written; that of none where more must wait behind a full batch. */
  async #write(shard: number, after: number, octets: Uint8Array): Promise<EpochMs | null> {
    const { store, logs, journal, consumers, committed } = this.#options
    if (this.#closed || store.cursor(shard) !== after) return null
    crashPoint('events-pulled')
    const [events, lines, records, counted] = [store.begin(shard), logs.begin(), journal.begin(), this.#options.brakes?.begin()]
    const sinks = await Promise.all(consumers.map((consumer) => consumer.begin(shard)))
    const told = new LinePick()
    const { first, last } = await readInTurns(octets, after, (one) => {
      const isTold = events.add(one)
      // Who unsubscribes again may have been taken off the list since: it is told once, and heeded each time.
      if (isTold || one.event.kind === 'unsubscribed') for (const sink of sinks) sink.add(one)
      if (!isTold) return
      lines.add(one)
      records.add(one.event)
      told.add(one)
      counted?.add(one.event)
    })
    if (first === null || last === null) return null
    const [written, noted] = await Promise.allSettled([logs.append(lines, octets), journal.append(records, shard, last.number)])
    if (written.status === 'rejected') throw written.reason
    try {
      if (noted.status === 'rejected') throw noted.reason
      for (const sink of sinks) await sink.commit()
      crashPoint('feedback-committed')
      events.commit(octets, written.value)
    } catch (error) {
      // What is in the journal stays: it happened, and comes there again under the same number.
      await logs.cutBack()
      throw error
    }
    crashPoint('events-committed')
    counted?.committed()
    committed({ shard, after, upTo: last.number, lines: told.from(octets) })
    return last.number - first.number + 1 >= BATCH || octets.length >= LONG_BATCH ? LONG_AGO : last.event.at
  }

  #tell(trouble: string | null): void {
    if (trouble !== this.#trouble && trouble !== null) this.#options.log.error('events cannot be written now', { trouble })
    this.#trouble = trouble
  }
}

/** Others have their turn between two stretches of a batch. */
async function readInTurns(octets: Uint8Array, after: number, take: (one: LinedEvent) => void) {
  let [first, last]: [LinedEvent | null, LinedEvent | null] = [null, null]
  let turnAt = TURN_OCTETS
  for (const one of readEvents(octets, after)) {
    if (one.start >= turnAt) {
      turnAt = one.start + TURN_OCTETS
      await new Promise((resolve) => setImmediate(resolve))
    }
    first ??= one
    last = one
    take(one)
  }
  return { first, last }
}
