// One plug-in as it runs here: its process, started again when it falls, and switched off when it keeps falling or failing. Whoever asks it
// gets an answer or a failure, always within its budget; what a failure means for mail is the owner's choice, made by who asks.
//
//   starting  its process loads the code and checks the settings    → ready, down, off (it says that it cannot run)
//   ready     it answers                                            → down (it ended, hung, or took too much memory), off (it failed so often in a row)
//   down      waits to be started again, longer each time           → starting, off (it fell so often)
//   off       nothing runs; every call fails at once                → by a new runner alone: the owner changed something
//   stopped   the end
import { readFileSync } from 'node:fs'
import type { EpochMs, Ms } from '../base/brand.ts'
import { type Clock, every } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type CallFailure, CallLine, type CallResult } from './call-line.ts'
import type { PluginSpec } from './plugin-spec.ts'
import { type StartedProcess, startProcess, zodOfServer } from './start-process.ts'

type State = 'starting' | 'ready' | 'down' | 'off' | 'stopped'

export interface PluginCounts {
  calls: number
  failed: number
  late: number
  restarts: number
}

export interface RunnerHost {
  readonly clock: Clock
  readonly log: Log
  /** Patience with its start; a busy machine is slow to load code. */
  readonly startWithin?: Ms
}

const BACKOFF: readonly Ms[] = [100, 500, 1000, 2000, 5000]
/** Falls within `FALLS_WITHIN` after which it stays off. */
const MOST_FALLS = 6
const FALLS_WITHIN: Ms = 10 * 60_000
/** Calls that fail one after the other, without one that does not. */
const MOST_FAILURES = 50
const START_WITHIN: Ms = 15_000
const MEMORY_LOOK: Ms = 250
const PAGE = 4096
/** What it has to answer is waited for so long before its process is ended. */
const LAST_ANSWERS: Ms = 2000

export class PluginRunner {
  readonly spec: PluginSpec
  readonly counts: PluginCounts = { calls: 0, failed: 0, late: 0, restarts: 0 }
  readonly #host: RunnerHost
  readonly #settled = Promise.withResolvers<void>()
  #state: State = 'starting'
  #process: StartedProcess | null = null
  #line: CallLine | null = null
  #timers: Disposable[] = []
  #retry: Disposable | null = null
  #falls: EpochMs[] = []
  #inARow = 0
  /** Notices that failed, one after the other. */
  #untaken = 0
  #trouble: { readonly at: EpochMs; readonly what: string } | null = null
  /** What it said of itself. */
  #schema: unknown = null

  constructor(spec: PluginSpec, host: RunnerHost) {
    this.spec = spec
    this.#host = host
    this.#begin()
  }

  get state(): State {
    return this.#state
  }

  /** Why it does not run, or last did not. */
  get trouble(): { readonly at: EpochMs; readonly what: string } | null {
    return this.#trouble
  }

  get schema(): unknown {
    return this.#schema
  }

