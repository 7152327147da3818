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
import type { SharedReads } from '../base/shared-reads.ts'
import type { PluginCounts, PluginLine, PluginSeen, PluginState } from '../contract/plugin-operations.ts'
import { type CallFailure, CallLine, type CallResult, type Facts, type Question } from './call-line.ts'
import { LineAllowance } from './line-allowance.ts'
import { hookTrouble } from './load-trial.ts'
import { PluginMeter } from './meter.ts'
import { PluginLines } from './plugin-lines.ts'
import type { PluginSpec } from './plugin-spec.ts'
import { ProcessorShare } from './processor-share.ts'
import { secretTexts, textsIn, withoutTexts } from './settings-schema.ts'
import { type StartedProcess, startProcess, zodOfServer } from './start-process.ts'

type State = PluginState | 'stopped'

export interface RunnerHost {
  readonly clock: Clock
  readonly log: Log
  /** Of all plug-ins of this thread. */
  readonly reads: SharedReads
  /** Of all processes of the plug-in, one after the other. */
  readonly lines?: PluginLines
  /** It is to take the place of one that runs: until it is ready, whoever starts it tells what is wrong. */
  readonly isChange?: boolean
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
/** At its memory and its use of the processor. */
const LOOK: Ms = 250
/** Characters of the JSON Schema of its settings. */
const LONGEST_SCHEMA = 256 * 1024
/** What it has to answer is waited for so long before its process is ended. */
const LAST_ANSWERS: Ms = 2000

export class PluginRunner {
  readonly spec: PluginSpec
  readonly counts: { -readonly [N in keyof PluginCounts]: number } = { calls: 0, failed: 0, late: 0, restarts: 0 }
  readonly #host: RunnerHost
  readonly #meter = new PluginMeter()
  readonly #lines: PluginLines
  readonly #allowance: LineAllowance
  readonly #settled = Promise.withResolvers<void>()
  #state: State = 'starting'
  #process: StartedProcess | null = null
  #line: CallLine | null = null
  #timers: Disposable[] = []
  #retry: Disposable | null = null
  #falls: EpochMs[] = []
  #inARow = 0
  #hasBegun = false
  /** Notices that failed, one after the other. */
  #untaken = 0
  #trouble: { readonly at: EpochMs; readonly what: string } | null = null
  /** What it said of itself. */
  #schema: unknown = null
  /** Words that no line may have: secrets of its settings, and all of them while it has not said which are. */
  #hidden: readonly string[]

  constructor(spec: PluginSpec, host: RunnerHost) {
    this.spec = spec
    this.#host = host
    this.#lines = host.lines ?? new PluginLines()
    this.#allowance = new LineAllowance(host.clock.mono())
    this.#hidden = textsIn(spec.settings)
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

  /** Never rejects. */
  call(hook: string, facts: Facts, body: Question['body'] = null): Promise<CallResult> {
    return this.#ask({ hook, facts, body }, (result) => {
      if ('failed' in result) this.failed(hook, result.failed, result.reason)
    })
  }

