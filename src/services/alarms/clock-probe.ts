// Whether this machine's clock is right, and whether anybody keeps it: what time servers, the system's own programs and answers of others say.
// All of it is the machine's time: the mail's may go by faster in tests.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { every, machineClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import { askTime, parseTimeServers, type TimeServer } from '../../net/alerts/sntp.ts'
import { CHRONY, readChrony, readTimedate, TIMEDATE } from '../../policy/alarms/clock-programs.ts'
import { ClockWatch } from '../../policy/alarms/clock-watch.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import { middleOf } from '../../policy/alarms/sntp.ts'
import type { Probe } from './probe.ts'
import { programAnswer } from './program-answer.ts'

const LOOK_EVERY: Ms = 5000
const ASK_EVERY: Ms = 300_000
const MOST_SERVERS = 10

export interface ClockProbeParts {
  /** `alerts.time_servers`. */
  readonly servers: string
  readonly log: Log
}

export class ClockProbe implements Probe, Disposable {
  readonly #opened = new DisposableStack()
  readonly #watch = new ClockWatch()
  readonly #servers: readonly TimeServer[]
  readonly #known = new Map<AlarmName, readonly Reading[]>()
  #isAsking = false

  constructor({ servers, log }: ClockProbeParts) {
    const found = parseTimeServers(servers)
    if (found === null) log.error('alerts.time_servers names something that is no host or address: no time server is asked.')
    this.#servers = found?.slice(0, MOST_SERVERS) ?? []
    this.#opened.use(every(machineClock, LOOK_EVERY, () => this.look()))
    this.#opened.use(every(machineClock, ASK_EVERY, () => void this.ask()))
    void this.ask()
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  readings(): Iterable<readonly [AlarmName, readonly Reading[]]> {
    return this.#known
  }

  /** A server told the time, with an answer that just came. */
  heard(date: EpochMs): void {
    this.#watch.heard(date, machineClock.now())
  }

  /** Everybody who may know. False: that is under way already. */
  async ask(): Promise<boolean> {
    if (this.#isAsking) return false
    this.#isAsking = true
    const [chrony, timedate] = await Promise.all([
      programAnswer(CHRONY, machineClock),
      programAnswer(TIMEDATE, machineClock),
      this.#askServers(),
    ])
    const [off, isKept] = [chrony === null ? null : readChrony(chrony), timedate === null ? null : readTimedate(timedate)]
    const at = machineClock.now()
    if (typeof off === 'number') this.#watch.told('chronyd', { off, of: 'the time, or behind it, by what chronyd says', at })
    this.#lookAtKeeper(off === 'unkept' ? false : typeof off === 'number' ? true : isKept)
    this.#isAsking = false
    return true
  }

  async #askServers(): Promise<void> {
    const answers = await Promise.all(this.#servers.map((server) => askTime(server, machineClock)))
    const answered = this.#servers.flatMap(({ host }, i) => (typeof answers[i] === 'number' ? [host] : []))
    const off = middleOf(answers.filter((one) => typeof one === 'number'))
    if (off !== null)
      this.#watch.told('time servers', { off, of: `what time servers say (${answered.join(', ')})`, at: machineClock.now() })
  }

  #lookAtKeeper(isKept: boolean | null): void {
    if (isKept === null) return
    const words = 'The system clock is not synchronized.'
    this.#known.set('clock-unkept', isKept ? [] : [{ subject: null, value: 1, words }])
  }

  look(): void {
    const off = this.#watch.look(machineClock.now(), machineClock.mono())
    if (off !== null) this.#known.set('clock-off', [{ subject: null, value: off.by, words: off.words }])
  }
}
