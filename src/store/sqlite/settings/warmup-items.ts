// How far warm-up came, in the settings database: an item for each source or signing domain and provider. A program that does not know the
// kind leaves it alone.
import type { DatabaseSync } from 'node:sqlite'
import type { WarmupState } from '../../../contract/warmup.ts'
import { warmupKey } from '../../../policy/warmup/units.ts'

const KIND = 'warmup'

export interface WarmupNote {
  readonly action: string
  readonly subject: string
  readonly before: WarmupState | null
  readonly after: WarmupState | null
}

export class WarmupItems {
  readonly #database: DatabaseSync
  #text = ''
  #states: ReadonlyMap<string, WarmupState> = new Map()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The same map as long as they are the same. */
  read(): ReadonlyMap<string, WarmupState> {
    const rows = this.#database.prepare('SELECT value FROM item WHERE kind = ? ORDER BY key').all(KIND)
    const text = rows.map((row) => String(row['value'])).join(',')
    if (text === this.#text) return this.#states
    const states = JSON.parse(`[${text}]`) as readonly WarmupState[]
    this.#text = text
    this.#states = new Map(states.map((state) => [warmupKey(state.unit, state.provider), state]))
    return this.#states
  }

  /** Within a transaction. Returns what the audit is to tell: what is looked at each day and stays is not told. */
  put(states: readonly WarmupState[], gone: readonly string[]): readonly WarmupNote[] {
    const before = this.read()
    const put = this.#database.prepare('INSERT INTO item VALUES (?, ?, ?, NULL) ON CONFLICT DO UPDATE SET value = excluded.value')
    const remove = this.#database.prepare('DELETE FROM item WHERE kind = ? AND key = ?')
    const notes: WarmupNote[] = []
    for (const state of states) {
      const key = warmupKey(state.unit, state.provider)
      const old = before.get(key)
      put.run(KIND, key, JSON.stringify(state))
      if (old?.cap !== state.cap || old.mode !== state.mode || old.began !== state.began)
        notes.push({
          action: 'warmup set',
          subject: `${key}: ${state.mode}, ${state.cap} a day. ${state.said}`,
          before: old ?? null,
          after: state,
        })
    }
    for (const key of gone) {
      remove.run(KIND, key)
      notes.push({ action: 'warmup removed', subject: key, before: before.get(key) ?? null, after: null })
    }
    return notes
  }
}
