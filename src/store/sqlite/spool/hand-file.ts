// `spool/<shard>.hand`: what a worker is sending at this moment, for the owner after a crash. Written, not synced: it
// outlives the process, which is all it is for. A count, then sequences, each six octets, little-endian.
import { closeSync, constants, ftruncateSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const WIDTH = 6

export class HandFile {
  private readonly descriptor: number
  private buffer = Buffer.alloc(WIDTH * 64)

  private constructor(descriptor: number) {
    this.descriptor = descriptor
  }

  static pathOf(folder: string, shard: number): string {
    return join(folder, `${shard}.hand`)
  }

  static open(path: string): HandFile {
    return new HandFile(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600))
  }

  /** What an earlier owner left; empty where it left nothing that can be read. */
  static read(path: string): number[] {
    let content: Buffer
    try {
      content = readFileSync(path)
    } catch {
      return []
    }
    if (content.length < WIDTH) return []
    const count = Math.min(content.readUIntLE(0, WIDTH), content.length / WIDTH - 1)
    return Array.from({ length: count }, (_unused, n) => content.readUIntLE((n + 1) * WIDTH, WIDTH))
  }

  /** What an earlier owner left was counted. */
  static clear(path: string): void {
    try {
      truncateSync(path)
    } catch {
      // It is counted once more after the next crash, which at worst holds a message too early.
    }
  }

  note(sequences: readonly number[]): void {
    const size = (sequences.length + 1) * WIDTH
    if (size > this.buffer.length) this.buffer = Buffer.alloc(size * 2)
    this.buffer.writeUIntLE(sequences.length, 0, WIDTH)
    for (let n = 0; n < sequences.length; n++) this.buffer.writeUIntLE(sequences[n] ?? 0, (n + 1) * WIDTH, WIDTH)
    try {
      writeSync(this.descriptor, this.buffer, 0, size, 0)
    } catch {
      // A full disk: without a note a crash names no suspect, which is no reason to stop what is being sent.
    }
  }

  /** Nothing is in hand any more. */
  close(): void {
    ftruncateSync(this.descriptor, 0)
    closeSync(this.descriptor)
  }
}
