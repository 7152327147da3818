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

/** Octets of a database with its log; one that is not there has none. */
export function databaseSize(file: string): number {
  return ['', '-wal'].reduce((sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0), 0)
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
