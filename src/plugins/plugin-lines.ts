// The last lines of a plug-in: what it said and wrote, and what happened to it. They are kept in memory over its restarts, for `hms plugin logs`;
// the log of the server has them all.
import type { EpochMs } from '../base/brand.ts'
import type { PluginLine } from '../contract/plugin-operations.ts'

const MOST = 300
const LONGEST = 2000

export class PluginLines {
  #lines: PluginLine[] = []

  add(at: EpochMs, level: PluginLine['level'], text: string): void {
    this.#lines.push({ at, level, text: text.slice(0, LONGEST) })
    if (this.#lines.length > 2 * MOST) this.#lines = this.#lines.slice(-MOST)
  }

  last(): readonly PluginLine[] {
    return this.#lines.slice(-MOST)
  }
}
