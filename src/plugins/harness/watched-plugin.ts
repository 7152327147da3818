// A plug-in that runs, with a note of all that it is asked and answers. What a server only tells it is waited for here, so that its mistakes
// are seen; one that fell is waited for, as the next step is to meet it and not its absence.
import { machineClock } from '../../base/clock.ts'
import type { Ms } from '../../base/brand.ts'
import type { TrialCall, TrialFailure } from '../../contract/plugin-trial.ts'
import type { CallResult, Facts, Question } from '../call-line.ts'
import type { AskedPlugin } from '../plugin-filters.ts'
import type { PluginRunner } from '../plugin-runner.ts'
import type { PluginSpec } from '../plugin-spec.ts'

const LOOK_EVERY: Ms = 20

interface Noted {
  hook: string
  answer: unknown
  took: number
  failed: TrialFailure | null
}

export class WatchedPlugin implements AskedPlugin {
  readonly #runner: PluginRunner
  readonly #calls: Noted[] = []
  #told: Promise<unknown>[] = []

  constructor(runner: PluginRunner) {
    this.#runner = runner
  }

  get spec(): PluginSpec {
    return this.#runner.spec
  }

  get calls(): readonly TrialCall[] {
    return this.#calls
  }

  call(hook: string, facts: Facts, body: Question['body'] = null): Promise<CallResult> {
    return this.#noted(hook, () => this.#runner.call(hook, facts, body))
  }

  /** Nothing waits for it in the server. */
  notify(hook: string, facts: Facts): Promise<CallResult> {
    return this.#noted(hook, () => this.#runner.notify(hook, facts))
  }

  async #noted(hook: string, ask: () => Promise<CallResult>): Promise<CallResult> {
    const noted: Noted = { hook, answer: null, took: 0, failed: null }
    this.#calls.push(noted)
    if (this.#isAway) await this.#back()
    const began = machineClock.mono()
    const result = await ask()
    noted.took = machineClock.mono() - began
    if ('failed' in result) noted.failed = { how: result.failed, reason: result.reason }
    else noted.answer = whole(result)
    return result
  }

  tell(hook: string, facts: Facts): void {
    this.#told.push(this.call(hook, facts))
  }

  /** Resolves when what it was told is dealt with. */
  async heard(): Promise<void> {
    await Promise.all(this.#told.splice(0))
  }

  answered(): void {
    this.#runner.answered()
  }

  failed(hook: string, how: TrialFailure['how'], reason: string): void {
    const noted = this.#calls.findLast((call) => call.hook === hook)
    if (noted !== undefined) noted.failed = { how, reason }
    this.#runner.failed(hook, how, reason)
  }

  get #isAway(): boolean {
    return this.#runner.state === 'down' || this.#runner.state === 'starting'
  }

  async #back(): Promise<void> {
    while (this.#isAway) await new Promise<void>((resolve) => void machineClock.after(LOOK_EVERY, resolve))
  }
}

/** The body crosses beside the answer. */
function whole({ answer, octets }: Exclude<CallResult, { readonly failed: unknown }>): unknown {
  if (octets === null) return answer
  const { changes, ...rest } = answer as { readonly changes?: object }
  return { ...rest, changes: { ...changes, body: octets } }
}
