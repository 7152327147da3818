// What the outside says of us, as it was when it was last right: a record that is another or gone is told until somebody takes it as right.
import type { AlarmName } from '../../contract/alarm-table.ts'
import { alarmKey } from './terms.ts'

export interface Seen {
  readonly name: AlarmName
  readonly subject: string
  /** Sorted; what was found when it was first looked at, or when somebody took it as right. */
  readonly right: readonly string[]
}

const MOST_SHOWN = 200

export class Baseline {
  readonly #seen: Map<string, Seen>

  constructor(seen: readonly Seen[] = []) {
    this.#seen = new Map(seen.map((one) => [alarmKey(one.name, one.subject), one]))
  }

  /**
   * What is wrong with what was found, as a sentence; null: it is as it was. Nothing where nothing was before is right. `fresh`: to be kept.
   */
  compare(name: AlarmName, subject: string, found: readonly string[]): { readonly words: string | null; readonly fresh: Seen | null } {
    const now = [...found].toSorted()
    const known = this.#seen.get(alarmKey(name, subject))
    if (known === undefined || (known.right.length === 0 && now.length > 0)) {
      const fresh = { name, subject, right: now }
      this.#seen.set(alarmKey(name, subject), fresh)
      return { words: null, fresh }
    }
    if (known.right.join('\n') === now.join('\n')) return { words: null, fresh: null }
    const was = known.right.join(', ').slice(0, MOST_SHOWN)
    const words = now.length === 0 ? `is gone; it was ${was}` : `is now ${now.join(', ').slice(0, MOST_SHOWN)}; it was ${was}`
    return { words, fresh: null }
  }

  /** What is found next is right. Returns the keys that are forgotten. */
  forget(name: AlarmName, subject: string | null): readonly string[] {
    const gone = [...this.#seen].filter(([, one]) => one.name === name && (subject === null || one.subject === subject)).map(([key]) => key)
    for (const key of gone) this.#seen.delete(key)
    return gone
  }
}
