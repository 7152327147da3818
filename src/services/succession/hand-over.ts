// One attempt of a launcher to hand over to another release. States:
//   starting  the successor's program starts; nothing of the running server has changed
//   trying    our desk is gone; the successor starts its own, and workers that do not listen, and shows that they deliver
//   tried     whoever asked for it is to make it count, by `commit`
//   serving   its workers begin to listen, beside ours
//   leading   the home's lock passes
//   draining  it is the server; our workers end what they had begun
// From any but the last a failure leads to `going back`: the successor ends with all that it started, and our desk starts again.
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault } from '../../base/fault.ts'
import type { HandOverStatus, PerhapsDelivered } from '../../contract/bus.ts'
import type { BoundAddress } from '../launcher/addresses.ts'
import type { WorkerLine } from '../home.ts'
import { inLines } from '../lines.ts'
import { encodeSuccession } from './succession.ts'
import { SuccessorProcess } from './successor-process.ts'
import type { LauncherOptions, Tree } from '../launcher/tree.ts'

/** Longest silence of the successor at each step. */
const SILENCE: Readonly<Record<'here' | 'tried' | 'serving' | 'leading', Ms>> = {
  here: 60_000,
  tried: 120_000,
  serving: 60_000,
  leading: 30_000,
}
/** Whoever asked for it has only a link to change. */
const COMMIT_WITHIN: Ms = 60_000
/** A successor that failed ends what it started within this time, or is killed. */
const ENDING: Ms = 40_000

const AGAIN = { blame: 'caller', mend: "'hms status' tells which version runs; begin the change of version again." } as const

export interface HandOverParts {
  readonly options: LauncherOptions
  readonly tree: Tree
  readonly bound: readonly BoundAddress[]
  readonly slots: number
  readonly line: WorkerLine
  readonly isWatched: boolean
  /** Lets go of the home's lock, and takes it again. */
  readonly releaseLock: () => void
  readonly retakeLock: () => Promise<void>
}

export interface Target {
  /** Of the release: `hms` is in it. */
  readonly folder: string
  readonly version: string
}

export class HandOver {
  readonly successor: SuccessorProcess
  readonly #parts: HandOverParts
  readonly #target: Target
  readonly #committed = Promise.withResolvers<void>()
  #step: HandOverStatus['step'] = 'starting'
  #isLockFree = false
  #isCancelled = false

  constructor(parts: HandOverParts, target: Target) {
    const { options, slots, line, bound, tree, isWatched } = parts
    this.#parts = parts
    this.#target = target
    this.#committed.promise.catch(() => {})
    const { text, fds } = encodeSuccession({ version: options.version, slots, line, ticketKeys: tree.ticketKeys, isWatched }, bound)
    const args = ['start', '--successor', '--home', options.home]
    this.successor = new SuccessorProcess({ file: join(target.folder, 'hms'), args, environment: { HMS_SUCCEED: text }, fds })
  }

  get status(): HandOverStatus {
    return { from: this.#parts.options.version, to: this.#target.version, step: this.#step }
  }

  /** Whether the successor is the server. */
  get isLed(): boolean {
    return this.#step === 'draining'
  }

  /** Resolves when the successor leads. Rejects with the Fault why it does not, after everything is as it was before. */
  async run(): Promise<void> {
    const { tree } = this.#parts
    const { successor } = this
    try {
      await successor.expect('here', SILENCE.here)
      this.#step = 'trying'
      await tree.stopDesk()
      crashPoint('hand-over-desk-ended')
      await this.#order('try', 'tried')
      this.#step = 'tried'
      crashPoint('hand-over-tried')
      await this.#commitment()
      this.#step = 'serving'
      await this.#order('serve', 'serving')
      this.#step = 'leading'
      this.#parts.releaseLock()
      this.#isLockFree = true
      crashPoint('hand-over-leading')
      await this.#order('lead', 'leading')
      this.#step = 'draining'
      crashPoint('hand-over-led')
    } catch (error) {
      await this.#goBack()
      throw error
    }
  }

  /** After `run`: resolves when our last worker is gone, with what was cut after its final dot. */
  async drain(): Promise<readonly PerhapsDelivered[]> {
    const { tree, options } = this.#parts
    const { successor } = this
    successor.onStopping = (now) => {
      if (now) tree.kill()
    }
    const perhaps = await tree.leave(options.config['upgrade.grace'])
    for (const recipients of inLines(perhaps)) await successor.order({ do: 'perhaps', recipients })
    await successor.order({ do: 'left' })
    return perhaps
  }

  /** Throws a Fault where there is nothing to commit. */
  commit(): void {
    if (this.#step !== 'tried') throw nothingToCommit()
    this.#committed.resolve()
  }

  /** The server is being stopped: `run` rejects, and starts no desk. */
  cancel(): void {
    this.#isCancelled = true
    this.successor.giveUp('The server was stopped meanwhile.')
    this.#committed.reject(stopped())
  }

  async #commitment(): Promise<void> {
    const late = (): void => this.#committed.reject(new Fault('hand-over-failed', 'Nobody made it count in time.', AGAIN))
    const timer = setTimeout(late, COMMIT_WITHIN)
    await Promise.race([this.#committed.promise, this.successor.broken]).finally(() => clearTimeout(timer))
  }

  async #order(order: 'try' | 'serve' | 'lead', answer: 'tried' | 'serving' | 'leading'): Promise<void> {
    if (this.#isCancelled) throw stopped()
    const answered = this.successor.expect(answer, SILENCE[answer])
    await this.successor.order({ do: order })
    await answered
  }

  async #goBack(): Promise<void> {
    const wasTried = this.#step !== 'starting'
    this.#step = 'going back'
    await this.successor.end(ENDING)
    if (this.#isLockFree) await this.#parts.retakeLock()
    if (wasTried && !this.#isCancelled) this.#parts.tree.startDesk()
  }
}

export function nothingToCommit(): Fault {
  return new Fault('hand-over-failed', 'There is no version that was tried and waits.', AGAIN)
}

function stopped(): Fault {
  return new Fault('hand-over-failed', 'The server was stopped meanwhile.', AGAIN)
}
