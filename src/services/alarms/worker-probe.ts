// What workers say of themselves: due mail, memory, the disk's pace, restarts, and whatever else the status shows. And whether anything is
// delivered at all.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { formatDuration } from '../../base/quantities.ts'
import { alarmOfNotice } from '../../contract/alarm-notices.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { WorkerFacts } from '../../contract/bus.ts'
import type { PluginSeen } from '../../contract/plugin-operations.ts'
import type { Status } from '../../contract/operations.ts'
import type { Totals } from '../../engine/ports/stores.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import { DeliveryPulse } from '../../policy/alarms/pulse.ts'
import { pluginsTogether } from '../../plugins/together.ts'
import { togetherSeen } from '../../policy/milters/seen.ts'
import type { Probe } from './probe.ts'

export interface WorkerProbeParts {
  readonly clock: Clock
  /** Of all workers that answer. */
  readonly facts: () => Promise<readonly WorkerFacts[]>
  readonly totals: () => Pick<Totals, 'accepted' | 'delivered'>
  /** How often each worker was started again in the last so many ms. */
  readonly restarts: (within: Ms, now: EpochMs) => readonly { readonly slot: number; readonly times: number }[]
  readonly troubles: () => Status['alerts']
  /** Plug-ins beside the desk. */
  readonly notices: () => readonly PluginSeen[]
}

const FACTS_EVERY: Ms = 10_000
const RESTARTS_WITHIN: Ms = 300_000
const SECOND: Ms = 1000

export class WorkerProbe implements Probe, Disposable {
  readonly #parts: WorkerProbeParts
  readonly #timer: Disposable
  readonly #pulse: DeliveryPulse
  #facts: readonly WorkerFacts[] | null = null
  #isAsking = false

  constructor(parts: WorkerProbeParts) {
    this.#parts = parts
    this.#pulse = new DeliveryPulse(parts.totals())
    this.#timer = every(parts.clock, FACTS_EVERY, () => void this.#ask())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  *readings(now: EpochMs): Iterable<readonly [AlarmName, readonly Reading[]]> {
    yield* troublesIn(this.#parts.troubles())
    yield ['worker-restarts', this.#parts.restarts(RESTARTS_WITHIN, now).map(restarted)]
    const facts = this.#facts
    if (facts === null) return
    yield ['oldest-due', oldestOf(facts, now)]
    yield ['copies-failing', copiesOf(facts)]
    yield ['milter-failing', miltersOf(facts, now)]
    yield ['plugin-failing', pluginsOf([...facts.flatMap(({ plugins }) => plugins ?? []), ...this.#parts.notices()])]
    yield ['queue-memory', facts.map(memoryOf)]
    yield ['storage-latency', facts.flatMap(({ slot, commitTime }) => (commitTime === null ? [] : [latencyOf(slot, commitTime)]))]
    const isDue = facts.some(({ oldest }) => oldest.length > 0)
    const pulse = this.#pulse.look(this.#parts.totals(), isDue, now)
    if (pulse !== null) yield ['no-delivery', [stoodStill(pulse)]]
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    // Those that do not answer are an alarm of their own.
    const facts = await this.#parts.facts().catch(() => [])
    if (facts.length > 0) this.#facts = facts
    this.#isAsking = false
  }
}

function* troublesIn(troubles: Status['alerts']): Iterable<readonly [AlarmName, readonly Reading[]]> {
  const found = new Map<AlarmName, Reading[]>([
    ['spool-failing', []],
    ['worker-silent', []],
    ['trouble', []],
  ])
  for (const { key, what, mend } of troubles) {
    const alarm = alarmOfNotice({ ...(key !== undefined && { key }), what })
    // Restarts are looked at by their number.
    if (alarm !== null) found.get(alarm.name)?.push({ subject: alarm.subject, value: 1, words: what, mend })
  }
  yield* found
}

function restarted({ slot, times }: { readonly slot: number; readonly times: number }): Reading {
  const often = times === 1 ? 'was restarted' : `was restarted, ${times} times within five minutes`
  return {
    subject: `worker ${slot}`,
    value: times,
    words: `Worker ${slot} ended unexpectedly and ${often}; nothing that was acknowledged is lost.`,
  }
}

/** The oldest of each site, of all workers. */
function oldestOf(facts: readonly WorkerFacts[], now: EpochMs): readonly Reading[] {
  const oldest = new Map<string, EpochMs>()
  for (const { site, due } of facts.flatMap((one) => one.oldest)) oldest.set(site, Math.min(due, oldest.get(site) ?? Infinity))
  return [...oldest]
    .toSorted(([, a], [, b]) => a - b)
    .map(([subject, due]) => {
      const words = `A message to ${subject} has been due for ${span(now - due)}.`
      return { subject, value: now - due, words }
    })
}

/** Of each account, at all workers. */
function copiesOf(facts: readonly WorkerFacts[]): readonly Reading[] {
  const failing = Map.groupBy(
    facts.flatMap((one) => one.copiesFailing),
    ({ account }) => account,
  )
  return [...failing].map(([account, each]) => {
    const value = each.reduce((sum, { copies }) => sum + copies, 0)
    const words = `Of ${value} deliveries of account ${account} no copy could be stored: ${each[0]?.reason ?? ''}.`
    return { subject: String(account), value, words }
  })
}

/** Since when each fails, at whichever worker it began. */
function miltersOf(facts: readonly WorkerFacts[], now: EpochMs): readonly Reading[] {
  return [...togetherSeen(facts.flatMap(({ milters }) => milters ?? [])).values()].flatMap(({ name, failingSince, failure }) => {
    if (failingSince === undefined) return []
    return [{ subject: name, value: now - failingSince, words: `The milter ${name} ${failure}, since ${span(now - failingSince)}.` }]
  })
}

/** The worst of all its processes. */
function pluginsOf(seen: readonly PluginSeen[]): readonly Reading[] {
  return [...pluginsTogether(seen)].map(([name, { state, trouble, failing }]) => {
    const share = `${Math.round(failing * 100)} % of its last calls timed out or failed`
    const how = state === 'ready' ? share : `it is not running${trouble === null ? '' : ` (${trouble})`}`
    return { subject: name, value: failing, words: `The plug-in ${name} fails: ${how}.` }
  })
}

function memoryOf({ slot, memory }: WorkerFacts): Reading {
  const words = `Messages in flight use ${Math.round(memory * 100)} % of spool.memory in worker ${slot}.`
  return { subject: `worker ${slot}`, value: memory, words }
}

function latencyOf(slot: number, time: Ms): Reading {
  return { subject: `worker ${slot}`, value: time, words: `A commit to the spool of worker ${slot} took ${time} ms: the disk is slow.` }
}

function stoodStill({ still, accepted }: { readonly still: Ms; readonly accepted: number }): Reading {
  const words = `${accepted} recipients were accepted in the last ${span(still)}, and nothing was delivered.`
  return { subject: null, value: still, words }
}

function span(time: Ms): string {
  return formatDuration(Math.floor(time / SECOND) * SECOND)
}
