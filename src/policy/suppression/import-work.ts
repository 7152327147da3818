// An import as whoever reads the file does it: rows go to the server in parts, one part is read while the one before it is written, and what
// cannot be used is remembered by its line.
import type { ImportRow } from '../../contract/suppression.ts'

export const ROWS_AT_ONCE = 10_000
/** Lines that cannot be used and are named; the others are counted. */
const NAMED = 1000

export interface BadLine {
  readonly line: number
  readonly problem: string
}

interface ImportPart {
  readonly rows: readonly ImportRow[]
  readonly last?: { readonly rows: number }
}

interface PartTaken {
  readonly added: number
  readonly changed: number
  readonly bad: readonly { readonly row: number; readonly problem: string }[]
}

type SendPart = (part: ImportPart) => Promise<PartTaken>

export class ImportWork {
  added = 0
  changed = 0
  rows = 0
  badLines = 0
  readonly bad: BadLine[] = []
  readonly #sendPart: SendPart
  #part: ImportRow[] = []
  #numbers: number[] = []
  #sending: Promise<void> = Promise.resolve()

  constructor(sendPart: SendPart) {
    this.#sendPart = sendPart
  }

  refuse(line: number, problem: string): void {
    this.badLines++
    if (this.bad.length < NAMED) this.bad.push({ line, problem })
  }

  /** Resolves when more may come: a part is read while the one before it is written. */
  async add(row: ImportRow, line: number): Promise<void> {
    this.#part.push(row)
    this.#numbers.push(line)
    this.rows++
    if (this.#part.length >= ROWS_AT_ONCE) await this.#send()
  }

  async end(): Promise<void> {
    await this.#send(true)
    await this.#sending
    this.bad.sort((a, b) => a.line - b.line)
  }

  async #send(isLast = false): Promise<void> {
    const [rows, numbers] = [this.#part, this.#numbers]
    this.#part = []
    this.#numbers = []
    await this.#sending
    this.#sending = this.#write(rows, numbers, isLast)
    // Its failure is told where it is waited for.
    this.#sending.catch(() => undefined)
  }

  async #write(rows: readonly ImportRow[], numbers: readonly number[], isLast: boolean): Promise<void> {
    const { added, changed, bad } = await this.#sendPart({ rows, ...(isLast && { last: { rows: this.rows } }) })
    this.added += added
    this.changed += changed
    for (const { row, problem } of bad) this.refuse(numbers[row] ?? 0, problem)
  }
}
