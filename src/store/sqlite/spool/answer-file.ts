// `spool/<shard>.answered`: recipients that a peer has taken and whose outcome may not be committed yet. One small write at the peer's
// reply, not synced: it outlives a killed process, whose successor then settles them instead of sending them again. Entries of a
// sequence and a recipient's number, six octets each, little-endian: first those that an earlier owner left, then a ring. An entry
// is never taken back: once its row is gone it means nothing, as no sequence is used twice.
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

const WIDTH = 6
const ENTRY = 2 * WIDTH
/** More recipients than can be answered between two commits; what is overwritten costs a repeat after a kill, no more. */
const RING = 8192

export interface Answered {
  readonly sequence: number
  readonly n: number
}

export class AnswerFile {
  private readonly descriptor: number
  /** Where the ring begins, in entries. */
  private readonly base: number
  private at = 0
  private buffer = Buffer.alloc(ENTRY * 128)

  private constructor(descriptor: number, base: number) {
    this.descriptor = descriptor
    this.base = base
  }

  /** `kept`: what an earlier owner left and is not settled yet; it stays until the shard is closed in order. */
  static open(path: string, kept: readonly Answered[]): AnswerFile {
    const file = new AnswerFile(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), kept.length)
    file.write(kept, 0)
    // What else is there belongs to owners before: were the folder ever restored, its numbers might come again.
    ftruncateSync(file.descriptor, kept.length * ENTRY)
    return file
  }

  /** What an earlier owner left; empty where it left nothing that can be read. */
  static read(path: string): Answered[] {
    let content: Buffer
    try {
      content = readFileSync(path)
    } catch {
      return []
    }
    const found = new Map<string, Answered>()
    for (let at = 0; at + ENTRY <= content.length; at += ENTRY) {
      const entry = { sequence: content.readUIntLE(at, WIDTH), n: content.readUIntLE(at + WIDTH, WIDTH) }
      if (entry.sequence > 0) found.set(`${entry.sequence} ${entry.n}`, entry)
    }
    return [...found.values()]
  }

  note(answered: readonly Answered[]): void {
    const entries = answered.length > RING ? answered.slice(0, RING) : answered
    if (this.at + entries.length > RING) this.at = 0
    this.write(entries, this.base + this.at)
    this.at += entries.length
  }

  private write(entries: readonly Answered[], at: number): void {
    if (entries.length === 0) return
    const size = entries.length * ENTRY
    if (size > this.buffer.length) this.buffer = Buffer.alloc(size * 2)
    entries.forEach(({ sequence, n }, index) => {
      this.buffer.writeUIntLE(sequence, index * ENTRY, WIDTH)
      this.buffer.writeUIntLE(n, index * ENTRY + WIDTH, WIDTH)
    })
    try {
      writeSync(this.descriptor, this.buffer, 0, size, at * ENTRY)
    } catch {
      // A full disk: without the note a kill may repeat the delivery, which is no reason to stop.
    }
  }

  /** `isWritten`: every outcome is committed, and the notes have done their work. */
  close(isWritten: boolean): void {
    if (isWritten) ftruncateSync(this.descriptor, 0)
    closeSync(this.descriptor)
  }
}
