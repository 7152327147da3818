// What a process tree costs, as the kernel counts it: processor time of all that live and of all that were waited for, and
// memory as proportional set size, so that shared pages count once.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Clock ticks a second of /proc/<pid>/stat; Linux says 100 to user space on every architecture that we run on. */
const TICKS = 100

interface Stat {
  readonly parent: number
  readonly seconds: number
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
    return { parent: Number(fields[1]), seconds: ticks / TICKS }
  } catch {
    return undefined
  }
}

/** The process and all its descendants that live now. */
export function treeOf(root: number): { readonly pids: readonly number[]; readonly seconds: number } {
  const stats = new Map<number, Stat>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    if (stat !== undefined) stats.set(Number(name), stat)
  }
  const pids = [root]
  for (const pid of pids) for (const [child, { parent }] of stats) if (parent === pid) pids.push(child)
  return { pids, seconds: pids.reduce((sum, pid) => sum + (stats.get(pid)?.seconds ?? 0), 0) }
}

/** Proportional set size of the tree in MiB. */
export function memoryOf(pids: readonly number[]): number {
  let kib = 0
  for (const pid of pids) {
    try {
      kib += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
    } catch {
      // It ended between the two looks.
    }
  }
  return kib / 1024
}

export interface TreeWatch {
  /** Seconds of processor since the watch began. */
  readonly seconds: number
  readonly peakMiB: number
}

/** Watches a tree; call the result to end it. */
export function watchTree(root: number): () => TreeWatch {
  const before = treeOf(root).seconds
  let peakMiB = 0
  const look = (): void => {
    peakMiB = Math.max(peakMiB, memoryOf(treeOf(root).pids))
  }
  look()
  const timer = setInterval(look, 500)
  return () => {
    clearInterval(timer)
    look()
    return { seconds: treeOf(root).seconds - before, peakMiB }
  }
}

/** The processes of a server by what they are: `launcher`, `worker 0`, `desk`. */
export function titlesOf(root: number): ReadonlyMap<number, string> {
  const titleOf = (pid: number): string => {
    const [first = ''] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
    return first.startsWith('hms ') ? first.slice(4).trim() : 'launcher'
  }
  return new Map(treeOf(root).pids.map((pid) => [pid, titleOf(pid)]))
}

/** Memory of each process of a tree. */
export function memoryByProcess(root: number): string {
  return [...titlesOf(root)].map(([pid, title]) => `${title} ${Math.round(memoryOf([pid]))}`).join(', ')
}

export function machine(): { readonly cores: number; readonly kernel: string; readonly processor: string } {
  const processor = /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown'
  return { cores: availableParallelism(), kernel: readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim(), processor }
}
