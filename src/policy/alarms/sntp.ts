// SNTP (rfc:5905#14): the question to a time server, and how far this machine's clock is off by what it answers.
import type { EpochMs, Ms } from '../../base/brand.ts'

export const SNTP_OCTETS = 48
/** Octets of it that the answer repeats. */
export const SNTP_NONCE = 8

const VERSION_4 = 4
const [CLIENT, SERVER] = [3, 4]
const [ORIGINATE, RECEIVE, TRANSMIT] = [24, 32, 40]
/** From 1900, in which NTP counts, to 1970. */
const TO_1970 = 2_208_988_800
const ERA: Ms = 2 ** 32 * 1000
/** An answer that took longer says too little of the time. */
const MOST_DELAY: Ms = 2000

/** In place of the time of this machine, which nobody needs to know, stand octets drawn by chance: who did not see them answers in vain. */
export function sntpQuestion(nonce: Uint8Array): Buffer {
  const packet = Buffer.alloc(SNTP_OCTETS)
  packet[0] = (VERSION_4 << 3) | CLIENT
  packet.set(nonce.subarray(0, SNTP_NONCE), TRANSMIT)
  return packet
}

export interface Exchange {
  readonly nonce: Uint8Array
  readonly sent: EpochMs
  readonly came: EpochMs
}

/** How far the clock is ahead; a text: why that cannot be told. Undefined: it is no answer to the question. */
export function sntpOffset(packet: Uint8Array, { nonce, sent, came }: Exchange): Ms | string | undefined {
  const view = Buffer.from(packet)
  if (view.length < SNTP_OCTETS || !view.subarray(ORIGINATE, RECEIVE).equals(nonce.subarray(0, SNTP_NONCE))) return undefined
  const [first, stratum] = [view[0] ?? 0, view[1] ?? 0]
  if ((first & 7) !== SERVER) return undefined
  // A stratum of 0 is a refusal, with its reason in four letters (rfc:5905#7.4).
  if (stratum === 0) return `it refuses (${view.toString('latin1', 12, 16).replace(/[^A-Z]/g, '')})`
  if (first >> 6 === 3 || stratum > 15) return 'its own clock is not kept'
  if (view.readUInt32BE(TRANSMIT) === 0) return 'it names no time'
  const delay = came - sent - (fraction(view, TRANSMIT) - fraction(view, RECEIVE))
  if (!(delay >= -MOST_DELAY && delay <= MOST_DELAY)) return 'its answer took too long'
  const behind = (nearest(fraction(view, RECEIVE), sent) - sent + nearest(fraction(view, TRANSMIT), came) - came) / 2
  return -Math.round(behind)
}

function fraction(view: Buffer, at: number): EpochMs {
  return (view.readUInt32BE(at) - TO_1970) * 1000 + Math.round((view.readUInt32BE(at + 4) / 2 ** 32) * 1000)
}

/** Seconds are counted anew in 2036 (rfc:5905#6): it is the time that is nearest to ours. */
function nearest(time: EpochMs, ours: EpochMs): EpochMs {
  return time + Math.round((ours - time) / ERA) * ERA
}

/** Of several the one in the middle, the smaller of two: one server that is wrong makes no alarm where others are right. */
export function middleOf(offsets: readonly Ms[]): Ms | null {
  return offsets.toSorted((a, b) => Math.abs(a) - Math.abs(b))[Math.floor((offsets.length - 1) / 2)] ?? null
}
