// The owner's plug-ins beside the desk, which are told what became of mail out of the event store: each in a process of its own, from where it
// stands. Where none has such a hook this costs a look at a file every two seconds.
import { join } from 'node:path'
import { type Clock, every, machineClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { PluginLine, PluginSeen } from '../../contract/plugin-operations.ts'
import { NOTICE_HOOKS, type PluginHook, WORKER_HOOKS } from '../../contract/plugins.ts'
import type { EventPosition, ShardLines } from '../../engine/ports/event-follower.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import { NoticeTeller, type TellerCounts } from '../../plugins/notice-teller.ts'
import type { PluginRunner } from '../../plugins/plugin-runner.ts'
import { type PluginAlert, PluginSet } from '../../plugins/plugin-set.ts'
import type { SecretSeal } from '../../plugins/sealed-settings.ts'
import { PluginPositions } from '../../store/sqlite/desk/plugin-positions.ts'
import { DayFollower } from '../../store/sqlite/events/event-follower.ts'
import type { CommittedFeed } from '../following/committed-feed.ts'

export interface NoticeParts {
  readonly home: string
  readonly feed: CommittedFeed
  /** Up to which event of each shard all is committed. */
  readonly told: () => EventPosition
  /** Opens secrets among their settings. */
  readonly seal: () => SecretSeal
  readonly log: Log
  readonly clock?: Clock
}

const WRITTEN_EVERY = 1000
/** Events and octets of one reading, so that the desk is never long at it. */
const READING = { events: 500, octets: 256 * 1024 } as const
const MEND = 'See what it writes to the log; what it was not told yet is told when it takes it.'

export class PluginNotices implements AsyncDisposable {
  readonly #parts: NoticeParts
  readonly #tellers = new Map<string, NoticeTeller>()
  readonly #written = new Map<string, string>()
  readonly #timer: Disposable
  readonly #opening: Promise<void>
  #set: PluginSet | null = null
  #positions: PluginPositions | null = null
  #ear: Disposable | null = null

  constructor(parts: NoticeParts) {
    this.#parts = parts
    const { home, seal, log, clock = machineClock } = parts
    const changed = (runners: readonly PluginRunner[]): void => this.#follow(runners)
    // The workers tell of those that run there, too.
    const tells = (hooks: readonly PluginHook[] | null): boolean => hooks !== null && !hooks.some((hook) => WORKER_HOOKS.includes(hook))
    this.#opening = PluginSet.open({ home, hooks: NOTICE_HOOKS, seal, clock, log, tells, changed }).then((set) => {
      this.#set = set
    })
    this.#timer = every(clock, WRITTEN_EVERY, () => this.#write())
  }

  /** Somebody is told, or will be once he runs. */
  get isTelling(): boolean {
    return this.#tellers.size > 0
  }

  counts(name: string): TellerCounts | null {
    return this.#tellers.get(name)?.counts ?? null
  }

  /** How each does here. */
  seen(): readonly PluginSeen[] {
    return this.#set?.seen() ?? []
  }

  lines(name: string): readonly PluginLine[] {
    return this.#set?.lines(name) ?? []
  }

  alerts(): readonly PluginAlert[] {
    const late = [...this.#tellers].flatMap(([name, { alert }]) =>
      alert === null ? [] : [{ key: `plugin-notices ${name}`, ...alert, mend: MEND }],
    )
    return [...(this.#set?.alerts() ?? []), ...late]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]()
    await this.#opening
    this.#ear?.[Symbol.dispose]()
    for (const teller of this.#tellers.values()) teller[Symbol.dispose]()
    await this.#set?.[Symbol.asyncDispose]()
    this.#write()
    this.#positions?.[Symbol.dispose]()
  }

  /** Others run now: each has its place at once, and on disk, so that the end of the desk leaves nothing out. */
  #follow(runners: readonly PluginRunner[]): void {
    const names = new Set(runners.map(({ spec }) => spec.name))
    for (const [name, teller] of this.#tellers) {
      if (names.has(name)) continue
      this.#write()
      teller[Symbol.dispose]()
      this.#tellers.delete(name)
    }
    for (const name of names) if (!this.#tellers.has(name)) this.#begin(name)
    this.#write()
    if (this.#tellers.size > 0) this.#ear ??= this.#parts.feed.add((lines) => this.#hear(lines))
    else {
      this.#ear?.[Symbol.dispose]()
      this.#ear = null
    }
  }

  /** One that was never told anything begins with what happens from now on. */
  #begin(name: string): void {
    const { home, told, log, clock = machineClock } = this.#parts
    const positions = (this.#positions ??= new PluginPositions(deskFile(home)))
    const follower = new DayFollower({ folder: join(home, 'events'), from: positions.of(name) ?? told(), ...READING })
    const runner = () => this.#set?.runners.find(({ spec }) => spec.name === name)
    this.#tellers.set(name, new NoticeTeller({ name, runner, follower, clock, log }))
  }

  #hear({ lines, ...place }: ShardLines): void {
    const own = { ...place, lines: new Uint8Array(lines) }
    for (const teller of this.#tellers.values()) teller.hear(own)
  }

  #write(): void {
    const moved = new Map<string, EventPosition>()
    for (const [name, teller] of this.#tellers) {
      const position = teller.position()
      const text = JSON.stringify([...position])
      if (this.#written.get(name) === text) continue
      this.#written.set(name, text)
      moved.set(name, position)
    }
    if (moved.size > 0) this.#positions?.put(moved)
  }
}
