// A command of `hms` that the desk runs in a process of its own and waits for, as it takes long or opens files of the home that the desk has open.
// What it answers is the answer; one runs at a time.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Actor } from '../../contract/actor.ts'
import { callerOf, SharedPlaces } from '../../api/management/limits.ts'
import { type RunningCommand, startCommand } from '../lifecycle/command-process.ts'

/** Calls that wait or run. */
const PLACES = { all: 10, each: 3, account: 3, accounts: 7 } as const

export interface CommandCall {
  readonly words: readonly string[]
  /** Who asks, for the audit; of an account or of none. */
  readonly asker: Pick<Actor, 'by' | 'account'>
  readonly within: Ms
}

export class CommandRunner implements AsyncDisposable {
  readonly #home: string
  readonly #clock: Clock
  #last: Promise<unknown> = Promise.resolve()
  readonly #places = new SharedPlaces(PLACES, 'such calls wait or run')
  #isClosing = false
  #running: RunningCommand | null = null

  constructor(home: string, clock: Clock) {
    this.#home = home
    this.#clock = clock
  }

  /** What it answered, also where it ended with another code than 0 after an answer. Throws the Fault that it told. */
  async run(call: CommandCall): Promise<unknown> {
    const { by, account = null } = call.asker
    using _place = this.#places.enter(callerOf({ name: by, account }, ''))
    const mine = this.#last.then(() => this.#run(call))
    this.#last = mine.catch(() => {})
    return await mine
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    this.#running?.stop()
    await this.#last
  }

  async #run({ words, asker: { by }, within }: CommandCall): Promise<unknown> {
    if (this.#isClosing) throw busy('The server stops.')
    const [name] = words
    const command = startCommand({ home: this.#home, words, by })
    this.#running = command
    let isLate = false
    using _timer = this.#clock.after(within, () => {
      isLate = true
      command.stop()
    })
    const { answer, failure } = await command.ended
    this.#running = null
    if (isLate) throw new Fault('call-too-long', `hms ${name} took longer than ${within / 1000} s.`, { blame: 'owner', temporary: true })
    if (answer !== null) return answer
    const { code, message, mend } = failure ?? { code: 'internal', message: `hms ${name} told nothing.`, mend: null }
    throw new Fault(code, message, { blame: 'caller', ...(mend !== null && { mend }) })
  }
}

function busy(what: string): Fault {
  return new Fault('api-busy', what, { blame: 'caller', temporary: true })
}
