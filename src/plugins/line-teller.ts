// Tells one plug-in the SMTP dialog of deliveries, many lines at once: what it does not take in time is dropped and counted, as lines that are
// over are of no use to anybody. Only where a plug-in asks for them are there any. They are gathered for a moment, as each call has its price.
import type { Ms } from '../base/brand.ts'
import { machineClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { ProtocolLine } from '../contract/plugins.ts'
import type { PluginRunner } from './plugin-runner.ts'

const MOST_LINES = 5000
const AT_ONCE = 500
const GATHER: Ms = 20

export class LineTeller {
  readonly runner: PluginRunner
  readonly #log: Log
  #lines: ProtocolLine[] = []
  #dropped = 0
  #isTelling = false
  #isDropping = false

  constructor(runner: PluginRunner, log: Log) {
    this.runner = runner
    this.#log = log
  }

  hear(line: ProtocolLine): void {
    if (this.runner.state !== 'ready') return
    if (this.#lines.length >= MOST_LINES) return this.#drop(1)
    this.#lines.push(line)
    if (this.#isTelling) return
    this.#isTelling = true
    void this.#tell()
  }

  async #tell(): Promise<void> {
    while (this.#lines.length > 0) {
      if (this.#lines.length < AT_ONCE) await new Promise<void>((resolve) => void machineClock.after(GATHER, resolve))
      const lines = this.#lines.splice(0, AT_ONCE)
      const dropped = this.#dropped
      this.#dropped = 0
      const result = await this.runner.notify('protocol', { lines, dropped })
      if ('failed' in result) this.#drop(lines.length + dropped)
      else this.#isDropping = false
    }
    this.#isTelling = false
  }

  #drop(lines: number): void {
    this.#dropped += lines
    // One that was stopped, or fell, is not slow.
    if (this.#isDropping || this.runner.state !== 'ready') return
    this.#isDropping = true
    this.#log.warn('A plug-in does not take the lines of deliveries as fast as they come; it is told how many it misses.', {
      plugin: this.runner.spec.name,
    })
  }
}