  /** Of what it is told alone no mail waits: a failure is told to the log, and it is not switched off for many. */
  notify(hook: string, facts: Facts): Promise<CallResult> {
    return this.#ask({ hook, facts }, (result) => {
      if (!('failed' in result)) this.#untaken = 0
      else {
        this.#count(result.failed)
        if (result.failed !== 'gone' && this.#untaken++ === 0) this.#warn(hook, result.failed, result.reason)
      }
    })
  }

  /** One promise and one step for each, as each message may ask several times. */
  #ask(question: Question, settled: (result: CallResult) => void): Promise<CallResult> {
    const { clock } = this.#host
    const at = clock.mono()
    this.counts.calls++
    return new Promise((resolve) => {
      const settle = (result: CallResult): void => {
        this.#meter.called(question.hook, clock.mono() - at, clock.now())
        // First: mail waits for it, whatever comes of telling it.
        resolve(result)
        settled(result)
      }
      if (this.#line !== null && this.#state === 'ready') this.#line.call(question, settle)
      else settle({ failed: 'gone', reason: this.#trouble?.what ?? 'it does not run' })
    })
  }

  #count(failure: CallFailure | 'nonsense'): void {
    this.counts.failed++
    this.#meter.failed(this.#host.clock.now())
    if (failure === 'late') this.counts.late++
  }

  #warn(hook: string, failure: CallFailure | 'nonsense', reason: string): void {
    this.#note('warn', 'A plug-in failed.', { hook, failure, reason: this.#clean(reason) })
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

  /** How it does. */
  seen(): PluginSeen {
    const { spec, counts } = this
    const state = this.#state === 'stopped' ? 'off' : this.#state
    const failing = state === 'ready' ? this.#meter.failing(this.#host.clock.now()) : 1
    const trouble = state === 'ready' ? null : (this.#trouble?.what ?? null)
    return {
      name: spec.name,
      version: spec.version,
      state,
      pid: this.pid,
      trouble,
      counts: { ...counts },
      failing,
      hooks: this.#meter.hooks(),
    }
  }

  tell(hook: string, facts: Facts): void {
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
    const { clock } = this.#host
    const { entry, settings, network, budget } = this.spec
    this.#state = 'starting'
    const process = startProcess(this.spec)
    this.#process = process
    process.onLine = (line) => this.#said('info', 'A plug-in wrote:', { line })
    const end = (reason: string): void => this.#fell(process, reason)
    const heard = (message: readonly unknown[]): void => this.#heard(process, message)
    const line = new CallLine({ channel: process.channel, reads: this.#host.reads, clock, budget, heard, lost: end })
    this.#line = line
    const patience = clock.after(this.#host.startWithin ?? START_WITHIN, () => {
      if (this.#state === 'starting') end('it did not begin in time')
    })
    const share = process.pid === undefined ? null : new ProcessorShare(process.pid)
    this.#timers = [patience, every(clock, LOOK, () => this.#weigh(process, share))]
    void process.ended.then((how) => end(how))
    line.say(['start', { entry, settings, network, zod: zodOfServer() }])
  }

  #heard(process: StartedProcess, [kind, what, more]: readonly unknown[]): void {
    if (process !== this.#process) return
    if (kind === 'log') this.#log(what, textOf(more))
    else if (kind === 'ready' && this.#state === 'starting') this.#ready(what)
    else if (kind === 'refused') this.#switchOff(firstLine(textOf(what)))
  }

  #ready(what: unknown): void {
    const { hooks, schema } = (typeof what === 'object' && what !== null ? what : {}) as {
      readonly hooks?: unknown
      readonly schema?: unknown
    }
    const other = hookTrouble(this.spec.hooks, hooks)
    if (other !== null) return this.#switchOff(other)
    this.#schema = isSensible(schema) ? (schema ?? null) : null
    this.#hidden = secretTexts(this.#schema, this.spec.settings)
    this.#state = 'ready'
    this.#hasBegun = true
    this.#trouble = null
    this.#note('info', 'A plug-in runs.', { pid: this.pid })
    this.#settled.resolve()
  }

  #log(said: unknown, text: string): void {
    const level = said === 'error' || said === 'warn' ? said : 'info'
    this.#said(level, 'A plug-in says:', { text: text.slice(0, 2000) })
  }

  /** Its own words, as far as the log takes them. */
  #said(level: PluginLine['level'], what: string, words: Readonly<Record<string, string>>): void {
    const dropped = this.#allowance.take(this.#host.clock.mono())
    if (dropped === null) return
    if (dropped > 0) this.#note('warn', 'A plug-in says more than the log takes; lines were left out.', { lines: dropped })
    this.#note(level, what, Object.fromEntries(Object.entries(words).map(([name, text]) => [name, this.#clean(text)])))
  }

  /** To the log of the server, and for whoever looks at this plug-in. */
  #note(level: PluginLine['level'], what: string, fields: Readonly<Record<string, string | number | null>>): void {
    const { clock, log } = this.#host
    log[level](what, { plugin: this.spec.name, ...fields })
    const { text, line, ...more } = fields
    const said = text ?? line
    const words = Object.entries(more).map(([name, value]) => `${name} ${String(value)}`)
    this.#lines.add(clock.now(), level, said === undefined ? [what.replace(/^A plug-in/, 'It'), ...words].join(' ') : String(said))
  }

  #clean(text: string): string {
    return withoutTexts(text, this.#hidden)
  }

  #fell(process: StartedProcess, reason: string): void {
    if (process !== this.#process || this.#state === 'off') return
    const { clock } = this.#host
    const wasStopped = this.#state === 'stopped'
    this.#drop(reason)
    process.kill()
    if (wasStopped) return
    const now = clock.now()
    this.#falls = [...this.#falls.filter((at) => at > now - FALLS_WITHIN), now]
    if (this.#falls.length >= MOST_FALLS)
      return this.#switchOff(`it fell ${MOST_FALLS} times within ten minutes, the last time as ${reason}`)
    const wait = BACKOFF[Math.min(this.#falls.length, BACKOFF.length) - 1] ?? 0
    if (this.#isToldHere) this.#note('warn', 'A plug-in fell, and is started again.', { reason, after: wait })
    this.#state = 'down'
    this.#trouble = { at: now, what: reason }
    this.counts.restarts++
    if (this.#falls.length > 1) this.#settled.resolve()
    this.#retry = clock.after(wait, () => this.#begin())
  }

  #switchOff(why: string): void {
    if (this.#state === 'stopped' || this.#state === 'off') return
    const reason = this.#clean(why)
    this.#state = 'off'
    this.#trouble = { at: this.#host.clock.now(), what: reason }
    if (this.#isToldHere)
      this.#note('error', 'A plug-in is switched off; its failure setting holds for mail that it was to see.', { reason })
    const process = this.#process
    this.#drop(reason)
    process?.kill()
    this.#settled.resolve()
  }

  get #isToldHere(): boolean {
    return this.#host.isChange !== true || this.#hasBegun
  }

  #drop(reason: string): void {
    for (const timer of this.#timers) timer[Symbol.dispose]()
    this.#timers = []
    this.#line?.end(reason)
    this.#line = null
    this.#process = null
  }

  /** The system refuses it memory beyond its limit of data; what it has beyond that of resident memory (mapped files, stacks) is seen here. */
  #weigh(process: StartedProcess, share: ProcessorShare | null): void {
    const resident = residentOf(process.pid)
    if (resident > this.spec.memory) return this.#fell(process, `it took ${Math.round(resident / 1024 / 1024)} MiB of memory`)
    // To load code takes all of a processor for a moment, as it may.
    if (this.#state === 'ready' && share?.look(this.#host.clock.mono()) === true)
      this.#note('info', 'A plug-in takes much of the processor; mail goes before it from now on.', { pid: this.pid })
  }
}

function textOf(said: unknown): string {
  return typeof said === 'string' ? said : 'what is no text'
}

/** One that is huge, or deeper than anything can be read that is made of it, is none. */
function isSensible(schema: unknown): boolean {
  try {
    return JSON.stringify(schema ?? null).length <= LONGEST_SCHEMA
  } catch {
    return false
  }
}

function residentOf(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300)
}
