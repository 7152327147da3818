// How much of a processor a plug-in's process takes. It runs beside mail as an equal, as its answers are waited for; one that takes much of
// a processor for a while has a lower priority from then on, until it is started anew.
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import type { Ms } from '../base/brand.ts'

/** Part of one processor, at two looks in a row. */
const MUCH = 0.5
/** Added to the priority of this process: where the processor is not enough for both, mail gets three quarters of it. */
const STEP = 5
const LOWEST = 19
/** Of the kernel's figures of times; the same on all Linux. */
const TICK: Ms = 10

export class ProcessorShare {
  readonly #pid: number
  #at: Ms | null = null
  #had: Ms = 0
  #looks = 0
  #isLower = false

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Whether it has a lower priority now that it had not before. */
  look(now: Ms): boolean {
    if (this.#isLower) return false
    const had = processorOf(this.#pid)
    if (had === null) return false
    const isMuch = this.#at !== null && had - this.#had > MUCH * (now - this.#at)
    this.#looks = isMuch ? this.#looks + 1 : 0
    this.#at = now
    this.#had = had
    if (this.#looks < 2) return false
    this.#isLower = true
    return lower(this.#pid)
  }
}

/** Since its start, all of its threads; null: it is gone. */
function processorOf(pid: number): Ms | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Behind the name, which may have spaces: state is the first field, user and system time the twelfth and thirteenth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK
  } catch {
    return null
  }
}

/** Linux keeps a priority for each thread, those of a process among them; a thread that begins later has that of who starts it. */
function lower(pid: number): boolean {
  const priority = Math.min(LOWEST, getPriority() + STEP)
  return threadsOf(pid).filter((thread) => lowerThread(thread, priority)).length > 0
}

function lowerThread(thread: number, priority: number): boolean {
  try {
    setPriority(thread, priority)
    return true
  } catch {
    // It is gone.
    return false
  }
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
