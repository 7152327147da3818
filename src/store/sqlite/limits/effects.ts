// Effects where they outlive the process (effects.db): what holds, a row an effect, and what happened, for whoever tells and audits it.
// Several processes may have it open; one of them writes at a time, as only one keeps the book.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Happening, HeldEffect } from '../../../contract/blocks.ts'
import type { EffectStore } from '../../../engine/ports/effects.ts'
import type { EffectsRequest } from './effects-thread.ts'
import { formatOf } from '../format-of.ts'
import { ThreadLink } from '../thread-link.ts'

/** What is remembered; nothing where there is no file. */
export function readEffects(file: string): readonly HeldEffect[] {
  if (!existsSync(file)) return []
  using database = new DatabaseSync(file, { timeout: 5000 })
  if (formatOf(database) === 0) return []
  return database
    .prepare('SELECT value FROM effect')
    .all()
    .map((row) => JSON.parse(String(row['value'])) as HeldEffect)
}

class SqliteEffects implements EffectStore {
  readonly #file: string
  /** None before the first effect. */
  #thread: ThreadLink | null = null

  constructor(file: string) {
    this.#file = file
  }

  async save(happenings: readonly Happening[]): Promise<void> {
    this.#thread ??= new ThreadLink('effects', new URL('./effects-thread.ts', import.meta.url), { file: this.#file }, () => {})
    await this.#ask(this.#thread, { name: 'save', happenings })
  }

  async close(): Promise<void> {
    if (this.#thread === null) return
    await this.#ask(this.#thread, { name: 'close' })
    await this.#thread.ended()
  }

  async #ask(thread: ThreadLink, request: EffectsRequest): Promise<void> {
    try {
      await thread.ask(request)
    } catch (error) {
      const { message } = error as { message: string }
      throw new Error(`${this.#file}: ${message}`, { cause: error })
    }
  }
}

export function createEffectStore(file: string): EffectStore {
  return new SqliteEffects(file)
}