  /** Resolves when it is ready for the first time, or will not be for now. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  async call(hook: string, facts: object, body: (() => AsyncIterable<Buffer>) | null = null): Promise<CallResult> {
    const result = await this.#ask(hook, facts, body)
    if ('failed' in result) this.failed(hook, result.failed, result.reason)
    return result
  }

  /** Of what it is told alone no mail waits: a failure is told to the log, and it is not switched off for many. */
  async notify(hook: string, facts: object): Promise<CallResult> {
    const result = await this.#ask(hook, facts, null)
    if (!('failed' in result)) this.#untaken = 0
    else {
      this.#count(result.failed)
      if (result.failed !== 'gone' && this.#untaken++ === 0) this.#warn(hook, result.failed, result.reason)
    }
    return result
  }

  #ask(hook: string, facts: object, body: (() => AsyncIterable<Buffer>) | null): Promise<CallResult> {
    this.counts.calls++
    if (this.#line !== null && this.#state === 'ready') return this.#line.call(hook, facts, body)
    return Promise.resolve({ failed: 'gone', reason: this.#trouble?.what ?? 'it does not run' })
  }

  #count(failure: CallFailure | 'nonsense'): void {
    this.counts.failed++
    if (failure === 'late') this.counts.late++
  }

  #warn(hook: string, failure: CallFailure | 'nonsense', reason: string): void {
    this.#host.log.warn('A plug-in failed.', { plugin: this.spec.name, hook, failure, reason })
  }

  /** What it answered made sense. */
  answered(): void {
    this.#inARow = 0
  }

  /** It answered something that is no answer, or none. */
  failed(hook: string, failure: CallFailure | 'nonsense', reason: string): void {
    this.#count(failure)
    if (failure === 'gone') return
    if (this.#inARow++ === 0) this.#warn(hook, failure, reason)
    if (this.#inARow >= MOST_FAILURES) this.#switchOff(`its last ${MOST_FAILURES} answers failed, the last with: ${firstLine(reason)}`)
  }

  tell(hook: string, facts: object): void {
    if (this.#state === 'ready') this.#line?.tell(hook, facts)
  }

  /** What is under way has a moment to be answered. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#retry?.[Symbol.dispose]()
    const { clock } = this.#host
    const until = clock.mono() + LAST_ANSWERS
    while ((this.#line?.open ?? 0) > 0 && clock.mono() < until) await new Promise<void>((resolve) => void clock.after(20, resolve))
    const process = this.#process
    this.#drop('it was stopped')
    process?.kill()
    await process?.ended
    this.#settled.resolve()
  }

  #begin(): void {
    const { clock, log } = this.#host
    const { name, entry, settings, network, budget } = this.spec
    this.#state = 'starting'
    const process = startProcess(this.spec)
    this.#process = process
    process.onLine = (line) => log.info('A plug-in wrote:', { plugin: name, line })
    const end = (reason: string): void => this.#fell(process, reason)
    const line = new CallLine({ channel: process.channel, clock, budget, heard: (message) => this.#heard(process, message), lost: end })
    this.#line = line
    const patience = clock.after(this.#host.startWithin ?? START_WITHIN, () => {
      if (this.#state === 'starting') end('it did not begin in time')
    })
    this.#timers = [patience, every(clock, MEMORY_LOOK, () => this.#weigh(process))]
    void process.ended.then((how) => end(how))
    line.say(['start', { entry, settings, network, zod: zodOfServer() }])
  }

  #heard(process: StartedProcess, [kind, what, more]: readonly unknown[]): void {
    if (process !== this.#process) return
    if (kind === 'log') this.#log(String(what), String(more))
    else if (kind === 'ready' && this.#state === 'starting') this.#ready(what)
    else if (kind === 'refused') this.#switchOff(firstLine(String(what)))
  }

  #ready(what: unknown): void {
    const { hooks, schema } = (typeof what === 'object' && what !== null ? what : {}) as {
      readonly hooks?: unknown
      readonly schema?: unknown
    }
    const missing = this.spec.hooks.filter((hook) => !Array.isArray(hooks) || !hooks.includes(hook))
    const more = Array.isArray(hooks) ? hooks.filter((hook) => !(this.spec.hooks as readonly unknown[]).includes(hook)) : []
    if (missing.length > 0 || more.length > 0)
      return this.#switchOff(`its manifest names the hooks ${this.spec.hooks.join(', ') || 'none'}, its code has ${String(hooks)}`)
    this.#schema = schema ?? null
    this.#state = 'ready'
    this.#trouble = null
    this.#host.log.info('A plug-in runs.', { plugin: this.spec.name, pid: this.pid })
    this.#settled.resolve()
  }

  #log(level: string, text: string): void {
    const { log } = this.#host
    const fields = { plugin: this.spec.name, text: text.slice(0, 2000) }
    if (level === 'error') log.error('A plug-in says:', fields)
    else if (level === 'warn') log.warn('A plug-in says:', fields)
    else log.info('A plug-in says:', fields)
  }

  #fell(process: StartedProcess, reason: string): void {
    if (process !== this.#process || this.#state === 'off') return
    const { clock, log } = this.#host
    const wasStopped = this.#state === 'stopped'
    this.#drop(reason)
    process.kill()
    if (wasStopped) return
    const now = clock.now()
    this.#falls = [...this.#falls.filter((at) => at > now - FALLS_WITHIN), now]
    if (this.#falls.length >= MOST_FALLS)
      return this.#switchOff(`it fell ${MOST_FALLS} times within ten minutes, the last time as ${reason}`)
    const wait = BACKOFF[Math.min(this.#falls.length, BACKOFF.length) - 1] ?? 0
    log.warn('A plug-in fell, and is started again.', { plugin: this.spec.name, reason, after: wait })
    this.#state = 'down'
    this.#trouble = { at: now, what: reason }
    this.counts.restarts++
    if (this.#falls.length > 1) this.#settled.resolve()
    this.#retry = clock.after(wait, () => this.#begin())
  }

  #switchOff(reason: string): void {
    if (this.#state === 'stopped' || this.#state === 'off') return
    this.#state = 'off'
    this.#trouble = { at: this.#host.clock.now(), what: reason }
    this.#host.log.error('A plug-in is switched off; its failure setting holds for mail that it was to see.', {
      plugin: this.spec.name,
      reason,
    })
    const process = this.#process
    this.#drop(reason)
    process?.kill()
    this.#settled.resolve()
  }

  #drop(reason: string): void {
    for (const timer of this.#timers) timer[Symbol.dispose]()
    this.#timers = []
    this.#line?.end(reason)
    this.#line = null
    this.#process = null
  }

  /** The system refuses it memory beyond its limit of data; what it has beyond that of resident memory (mapped files, stacks) is seen here. */
  #weigh(process: StartedProcess): void {
    const resident = residentOf(process.pid)
    if (resident > this.spec.memory) this.#fell(process, `it took ${Math.round(resident / 1024 / 1024)} MiB of memory`)
  }
}

function residentOf(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE
  } catch {
    return 0
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300)
}
