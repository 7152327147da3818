// The one file in an attachment that was packed (zip, gzip): unpacked to a bounded size, so that a bomb costs no more than a report.
// A reader of our own for zip, as libraries read it asynchronously and a report has one file.
import { inflateRawSync } from 'node:zlib'

/** Octets of a report that is unpacked. */
const MOST_UNPACKED = 16 * 1024 * 1024
const MOST_ENTRIES = 4

/** What is in it; the octets themselves where they are not packed; null where they are broken or too large. */
export function unpacked(octets: Buffer): Buffer | null {
  try {
    if (octets[0] === 0x1f && octets[1] === 0x8b)
      return inflateRawSync(octets.subarray(gzipData(octets)), { maxOutputLength: MOST_UNPACKED })
    if (octets.length > 30 && octets.readUInt32LE(0) === 0x04034b50) return firstEntry(octets)
    return octets.length > MOST_UNPACKED ? null : octets
  } catch {
    // Broken, cut, or a bomb.
    return null
  }
}

/** Where the data of a gzip begins (rfc:1952#2.3). Some append a line end to it, which a reader of whole files takes for a second one. */
function gzipData(octets: Buffer): number {
  const flags = octets[3] ?? 0
  let at = 10
  if ((flags & 4) !== 0) at += 2 + octets.readUInt16LE(at)
  for (const text of [8, 16]) if ((flags & text) !== 0) at = octets.indexOf(0, at) + 1 || octets.length
  return (flags & 2) === 0 ? at : at + 2
}

/** The first file of a zip by its local header. */
function firstEntry(octets: Buffer): Buffer | null {
  let at = 0
  for (let n = 0; n < MOST_ENTRIES && at + 30 < octets.length && octets.readUInt32LE(at) === 0x04034b50; n++) {
    const method = octets.readUInt16LE(at + 8)
    const size = octets.readUInt32LE(at + 18)
    const nameEnd = at + 30 + octets.readUInt16LE(at + 26)
    const start = nameEnd + octets.readUInt16LE(at + 28)
    if (octets[nameEnd - 1] !== 47) {
      if (method === 0) return octets.subarray(start, start + Math.min(size, MOST_UNPACKED))
      // The size may stand behind the data: the data itself says where it ends.
      return method === 8 ? inflateRawSync(octets.subarray(start), { maxOutputLength: MOST_UNPACKED }) : null
    }
    at = start + size
  }
  return null
}
