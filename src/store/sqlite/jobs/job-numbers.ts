// The highest number that a job had, in a file beside jobs.db: where that is put back from a copy, no number is given to another job again,
// as events, logs and keys of the ledger know jobs by theirs.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Jobs that are only looked at have numbers from here on, which nobody keeps. */
export const TRIALS = 2 ** 40

export class JobNumbers {
  readonly #file: string

  /** `jobs`: where jobs.db is. */
  constructor(jobs: string) {
    this.#file = jobs.replace(/(?:\.db)?$/, '.number')
  }

  get last(): number {
    try {
      const number = Number(readFileSync(this.#file, 'utf8'))
      return Number.isSafeInteger(number) && number > 0 && number < TRIALS ? number : 0
    } catch {
      return 0
    }
  }

  /** On the disk when it returns. */
  note(number: number): void {
    const made = `${this.#file}.new`
    const file = openSync(made, 'w', 0o600)
    try {
      writeSync(file, `${number}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(made, this.#file)
    const folder = openSync(dirname(this.#file), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}
