// The plug-ins that run here, as the owner wants them now: looked at every two seconds, a new or changed one is started beside what runs and
// takes its place when it is ready, one that is gone from the list is stopped. A change that cannot be used changes nothing. Files that change
// are waited for until they stand still, as many of them are seldom written at once.
import type { EpochMs, Ms } from '../base/brand.ts'
import { type Clock, every } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { SharedReads } from '../base/shared-reads.ts'
import type { PluginLine, PluginSeen } from '../contract/plugin-operations.ts'
import type { PluginHook } from '../contract/plugins.ts'
import { PluginLines } from './plugin-lines.ts'
import { PluginRunner, type RunnerHost } from './plugin-runner.ts'
import { type PluginSpec, wantedPlugins } from './plugin-spec.ts'
import type { SecretSeal } from './sealed-settings.ts'

export interface PluginAlert {
  readonly key: string
  readonly at: EpochMs
  readonly what: string
  readonly mend: string
}

export interface PluginSetOptions {
  readonly home: string
  /** Those that have none of these hooks do not run here. */
  readonly hooks: readonly PluginHook[]
  /** Opens secrets among their settings. */
  readonly seal: () => SecretSeal
  readonly clock: Clock
  readonly log: Log
  readonly lookEvery?: Ms
  readonly startWithin?: Ms
  /**
   * Whether the log is told here why a change of a plug-in with these hooks cannot be used; null: why an entry or a manifest cannot. Other
   * processes see the same. Left out: always.
   */
  readonly tells?: (hooks: readonly PluginHook[] | null) => boolean
  /** Others run now. */
  readonly changed?: (runners: readonly PluginRunner[]) => void
}

const LOOK_EVERY: Ms = 2000
/** Files that did not change for so long stand still. */
const STILL_FOR: Ms = 300
/** What could not begin, for a reason that may be the machine's, is tried again after so long. */
const TRY_AGAIN: Ms = 60_000
const MOST_REMEMBERED = 200
const MEND =
  "'hms plugin ls' and 'hms plugin logs NAME' tell more. Mend it, or its entry in config/plugins.yaml; it is taken up within three seconds."

interface Trouble {
  readonly at: EpochMs
  readonly what: string
}

export class PluginSet implements AsyncDisposable {
  readonly #options: PluginSetOptions
  readonly #timer: Disposable
  #runners: readonly PluginRunner[] = []
  /** Of what could not be taken up, by plug-in. */
  #troubles = new Map<string, Trouble>()
  /** Changes that were tried and are no use, until they change again or it is time to try again. */
  readonly #refused = new Map<string, { readonly stamp: string; readonly until: Ms }>()
  /** Files that changed, as they were seen last. */
  readonly #moving = new Map<string, string>()
  readonly #lines = new Map<string, PluginLines>()
  readonly #reads = new SharedReads()
  #look: Promise<void> | null = null
  #sooner: Disposable | null = null
  #isOver = false

  private constructor(options: PluginSetOptions) {
    this.#options = options
    this.#timer = every(options.clock, options.lookEvery ?? LOOK_EVERY, () => void this.look())
  }

  /** Resolves when each is ready or known not to be. */
  static async open(options: PluginSetOptions): Promise<PluginSet> {
    const set = new PluginSet(options)
    await set.look()
    return set
  }

  /** In the owner's order; the same list while they are the same. */
  get runners(): readonly PluginRunner[] {
    return this.#runners
  }

  /** How each does that is to run here; one that cannot be used among them. */
  seen(): readonly PluginSeen[] {
    const running = this.#runners.map((runner): PluginSeen => {
      const seen = runner.seen()
      return { ...seen, trouble: seen.trouble ?? this.#troubles.get(seen.name)?.what ?? null }
    })
    const others = [...this.#troubles].filter(([name]) => !name.includes('/') && !running.some((one) => one.name === name))
    return [...running, ...others.map(([name, { what }]) => unusable(name, what))]
  }

  /** The last lines of a plug-in. */
  lines(name: string): readonly PluginLine[] {
    return this.#lines.get(name)?.last() ?? []
  }

