// The launcher that is to succeed this one, as its predecessor sees it: a process, what it says, and how it is told.
import type { Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { type ProgramSpec, type StartedProgram, startProgram } from '../launcher/child.ts'
import { type LineWriter, speakLines } from '../lines.ts'
import type { SuccessorOrder, SuccessorWord } from './succession.ts'

const IN_THE_LOG = "The server's log tells why; on a machine that is only too busy it may go better later."

type Answer = 'here' | 'tried' | 'serving' | 'leading'

export class SuccessorProcess {
  readonly ended: Promise<number>
  /** Rejects with a Fault as soon as it failed, whoever waits. */
  readonly broken: Promise<never>
  /** Called when it was asked to end, after it leads. */
  onStopping: (now: boolean) => void = () => {}
  readonly #program: StartedProgram
  readonly #lines: LineWriter | null
  #expected: { answer: Answer; within: Ms; resolve: () => void; reject: (fault: Fault) => void; timer: NodeJS.Timeout } | null = null
  #failed: Fault | null = null
  #isOver = false
  readonly #broken = Promise.withResolvers<never>()

  constructor(spec: ProgramSpec) {
    this.#program = startProgram(spec)
    const { lifeline } = this.#program
    this.#lines =
      lifeline === null ? null : speakLines(lifeline, { heard: (said) => this.#hear(said as SuccessorWord), nonsense: () => {} })
    this.ended = this.#program.ended
    this.broken = this.#broken.promise
    this.broken.catch(() => {})
    void this.ended.then((code) => {
      this.#isOver = true
      this.#fail(new Fault('hand-over-failed', `The new server ended with code ${code}.`, { blame: 'owner', mend: IN_THE_LOG }))
    })
  }

  get pid(): number | undefined {
    return this.#program.pid
  }

  order(order: SuccessorOrder): Promise<void> {
    return this.#lines?.say(order) ?? Promise.resolve()
  }

  /** Resolves when it says so. Rejects with a Fault where it fails, ends, or says nothing for `within` ms. */
  expect(answer: Answer, within: Ms): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== null) reject(this.#failed)
      else this.#expected = { answer, within, resolve, reject, timer: this.#timer(answer, within) }
    })
  }

  /** Nothing more is expected of it: whoever waits is told why. */
  giveUp(reason: string): void {
    this.#fail(new Fault('hand-over-failed', reason, { blame: 'caller' }))
  }

  /** Asks for its end and kills it after `grace`. Resolves when it is gone. */
  async end(grace: Ms): Promise<void> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), grace)
    await this.ended
    clearTimeout(timer)
  }

  /** It goes on by itself. */
  letGo(): void {
    this.#program.letGo()
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#program.kill(signal)
  }

  #timer(answer: Answer, within: Ms): NodeJS.Timeout {
    return setTimeout(() => {
      this.#fail(
        new Fault('hand-over-failed', `The new server did not say '${answer}' within ${within / 1000} s.`, {
          blame: 'owner',
          mend: IN_THE_LOG,
        }),
      )
    }, within)
  }

  #hear(word: SuccessorWord): void {
    if (word.say === 'stopping') return this.onStopping(word.now)
    if (word.say === 'failed') {
      const mend = word.mend === null ? {} : { mend: word.mend }
      return this.#fail(new Fault('hand-over-failed', word.reason, { blame: 'owner', ...mend }))
    }
    const expected = this.#expected
    if (expected === null) return
    clearTimeout(expected.timer)
    if (word.say === expected.answer) {
      this.#expected = null
      expected.resolve()
    } else expected.timer = this.#timer(expected.answer, expected.within)
  }

  #fail(fault: Fault): void {
    this.#failed ??= fault
    this.#broken.reject(fault)
    if (this.#expected === null) return
    clearTimeout(this.#expected.timer)
    this.#expected.reject(fault)
    this.#expected = null
  }
}
