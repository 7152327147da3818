// Restores and changes of version that were asked for by the API. Each is a process of its own that goes on when the desk, or the server, ends.
// What is known of it is in HOME/lifecycle/runs, so that whichever version serves next can tell it. States of a run, by its files:
//   begun    <id>.json alone, without a process: the desk is about to start it
//   running  the process that <id>.json names lives; it writes what it does to <id>.progress, its answer to <id>.answer, its failure to <id>.failure
//   over     <id>.json has its end, and the others are gone
// A process that is gone without an answer or a failure was ended, by a kill or with the machine: then its run says so. What it left half done is
// finished or undone by the commands themselves (restore.json, upgrade.json).
import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { isDiskFull } from '../../base/disk-full.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { LASTING_RUNS, type Run } from '../../contract/lifecycle.ts'
import type { NewRun } from '../../engine/ports/lifecycle.ts'
import { readJson, writeWhole } from '../../lifecycle/config/whole-file.ts'
import { runsFolder } from '../../lifecycle/home-files.ts'
import { type CommandEnd, commandEnd, type CommandProgress, jsonOf, MOST_ANSWERED, MOST_SAID, startLasting } from './command-process.ts'
import { isSameProcess, type KnownProcess, processNow } from './known-process.ts'
import { MOST_RUNS, shortened } from './shortened.ts'

interface Kept {
  readonly format: 1
  readonly run: Run
  /** Null: it was not started, or is over. */
  readonly process: KnownProcess | null
}

const MOST_RECORD = 64 * 1024 * 1024
const PROGRESS_END = 4096
const SIDES = ['answer', 'failure', 'progress'] as const

export class LastingRuns {
  readonly #home: string
  readonly #folder: string
  readonly #clock: Clock
  /** By id, as last read or written. */
  readonly #kept = new Map<number, Kept>()

