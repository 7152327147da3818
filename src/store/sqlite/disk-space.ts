// How much room the spool's disk has, asked off the event loop.
import { statfs } from 'node:fs/promises'

export interface LowWater {
  readonly bytes: number
  readonly percent: number
}

/** A sentence's middle where accepting must stop, null where there is room. Trouble in asking is not a lack of room. */
export async function lackOfRoom(folder: string, { bytes, percent }: LowWater): Promise<{ free: number; reason: string | null }> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    const free = bavail * bsize
    const least = Math.max(bytes, (blocks * bsize * percent) / 100)
    const mib = (value: number): string => `${Math.floor(value / 1_048_576)} MiB`
    return { free, reason: free < least ? `${mib(free)} are free and the low-water mark is ${mib(least)}` : null }
  } catch {
    return { free: Infinity, reason: null }
  }
}
