// Processor time of a server by what its threads are for, as the kernel counts it in nanoseconds (/proc/<pid>/task/<tid>/schedstat).
import { readdirSync, readFileSync } from 'node:fs'
import { titlesOf } from './processes.ts'

/**
 * `pool`: signatures and files of a worker; `runtime`: garbage collection and compilation beside a worker's threads; `plug-in`: all of its
 * processes.
 */
export const PARTS = ['worker', 'storage', 'write-back', 'reader', 'pool', 'runtime', 'plug-in', 'desk', 'launcher'] as const
export type Part = (typeof PARTS)[number]
/** Threads of V8 and libuv, and the main one. */
const RUNTIME = /^(?:MainThread|hms .*|DelayedTaskSche|V8Worker|SignalInspector|libuv-worker|node.*)$/
/** Seconds by part, of all workers together. */
export type PartTimes = Readonly<Record<Part, number>>

export function partTimes(root: number): PartTimes {
  const times: Record<Part, number> = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>
  for (const [pid, title] of titlesOf(root)) {
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      try {
        const folder = `/proc/${pid}/task/${tid}`
        times[partOf(title, Number(tid) === pid, readFileSync(`${folder}/comm`, 'latin1').trim())] += secondsOf(folder)
      } catch {
        // It ended between the two looks.
      }
    }
  }
  return times
}

/** Names of threads that are the server's own, as the system shows them. */
export function threadsByProcess(root: number): string {
  return [...titlesOf(root)]
    .map(([pid, title]) => {
      const names = readdirSync(`/proc/${pid}/task`).map((tid) => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'latin1').trim())
      const own = names.filter((name) => !RUNTIME.test(name))
      return `${title}: ${own.length === 0 ? 'none' : own.join(', ')}`
    })
    .join('; ')
}

function partOf(title: string, main: boolean, name: string): Part {
  if (title === 'desk' || title === 'launcher') return title
  if (title.startsWith('plug-in')) return 'plug-in'
  if (main) return 'worker'
  if (name === 'storage' || name === 'write-back' || name === 'reader') return name
  return name === 'libuv-worker' || name === 'signing' ? 'pool' : 'runtime'
}

/** Seconds of all threads of a process. */
export function processSeconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => sum + secondsOf(`/proc/${pid}/task/${tid}`), 0)
}

function secondsOf(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]) / 1e9
  } catch {
    // It ended between the two looks.
    return 0
  }
}

/** What was used between two looks, for each of `n` messages, in µs. */
export function perMessage(before: PartTimes, after: PartTimes, n: number): PartTimes {
  return Object.fromEntries(PARTS.map((part) => [part, ((after[part] - before[part]) * 1e6) / n])) as unknown as PartTimes
}

export function sumOf(times: PartTimes): number {
  return PARTS.reduce((sum, part) => sum + times[part], 0)
}
