// The header of a stored message, for showing: as it will leave, cut where it is very long.
import { open } from 'node:fs/promises'
import type { Body, QueuedRecipient } from '../engine/ports/spool.ts'
import { findHeaderEnd } from '../message/header.ts'
import { CompiledMerge } from '../message/merge/compiled.ts'
import { readDocument } from '../message/merge/document.ts'

const MOST = 64 * 1024

export async function readBodyHeader(body: Body): Promise<string> {
  const octets = body.kind === 'bytes' ? Buffer.from(body.bytes) : await beginning(body.path)
  const end = octets.indexOf('\r\n\r\n')
  return octets.subarray(0, Math.min(end === -1 ? octets.length : end + 2, MOST)).toString('utf8')
}

/** Of a message that is made for each recipient: that of one of them; empty where it cannot be made. */
export function mergedHeader(document: Uint8Array, row: QueuedRecipient | undefined): string {
  if (row === undefined) return ''
  try {
    const { address, merge = '\n\n' } = row
    const octets = new CompiledMerge(readDocument(document)).render({ address, merge }, 'shown')
    return octets.toString('utf8', 0, Math.min(findHeaderEnd(octets), MOST))
  } catch {
    return ''
  }
}

async function beginning(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST), position: 0 })
  return buffer.subarray(0, bytesRead)
}
