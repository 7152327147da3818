// Parts of an import that wait to be written together. What nobody comes back for, as its command was ended, is written with what is next.
import type { GatheredPart, PutEntry } from '../../../engine/ports/suppression.ts'
import type { SuppressionWriter } from './suppression-writer.ts'

/** Rows of one commit: some 30 MB of memory, and a second of work. */
const WORTH = 100_000
/** Imports at once whose parts wait. */
const MOST = 4

interface Gathered {
  readonly list: string
  entries: PutEntry[]
}

type Put = ReturnType<SuppressionWriter['put']>

export class GatheredEntries {
  readonly #writer: SuppressionWriter
  readonly #waiting = new Map<string, Gathered>()

  constructor(writer: SuppressionWriter) {
    this.#writer = writer
  }

  add(list: string, entries: readonly PutEntry[], { from, isLast }: GatheredPart): Put {
    const key = `${list} ${from}`
    if (!this.#waiting.has(key) && this.#waiting.size >= MOST) this.flush()
    // A list that is not there is told at once.
    if (this.#writer.listId(list) === null) return this.#writer.put(list, entries)
    const gathered = this.#waiting.get(key) ?? { list, entries: [] }
    this.#waiting.set(key, gathered)
    gathered.entries = gathered.entries.length === 0 ? [...entries] : gathered.entries.concat(entries)
    return isLast || gathered.entries.length >= WORTH ? this.#write(key, gathered) : { added: 0, changed: 0 }
  }

  flush(): void {
    for (const [key, gathered] of this.#waiting) this.#write(key, gathered)
  }

  #write(key: string, { list, entries }: Gathered): Put {
    this.#waiting.delete(key)
    return this.#writer.put(list, entries)
  }
}
