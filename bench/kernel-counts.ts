// What a server asks of the kernel, as /proc counts it for its tree: calls that read and write (files and sockets), octets sent
// to the disk, and how often a thread went to sleep.
import { readdirSync, readFileSync } from 'node:fs'
import { titlesOf } from './processes.ts'

export interface KernelCounts {
  readonly reads: number
  readonly writes: number
  readonly sleeps: number
  readonly diskKiB: number
}

function fieldOf(path: string, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'latin1'))?.[1] ?? 0)
  } catch {
    // It ended between the two looks.
    return 0
  }
}

export function kernelCounts(root: number): KernelCounts {
  const pids = [...titlesOf(root).keys()]
  const io = (name: string): number => pids.reduce((sum, pid) => sum + fieldOf(`/proc/${pid}/io`, name), 0)
  const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}/status`))
  return {
    reads: io('syscr'),
    writes: io('syscw'),
    sleeps: threads.reduce((sum, path) => sum + fieldOf(path, 'voluntary_ctxt_switches'), 0),
    diskKiB: io('write_bytes') / 1024,
  }
}

/** Between two looks, for each of `n`. */
export function countsEach(before: KernelCounts, after: KernelCounts, n: number): KernelCounts {
  return {
    reads: (after.reads - before.reads) / n,
    writes: (after.writes - before.writes) / n,
    sleeps: (after.sleeps - before.sleeps) / n,
    diskKiB: (after.diskKiB - before.diskKiB) / n,
  }
}