  constructor({ home, clock }: { readonly home: string; readonly clock: Clock }) {
    this.#home = home
    this.#folder = runsFolder(home)
    this.#clock = clock
    for (const id of this.#ids()) {
      const kept = readKept(this.#file(id, 'json'))
      if (kept !== null && kept.run.id === id) this.#kept.set(id, kept)
    }
  }

  /** As they are now, newest first. */
  list(): readonly Run[] {
    return [...this.#kept.keys()].toSorted((a, b) => b - a).map((id) => this.#now(id))
  }

  /** Throws a Fault where one is under way. */
  start(id: number, { kind, subject, by, words }: NewRun): Run {
    const under = this.list().find(({ ended }) => ended === null)
    if (under !== undefined)
      throw new Fault('run-under-way', `A ${under.kind} is under way: ${under.id}, begun by ${under.by}.`, {
        blame: 'caller',
        temporary: true,
        mend: `GET /lifecycle/runs/${under.id} tells how far it is.`,
      })
    const run: Run = { id, kind, subject, by, at: this.#clock.now(), ended: null, progress: null, failure: null, answer: null }
    try {
      this.#keep({ format: 1, run, process: null })
      this.#launch(run, words)
      this.#forgetOld()
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause
      throw new Fault('disk-full', `The disk of the home is full: ${messageOf(cause)}.`, {
        blame: 'owner',
        cause,
        mend: 'Make room, and do it again.',
      })
    }
    return run
  }

  #launch(run: Run, words: readonly string[]): void {
    const [answer, failure, progress] = SIDES.map((side) => openNew(this.#file(run.id, side))) as [number, number, number]
    try {
      const child = startLasting({ home: this.#home, words, by: run.by }, { answer, failure, progress })
      child.once('error', (error) =>
        this.#end(run.id, { answer: null, failure: { code: 'internal', message: `It cannot be started: ${error.message}.`, mend: null } }),
      )
      child.once('exit', (code) => this.#end(run.id, this.#told(run.id, code)))
      if (child.pid !== undefined) this.#keep({ format: 1, run, process: processNow(child.pid) })
    } finally {
      for (const fd of [answer, failure, progress]) closeSync(fd)
    }
  }

  #now(id: number): Run {
    const { run, process } = this.#kept.get(id) as Kept
    if (run.ended !== null) return run
    if (process === null || !isSameProcess(process)) return this.#end(id, this.#told(id, null))
    return { ...run, progress: progressIn(this.#file(id, 'progress')) }
  }

  /** What a process that is gone left. `code`: null where nobody heard it. */
  #told(id: number, code: number | null): CommandEnd {
    const said = textIn(this.#file(id, 'failure'), MOST_SAID) ?? ''
    const answered = textIn(this.#file(id, 'answer'), MOST_ANSWERED)
    if (answered === null) return { answer: null, failure: null }
    // A command answers at its very end, and says a failure instead.
    const isAnswered = jsonOf(answered) !== undefined && !/^\{"error":/m.test(said)
    if (!isAnswered && said.trim() === '') return { answer: null, failure: CUT_OFF }
    return commandEnd(isAnswered ? 0 : (code ?? 1), answered, said)
  }

  #end(id: number, { answer, failure }: CommandEnd): Run {
    const { run } = this.#kept.get(id) as Kept
    if (run.ended !== null) return run
    const ended = Math.max(run.at, lastWord(SIDES.map((side) => this.#file(id, side))) ?? this.#clock.now())
    const over = { ...run, ended, progress: null, failure, answer: shortened(answer) }
    try {
      this.#keep({ format: 1, run: over, process: null })
      for (const side of SIDES) rmSync(this.#file(id, side), { force: true })
    } catch {
      // The disk may be full: its files stay, and whoever reads them next comes to the same end.
      this.#kept.set(id, { format: 1, run: over, process: null })
    }
    return over
  }

  #keep(kept: Kept): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeWhole(this.#file(kept.run.id, 'json'), `${JSON.stringify(kept)}\n`)
    this.#kept.set(kept.run.id, kept)
  }

  #forgetOld(): void {
    for (const id of [...this.#kept.keys()].toSorted((a, b) => b - a).slice(MOST_RUNS)) {
      rmSync(this.#file(id, 'json'), { force: true })
      this.#kept.delete(id)
    }
  }

  #ids(): readonly number[] {
    try {
      return readdirSync(this.#folder).flatMap((name) => {
        const id = /^(\d{1,16})\.json$/.exec(name)?.[1]
        return id === undefined ? [] : [Number(id)]
      })
    } catch {
      return []
    }
  }

  #file(id: number, end: 'json' | (typeof SIDES)[number]): string {
    return join(this.#folder, `${id}.${end}`)
  }
}

const CUT_OFF = {
  code: 'run-cut-off',
  message: 'Its process is gone, and told neither an answer nor a failure: it was killed, or the machine was started anew.',
  mend: 'GET /lifecycle tells how far it came. What is half done is finished or undone when the server starts.',
} as const

function readKept(file: string): Kept | null {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? Infinity) > MOST_RECORD) return null
  const kept = readJson(file) as Partial<Kept> | null | undefined
  const run = kept?.run as Partial<Run> | undefined
  if (kept?.format !== 1 || typeof run !== 'object' || run === null) return null
  const isRun = Number.isSafeInteger(run.id) && typeof run.at === 'number' && run.kind !== undefined && LASTING_RUNS.has(run.kind)
  return isRun ? (kept as Kept) : null
}

/** Nobody else's file. */
function openNew(path: string): number {
  rmSync(path, { force: true })
  return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600)
}

/** Null: more than may. */
function textIn(path: string, most: number): string | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > most) return null
  return size === 0 ? '' : readFileSync(path, 'utf8')
}

function progressIn(path: string): CommandProgress | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const { size } = fstatSync(fd)
    const end = Buffer.alloc(Math.min(size, PROGRESS_END))
    readSync(fd, end, 0, end.length, size - end.length)
    const line = end.toString('utf8').split('\n').at(-2)
    return line === undefined ? null : ((jsonOf(line) as CommandProgress | undefined) ?? null)
  } finally {
    closeSync(fd)
  }
}

function lastWord(files: readonly string[]): number | null {
  const times = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  const last = Math.floor(Math.max(...times))
  return last > 0 ? last : null
}
