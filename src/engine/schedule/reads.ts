// The race between a reader and a commit: what was read may have been settled since the read began, and sending it again would
// be a duplicate. Each read in flight remembers what was settled meanwhile.
import type { MessageId } from '../../base/brand.ts'

export class Read implements Disposable {
  readonly #settled = new Set<string>()
  readonly #end: (read: Read) => void

  constructor(end: (read: Read) => void) {
    this.#end = end
  }

  [Symbol.dispose](): void {
    this.#end(this)
  }

  note(key: string): void {
    this.#settled.add(key)
  }

  /** Whether the row may have changed since this read began. */
  isStale(id: MessageId, n: number): boolean {
    return this.#settled.size > 0 && this.#settled.has(`${id} ${n}`)
  }
}

export class Reads {
  readonly #open = new Set<Read>()

  begin(): Read {
    const read = new Read((ended) => this.#open.delete(ended))
    this.#open.add(read)
    return read
  }

  settled(id: MessageId, n: number): void {
    if (this.#open.size === 0) return
    for (const read of this.#open) read.note(`${id} ${n}`)
  }
}
