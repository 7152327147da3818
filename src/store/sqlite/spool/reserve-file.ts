// `spool/<shard>.reserve`: disk space that is really allocated and kept back for outcomes alone. On a full disk it is given
// up step by step, so that settles commit; it is made again, off the event loop, when there is room.
import { open, stat, truncate } from 'node:fs/promises'

const STEP = 1024 * 1024
const ZEROS = Buffer.alloc(STEP)
/** Steps given up at once, as a share of what is left. */
const SHARE = 4

export class ReserveFile {
  private readonly path: string
  private readonly size: number
  private have = 0
  private making = false

  constructor(path: string, size: number) {
    this.path = path
    this.size = size
  }

  /** Looks at what is there. */
  async begin(): Promise<void> {
    this.have = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    )
  }

  get missing(): number {
    return Math.max(0, this.size - this.have)
  }

  /** Whether what is missing can be made of `free` octets, with a little to spare. */
  fits(free: number): boolean {
    return this.missing === 0 || free >= this.missing + 2 * STEP
  }

  /** Gives up part of it; false where nothing is left. */
  async giveUp(): Promise<boolean> {
    if (this.have === 0) return false
    const left = Math.max(0, this.have - Math.max(STEP, Math.ceil(this.have / SHARE)))
    try {
      await truncate(this.path, left)
    } catch {
      return false
    }
    this.have = left
    return true
  }

  /** All of it: there are no outcomes to come. */
  async drop(): Promise<void> {
    while (await this.giveUp());
  }

  /** Makes it whole again with real blocks (a sparse file keeps nothing back). Stops quietly where the disk has no room. */
  async make(): Promise<void> {
    if (this.making || this.missing === 0) return
    this.making = true
    try {
      const file = await open(this.path, 'a', 0o600)
      try {
        while (this.missing > 0) {
          const { bytesWritten } = await file.write(ZEROS, 0, Math.min(STEP, this.missing))
          this.have += bytesWritten
        }
        await file.sync()
      } finally {
        await file.close()
      }
    } catch {
      // No room: tried again when the disk has some.
    } finally {
      this.making = false
    }
  }
}
