// How much room the spool's disk has, asked off the event loop; and how much of it a database takes.
import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'

export interface LowWater {
  readonly bytes: number
  readonly percent: number
}

const MIB = 1_048_576

/** Room as sentences name it: what is needed is rounded up and what is free is rounded down, so that the two are never the same. */
export const roomNeeded = (octets: number): string => `${Math.ceil(octets / MIB)} MiB`
export const roomLeft = (octets: number): string => `${Math.floor(octets / MIB)} MiB`

/** Of which `stat` counts what a file takes. */
const BLOCK = 512

/** Octets that a file takes on its disk, as du counts them: many short ones take more than they hold, one with holes less. 0: it is not there. */
export function takenBy(file: string): number {
  return (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK
}

/** The same of a database with its log. */
export function databaseSize(file: string): number {
  return ['', '-wal', '-shm'].reduce((sum, end) => sum + takenBy(file + end), 0)
}

export interface Room {
  readonly free: number
  /** Under twice the low-water mark: what is left is kept for mail of customers. */
  readonly isTight: boolean
  readonly reason: string | null
}

/** `reason`: a sentence's middle where accepting must stop, null where there is room. Trouble in asking is not a lack of room. */
export async function lackOfRoom(folder: string, { bytes, percent }: LowWater): Promise<Room> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    const free = bavail * bsize
    const least = Math.max(bytes, (blocks * bsize * percent) / 100)
    return {
      free,
      isTight: free < 2 * least,
      reason: free < least ? `${roomLeft(free)} are free and the low-water mark is ${roomNeeded(least)}` : null,
    }
  } catch {
    return { free: Infinity, isTight: false, reason: null }
  }
}