  alerts(): readonly PluginAlert[] {
    const down = this.#runners.flatMap((runner) => {
      const { trouble, spec } = runner
      if (trouble === null || runner.state === 'ready') return []
      const what = `Plug-in ${spec.name} ${runner.state === 'off' ? 'is switched off' : 'is down'}: ${trouble.what}`
      return [{ key: `plugin ${spec.name}`, at: trouble.at, what, mend: MEND }]
    })
    const changes = [...this.#troubles].map(([name, { at, what }]) => ({ key: `plugin-change ${name}`, at, what, mend: MEND }))
    return [...down, ...changes]
  }

  /** One at a time; who asks while one is under way waits for that. */
  look(): Promise<void> {
    this.#look ??= this.#lookNow().finally(() => (this.#look = null))
    return this.#look
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    this.#timer[Symbol.dispose]()
    this.#sooner?.[Symbol.dispose]()
    await this.#look
    const runners = this.#runners
    this.#runners = []
    await Promise.all(runners.map((runner) => runner.stop()))
  }

  async #lookNow(): Promise<void> {
    if (this.#isOver) return
    const { home, hooks, seal } = this.#options
    const { specs, problems, isUnknown = false } = wantedPlugins(home, seal)
    const here = specs.filter((spec) => spec.hooks.some((hook) => hooks.includes(hook)))
    const troubles = new Map<string, Trouble>()
    for (const { plugin, problem } of problems) {
      const what = plugin.includes('/') ? `${plugin}: ${problem}` : `Plug-in ${plugin} cannot be used: ${problem}`
      this.#note(troubles, plugin, { what, hooks: null })
    }
    const next = await Promise.all(here.map((spec) => this.#runnerOf(spec, troubles)))
    // What runs and has a mistake in its entry now stays as it was.
    const broken = this.#runners.filter(({ spec }) => isUnknown || problems.some(({ plugin }) => plugin === spec.name))
    const before = this.#runners
    this.#troubles = troubles
    const now = [...next, ...broken]
    if (now.length === before.length && now.every((runner, i) => runner === before[i])) return
    this.#runners = now
    this.#options.changed?.(now)
    for (const old of before) if (!this.#runners.includes(old)) void old.stop()
  }

  /** The one that runs, or another in its place that is ready; the old one where the new one is no use, or is being written. */
  async #runnerOf(spec: PluginSpec, troubles: Map<string, Trouble>): Promise<PluginRunner> {
    const { clock } = this.#options
    const { name, hooks } = spec
    const stamp = `${spec.files} ${spec.stamp}`
    const old = this.#runners.find((runner) => runner.spec.name === name)
    if (old !== undefined && `${old.spec.files} ${old.spec.stamp}` === stamp) return old
    const refused = this.#refused.get(name)
    const isRefused = refused?.stamp === stamp && clock.mono() < refused.until
    if (old !== undefined && (isRefused || !this.#standsStill(spec, old.spec))) {
      const before = this.#troubles.get(name)
      if (before !== undefined) troubles.set(name, before)
      return old
    }
    const host: RunnerHost = { ...this.#options, reads: this.#reads, lines: this.#linesOf(name), isChange: old?.state === 'ready' }
    const fresh = new PluginRunner(spec, host)
    await fresh.settled
    if (old === undefined || old.state !== 'ready' || fresh.state === 'ready') {
      this.#refused.delete(name)
      return fresh
    }
    this.#refused.set(name, { stamp, until: fresh.state === 'off' ? Infinity : clock.mono() + TRY_AGAIN })
    const why = fresh.trouble?.what ?? 'it does not begin'
    this.#note(troubles, name, { what: `A change of plug-in ${name} cannot be used, and what ran before goes on: ${why}`, hooks })
    void fresh.stop()
    return old
  }

  #standsStill({ name, files }: PluginSpec, old: PluginSpec): boolean {
    const isStill = files === old.files || this.#moving.get(name) === files
    if (isStill) this.#moving.delete(name)
    else {
      this.#moving.set(name, files)
      this.#sooner?.[Symbol.dispose]()
      this.#sooner = this.#options.clock.after(STILL_FOR, () => void this.look())
    }
    return isStill
  }

  #note(
    troubles: Map<string, Trouble>,
    name: string,
    { what, hooks }: { readonly what: string; readonly hooks: PluginSpec['hooks'] | null },
  ) {
    const { clock, log, tells } = this.#options
    const before = this.#troubles.get(name)
    if (before?.what === what) return troubles.set(name, before)
    if (tells?.(hooks) !== false) {
      log.error(what)
      this.#linesOf(name).add(clock.now(), 'error', what)
    }
    return troubles.set(name, { at: clock.now(), what })
  }

  /** Of so many names at most: of those that are gone, the first is forgotten. */
  #linesOf(name: string): PluginLines {
    const known = this.#lines.get(name)
    if (known !== undefined) return known
    if (this.#lines.size >= MOST_REMEMBERED) this.#lines.delete(this.#lines.keys().next().value ?? '')
    const lines = new PluginLines()
    this.#lines.set(name, lines)
    return lines
  }
}

function unusable(name: string, trouble: string): PluginSeen {
  const counts = { calls: 0, failed: 0, late: 0, restarts: 0 }
  return { name, version: '', state: 'off', pid: null, trouble, counts, failing: 1, hooks: [] }
}
