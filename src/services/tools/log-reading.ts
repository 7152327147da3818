// The end of a log file, or what is before a place in it: read backwards, of a closed day forwards through the decompressor. What is held is
// bounded by lines and by octets.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

export interface LogEnd {
  /** The oldest first. */
  readonly lines: readonly string[]
  /** Where the first of them begins, in octets of the plain text. */
  readonly start: number
}

export interface LogBounds {
  readonly lines: number
  readonly octets: number
  /** Lines that begin before this octet; null: the end. */
  readonly before: number | null
}

const BLOCK = 256 * 1024
const LINE_FEED = 0x0a

export async function readLogEnd(file: string, { lines, octets, before }: LogBounds): Promise<LogEnd> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  let start = Math.min(before ?? size, size)
  const blocks: Buffer[] = []
  let feeds = 0
  let held = 0
  // One more line feed than lines: that of the line before them.
  while (start > 0 && feeds <= lines && held < octets) {
    const block = Buffer.alloc(Math.min(BLOCK, start))
    await handle.read(block, 0, block.length, start - block.length)
    start -= block.length
    held += block.length
    feeds += count(block)
    blocks.unshift(block)
  }
  return cut(Buffer.concat(blocks), start, lines)
}

export async function readClosedLogEnd(file: string, { lines, octets, before }: LogBounds): Promise<LogEnd> {
  let held: Buffer[] = []
  let [size, start, room] = [0, 0, before ?? Infinity]
  for await (const chunk of createReadStream(file).pipe(createGunzip())) {
    const piece = (chunk as Buffer).subarray(0, room)
    room -= piece.length
    held.push(piece)
    size += piece.length
    if (size > 2 * octets) {
      const all = Buffer.concat(held)
      const kept = all.subarray(all.length - octets)
      start += all.length - kept.length
      held = [Buffer.from(kept)]
      size = kept.length
    }
    if (room === 0) break
  }
  return cut(Buffer.concat(held), start, lines)
}

/** The last lines of a text that begins at `start`; the first, where its beginning is not in the text, only if there is no other. */
function cut(text: Buffer, start: number, lines: number): LogEnd {
  if (text.length === 0) return { lines: [], start }
  const end = text.at(-1) === LINE_FEED ? text.length - 1 : text.length
  let from = end
  let found = 0
  for (let at = end; found < lines; at = from - 1) {
    const feed = at > 0 ? text.lastIndexOf(LINE_FEED, at - 1) : -1
    if (feed < 0 && start > 0 && found > 0) break
    from = feed + 1
    found++
    if (feed < 0) break
  }
  return { lines: text.subarray(from, end).toString('utf8').split('\n'), start: start + from }
}

function count(block: Buffer): number {
  let n = 0
  for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, at + 1)) n++
  return n
}
