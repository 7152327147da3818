// Tells one plug-in what became of mail: reads events where it stands, calls their hooks, and moves on when they are through. Its position is
// before the oldest event that is not: after a crash, or a pause, it is told again from there, with the same ids. Nothing waits for it.
//
//   idle       all that is there was told                            → gathering (something happened), resting (something did, and it does not run)
//   gathering  for a moment, so that what happens in it is told at   → telling
//              once
//   telling    rounds of calls, a turn of the event loop between two → telling (there is more), gathering, idle, resting
//   resting    something failed, the last round had nothing that the → telling (after a while, longer each time; where nothing was taken, with what
//              plug-in took, or it does not run                        failed and one event more, so that one bad event does not look like a bad
//                                                                      plug-in), gathering (something happened, and the last round was taken)
import { setImmediate as turn } from 'node:timers/promises'
import type { EpochMs, Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import type { NoticeHook } from '../contract/plugins.ts'
import type { EventFollower, EventPosition, ShardLines } from '../engine/ports/event-follower.ts'
import { readEvents, toldText } from '../message/event-line.ts'
import { hookOf, wants } from './notices.ts'
import type { PluginRunner } from './plugin-runner.ts'

export interface TellerParts {
  readonly name: string
  /** The one that runs under that name now; undefined: none does. */
  readonly runner: () => PluginRunner | undefined
  readonly follower: EventFollower
  readonly clock: Clock
  readonly log: Log
}

export interface TellerCounts {
  told: number
  failed: number
  /** Told so often that nobody tells it again. */
  givenUp: number
}

interface Notice {
  readonly hook: NoticeHook
  /** JSON of the event. */
  readonly event: string
  readonly id: string
  readonly shard: number
  readonly number: number
  tries: number
  /** By the clock that only runs forward. */
  due: Ms
}

const MOST_AT_ONCE = 500
/** What happens within it is told together: a call of its own for each costs the processor several times as much. */
const GATHER: Ms = 25
/** Events that one round reads, wanted or not: nothing else is done meanwhile. */
const MOST_READ = 1000
/** Of what was committed, for one round. */
const MOST_READINGS = 16
/** Of those that failed and are told again. */
const MOST_CARRIED = 1000
const MOST_TRIES = 5
const AGAIN: Ms = 1000
const LONGEST_REST: Ms = 60_000
/** Whoever does not run is looked for this often. */
const LOOK_FOR_IT: Ms = 500
/** Resting for longer is told to the owner. */
const WORTH_TELLING: Ms = 60_000

export class NoticeTeller implements Disposable {
  readonly counts: TellerCounts = { told: 0, failed: 0, givenUp: 0 }
  readonly #parts: TellerParts
  /** Read, and not told yet. */
  #read: Notice[] = []
  /** The round under way. */
  #telling: readonly Notice[] = []
  /** They failed. */
  #carried: Notice[] = []
  /** Rounds in which it took nothing, one after the other. */
  #bad = 0
  #trouble: { readonly at: EpochMs; readonly since: Ms; readonly reason: string } | null = null
  #gap: { readonly at: EpochMs; readonly day: string } | null = null
  #timer: Disposable | null = null
  /** The timer waits for more to be told together; else it is for what failed or does not run. */
  #isGathering = false
  #isTelling = false
  /** Something happened since it last read. */
  #hasNews = false
  #isOver = false

  constructor(parts: TellerParts) {
    this.#parts = parts
    void this.#run()
  }

  /** What the owner should know; null: all is well. */
  get alert(): { readonly at: EpochMs; readonly what: string } | null {
    const { name, clock } = this.#parts
    const trouble = this.#trouble
    if (trouble !== null && clock.mono() - trouble.since > WORTH_TELLING)
      return { at: trouble.at, what: `Plug-in ${name} takes no notices; they wait for it: ${trouble.reason}` }
    const gap = this.#gap
    return gap === null ? null : { at: gap.at, what: `Plug-in ${name} was not told events up to ${gap.day}: they were let go of before.` }
  }

  /** Before the oldest event that it was not told with success. */
  position(): EventPosition {
    const position = new Map(this.#parts.follower.position())
    for (const { shard, number } of [...this.#carried, ...this.#telling, ...this.#read])
      position.set(shard, Math.min(position.get(shard) ?? number, number - 1))
    return position
  }

  /** What the desk has just committed. */
  hear(lines: ShardLines): void {
    const { runner, follower } = this.#parts
    this.#hasNews = true
    const takes = runner()?.state === 'ready' && this.#bad === 0
    if (takes) follower.offer(lines)
    else follower.look()
    if (this.#isTelling) return
    if (takes) this.#gather()
    else this.#again(LOOK_FOR_IT)
  }

  /** What failed may wait; what has just happened need not, but for others that are told with it. */
  #gather(): false {
    if (this.#isGathering) return false
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#isGathering = true
    return this.#again(GATHER)
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#timer?.[Symbol.dispose]()
  }

  async #run(): Promise<void> {
    if (this.#isTelling || this.#isOver || this.#timer !== null) return
    this.#isTelling = true
    try {
      while (await this.#round()) await turn()
    } catch (error) {
      this.#parts.log.error('Notices cannot be told to a plug-in; it is tried again.', {
        plugin: this.#parts.name,
        error: messageOf(error),
      })
      this.#carried.push(...this.#telling)
      this.#telling = []
      this.#again(LONGEST_REST)
    } finally {
      this.#isTelling = false
    }
    // It happened after the last reading found nothing.
    if (this.#hasNews && this.#timer === null) this.#gather()
  }

  /** Whether there may be more to do at once. */
  async #round(): Promise<boolean> {
    const { clock } = this.#parts
    const runner = this.#parts.runner()
    if (this.#isOver) return false
    if (runner?.state !== 'ready') return this.#again(LOOK_FOR_IT)
    const hasMore = this.#fillUp(runner)
    const now = clock.mono()
    const due = this.#carried.filter((one) => one.due <= now)
    const fresh = this.#bad > 0 ? (due.length > 0 ? 1 : 0) : MOST_AT_ONCE
    const round = [...due, ...this.#read.splice(0, this.#carried.length < MOST_CARRIED ? fresh : 0)]
    if (round.length > 0) {
      this.#carried = this.#carried.filter((one) => !due.includes(one))
      this.#telling = round
      await this.#tell(runner, round)
      this.#telling = []
    }
    // While it was told, more may have been committed.
    const hasMuch = hasMore || this.#read.length > 0
    if (this.#bad === 0 && this.#carried.length < MOST_CARRIED && (hasMuch || round.length > 0)) return hasMuch || this.#gather()
    const next = Math.min(...this.#carried.map((one) => one.due))
    return next === Infinity ? false : this.#again(Math.max(10, next - clock.mono()))
  }

  /** Reads what one round takes, in bounded time; whether there may be more. */
  #fillUp(runner: PluginRunner): boolean {
    this.#hasNews = false
    let events = 0
    for (let readings = 0; readings < MOST_READINGS && events < MOST_READ && this.#read.length < MOST_AT_ONCE; readings++) {
      const many = this.#fill(runner)
      if (many === null) return false
      events += many
    }
    return true
  }

  /** Reads on, once: how many events; null: nothing is left. */
  #fill(runner: PluginRunner): number | null {
    const { follower, clock, log, name } = this.#parts
    const found = follower.next()
    if (found === null) return null
    if (found.kind === 'gap') {
      this.#gap = { at: clock.now(), day: found.day }
      log.warn('A plug-in was not told some events: they were let go of before.', { plugin: name, upTo: found.day })
      return 0
    }
    let events = 0
    for (const lined of readEvents(found.lines)) {
      events++
      const { event, number } = lined
      const hook = hookOf(event)
      if (!wants(runner.spec, hook, event)) continue
      this.#read.push({ hook, event: toldText(found.lines, lined), id: event.id, shard: found.shard, number, tries: 0, due: 0 })
    }
    return events
  }

  async #tell(runner: PluginRunner, round: readonly Notice[]): Promise<void> {
    const { clock } = this.#parts
    const results = await Promise.all(round.map(({ hook, event }) => runner.notify(hook, event)))
    const failed: Notice[] = []
    let reason = ''
    for (const [i, one] of round.entries()) {
      const result = results[i]
      if (result === undefined || !('failed' in result)) continue
      failed.push(one)
      reason = `${one.hook}: ${result.reason}`
    }
    const taken = round.length - failed.length
    this.counts.told += taken
    this.counts.failed += failed.length
    if (failed.length === 0) return this.#well()
    this.#bad = taken > 0 ? 0 : this.#bad + 1
    if (taken > 0) this.#trouble = null
    else this.#trouble ??= { at: clock.now(), since: clock.mono(), reason: reason.split('\n')[0]?.slice(0, 300) ?? '' }
    for (const one of failed) this.#carry(one, taken > 0, reason)
  }

  #well(): void {
    this.#bad = 0
    this.#trouble = null
  }

  /** `isItsOwn`: others were taken, so it is the event and not the plug-in. */
  #carry(one: Notice, isItsOwn: boolean, reason: string): void {
    const { clock, log, name } = this.#parts
    if (isItsOwn && ++one.tries >= MOST_TRIES) {
      this.counts.givenUp++
      return log.error('A plug-in cannot take a notice, and is not told it again.', { plugin: name, hook: one.hook, event: one.id, reason })
    }
    const rest = isItsOwn ? AGAIN * 2 ** (one.tries - 1) : Math.min(LONGEST_REST, AGAIN * 2 ** (this.#bad - 1))
    one.due = clock.mono() + rest
    this.#carried.push(one)
  }

  /** Later. */
  #again(after: Ms): false {
    if (this.#isOver || this.#timer !== null) return false
    this.#timer = this.#parts.clock.after(after, () => {
      this.#timer = null
      this.#isGathering = false
      void this.#run()
    })
    return false
  }
}
