// The owner's list files as a worker knows them: looked at every two seconds, read when they changed. A line that cannot be used is named in
// the log, with its number; where a file cannot be read, what it said last stays.
import { readFile, stat } from 'node:fs/promises'
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { ownList, shippedList } from '../../lifecycle/list-files.ts'
import { checkList, LIST_NAMES, type ListName, replyLists } from '../../policy/lists/reply-lists.ts'
import type { ListSource, ReplyLists } from '../../policy/lists/verdict.ts'

const LOOK_EVERY: Ms = 2000

export class ListWatch implements ListSource, Disposable {
  readonly #home: string
  readonly #log: Log
  readonly #timer: Disposable
  readonly #texts = new Map<ListName, string>()
  readonly #stamps = new Map<ListName, string>()
  #lists: ReplyLists | null = null
  #version = 0
  #before = 0
  #isLooking = false

  private constructor(home: string, log: Log) {
    this.#home = home
    this.#log = log
    this.#timer = every(systemClock, LOOK_EVERY, () => void this.#look())
  }

  static async start(home: string, log: Log): Promise<ListWatch> {
    const watch = new ListWatch(home, log)
    await watch.#look()
    return watch
  }

  get current(): ReplyLists | null {
    return this.#lists
  }

  /** The files as they are, for who reads them elsewhere; another version: another text. */
  get texts(): ReadonlyMap<ListName, string> {
    return this.#texts
  }

  get version(): number {
    return this.#version
  }

  get operations(): number {
    return this.#before + operationsOf(this.#lists)
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const changed = await Promise.all(LIST_NAMES.map((name) => this.#read(name)))
      if (!changed.includes(true)) return
      this.#version++
      this.#before += operationsOf(this.#lists)
      this.#lists = replyLists((name) => this.#texts.get(name) ?? '')
    } finally {
      this.#isLooking = false
    }
  }

  /** Whether it changed. */
  async #read(name: ListName): Promise<boolean> {
    const own = ownList(this.#home, name)
    const stamp = await stampOf(own)
    const file = stamp === null ? shippedList(name) : own
    const seen = `${file} ${stamp ?? 'shipped'}`
    if (this.#stamps.get(name) === seen) return false
    this.#stamps.set(name, seen)
    try {
      this.#texts.set(name, await readFile(file, 'utf8'))
    } catch (error) {
      this.#log.error('a list file cannot be read; what it said last stays', { file, reason: messageOf(error) })
      return false
    }
    for (const { line, problem } of checkList(name, this.#texts.get(name) ?? '').problems)
      this.#log.warn('a line of a list file does not count', { file, line, problem })
    return true
  }
}

async function stampOf(file: string): Promise<string | null> {
  try {
    const { mtimeMs, size, ino } = await stat(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return null
  }
}

function operationsOf(lists: ReplyLists | null): number {
  return lists === null ? 0 : lists.status.operations + lists.waits.operations + lists.codes.operations
}
