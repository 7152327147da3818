// Control: the process that keeps the limits and effects of a server with several workers, so that they hold over all of them. What a worker holds
// (connections) is held until the worker says that it ended, or until the worker itself has ended: a lost connection to control ends
// nothing. A control that starts anew grants nothing before every worker that runs has said what it holds.
import { systemClock } from '../../base/clock.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import { LocalLimits } from '../../engine/limits/local-limits.ts'
import type { Effects } from '../../engine/ports/effects.ts'
import type { LimitStore } from '../../engine/ports/limits.ts'
import { limitsFile } from '../../lifecycle/home-files.ts'
import { type BusHandlers, serveBus } from '../../net/bus/server.ts'
import { shareKept } from '../../policy/limits/priority-use.ts'
import { createLimitStore } from '../../store/sqlite/limits/limits.ts'
import { controlSocketPath, limitsLockPath } from '../home.ts'
import { pause } from '../pause.ts'
import type { RoleContext, RunningRole } from '../role.ts'
import { FollowedEffects } from './followed-effects.ts'
import { keptEffects } from './open-effects.ts'
import { ControlSession } from './session.ts'

export async function startControl({ launch, log }: RoleContext): Promise<RunningRole> {
  await using opened = new AsyncDisposableStack()
  const { home, line, version, living, config } = launch
  const roll = new Roll(living)
  const store = createLimitStore({ file: limitsFile(home), lock: limitsLockPath(home), clock: systemClock })
  const limits = new LocalLimits({ clock: systemClock, log, store: afterRoll(store, roll), share: shareKept(config) })
  opened.defer(() => limits.close())
  const workers = new ControlledWorkers(limits, roll)
  const effects = keptEffects(home, log)
  opened.use(effects)
  limits.onWanted((key, waiter) => workers.wanted(key, waiter))
  const handlers = { ...workers.handlers, ...effectHandlers(effects) }
  opened.use(await serveBus<ControlCalls>(controlSocketPath(home, line), handlers, { version, log }))
  const held = opened.move()
  return {
    died: (slot) => workers.died(slot),
    stopping: () => ['what workers hold'],
    stop: async (grace, isFollowed) => {
      // Another control waits for what this one has counted.
      limits.leave()
      effects.leave()
      if (isFollowed) await Promise.race([limits.left, pause(grace)])
      await held.disposeAsync()
    },
  }
}

function afterRoll(store: LimitStore, roll: Roll): LimitStore {
  return {
    open: async () => {
      await roll.isComplete
      return store.open()
    },
    save: (rates) => store.save(rates),
    close: (rates) => store.close(rates),
  }
}

/** Workers that run and have not said yet what they hold. */
class Roll {
  readonly #missing: Set<number>
  readonly #complete = Promise.withResolvers<void>()

  constructor(living: readonly number[]) {
    this.#missing = new Set(living)
    this.strike(-1)
  }

  get isComplete(): Promise<void> {
    return this.#complete.promise
  }

  strike(slot: number): void {
    this.#missing.delete(slot)
    if (this.#missing.size === 0) this.#complete.resolve()
  }
}

type EffectCalls = Pick<ControlCalls, 'control.report' | 'control.effects' | 'control.effect'>

function effectHandlers(effects: Effects): BusHandlers<EffectCalls> {
  const followed = new FollowedEffects(effects)
  return {
    'control.report': ({ reports }) => {
      for (const report of reports) effects.report(report)
      return {}
    },
    'control.effects': (asked, signal) => followed.follow(asked, signal),
    'control.effect': async ({ id, until, by }) => ({ found: await effects.change(id, until, by) }),
  }
}

class ControlledWorkers {
  readonly handlers: BusHandlers<Omit<ControlCalls, keyof EffectCalls>>
  readonly #roll: Roll
  /** By slot: the last that said hello there, connected or not. */
  readonly #sessions = new Map<number, ControlSession>()
  /** By connection. */
  readonly #of = new WeakMap<AbortSignal, ControlSession>()

  constructor(limits: LocalLimits, roll: Roll) {
    this.#roll = roll
    this.handlers = {
      'control.hello': ({ slot, held }, signal) => {
        this.#sessions.get(slot)?.end()
        const session = new ControlSession(limits, held)
        this.#sessions.set(slot, session)
        this.#of.set(signal, session)
        signal.addEventListener('abort', () => session.disconnected())
        roll.strike(slot)
        return {}
      },
      'control.ask': (asked, signal) => this.#session(signal).ask(asked),
      'control.forget': ({ id }, signal) => {
        this.#session(signal).forget(id)
        return {}
      },
      'control.return': (returned, signal) => {
        this.#session(signal).takeBack(returned)
        return {}
      },
      'control.used': async ({ keys }) => ({ used: await limits.used(keys) }),
      'control.news': (_params, signal) => this.#session(signal).news(signal),
    }
  }

  /** Its process is gone, and with it all that it held. */
  died(slot: number): void {
    this.#sessions.get(slot)?.end()
    this.#sessions.delete(slot)
    this.#roll.strike(slot)
  }

  /** Of those who hold it, who holds the most makes room. */
  wanted(key: string, waiter: unknown): void {
    const others = [...this.#sessions.values()].filter((session) => !session.isOf(waiter) && session.holds(key) > 0)
    others.sort((a, b) => b.holds(key) - a.holds(key))
    others[0]?.tellWanted(key)
  }

  #session(signal: AbortSignal): ControlSession {
    const session = this.#of.get(signal)
    if (session === undefined) throw new Error('a worker says hello before it asks')
    return session
  }
}
