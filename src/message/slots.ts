// Slots: places in a stored message that hold something else for each recipient. A body is stored once; each place has a mark, and while
// the message is sent, before it is signed, every mark gives way to what is the recipient's. Marks are made of the message's id under a
// key, so that nobody outside can write one. A mark is letters and digits: it means the same in text, in HTML and in quoted-printable,
// where whoever writes it puts it between soft line breaks; in base64 there is none.
import { createHmac } from 'node:crypto'
import type { EpochMs, MessageId } from '../base/brand.ts'
import type { TokenKey } from '../contract/settings.ts'
import { base32, keyAt } from './token.ts'

/** `token`: the token of the recipient. `unsubscribe`: what stands behind `/u/` for him. The letter ends the mark. */
const LETTERS = { token: 't', unsubscribe: 'u' } as const
export type SlotKind = keyof typeof LETTERS
const KINDS = Object.keys(LETTERS) as SlotKind[]

/** What stands in the slots of one recipient: visible ASCII that does not begin with a dot, so that no line changes its meaning. */
export type SlotValues = Readonly<Record<SlotKind, string>>

/** In the octets as they are stored. */
export interface Slot {
  readonly at: number
  readonly kind: SlotKind
}

/** What makes of a stored message that of a recipient; slots in their order. */
export interface SlotFill {
  readonly slots: readonly Slot[]
  readonly values: SlotValues
}

const BEGINNING = 'hms'
const NONCE_OCTETS = 15
const MARK_LENGTH = BEGINNING.length + (NONCE_OCTETS * 8) / 5 + 1
const VALUE = /^[!-\-/-~][!-~]*$/

/** What all marks of a message begin with. Throws where there is no key. */
export function slotNonce(keys: readonly TokenKey[], message: MessageId, acceptedAt: EpochMs): string {
  const mac = createHmac('sha256', keyAt(keys, acceptedAt).secret).update(`hms slot 1\0${message}`).digest()
  return BEGINNING + base32(mac.subarray(0, NONCE_OCTETS))
}

/** What stands in the stored message. */
export function slotMark(kind: SlotKind, nonce: string): string {
  return nonce + LETTERS[kind]
}

/** Finds the slots of a message that comes in pieces. */
export class SlotFinder {
  readonly slots: Slot[] = []
  readonly #nonce: Buffer
  #tail: Buffer = Buffer.alloc(0)
  /** Where the tail begins. */
  #at = 0

  constructor(nonce: string) {
    this.#nonce = Buffer.from(nonce, 'latin1')
  }

  push(chunk: Uint8Array): void {
    const octets = this.#tail.length === 0 ? bufferOf(chunk) : Buffer.concat([this.#tail, chunk])
    let from = 0
    for (;;) {
      const found = octets.indexOf(this.#nonce, from)
      if (found < 0 || found + MARK_LENGTH > octets.length) break
      const kind = KINDS.find((one) => LETTERS[one].charCodeAt(0) === octets[found + MARK_LENGTH - 1])
      if (kind !== undefined) this.slots.push({ at: this.#at + found, kind })
      from = found + (kind === undefined ? 1 : MARK_LENGTH)
    }
    // Of a mark that is cut off less than all is here.
    const kept = Math.max(from, octets.length - (MARK_LENGTH - 1))
    this.#tail = Buffer.from(octets.subarray(kept))
    this.#at += kept
  }
}

export function findSlots(octets: Uint8Array, nonce: string): readonly Slot[] {
  const finder = new SlotFinder(nonce)
  finder.push(octets)
  return finder.slots
}

/** Octets of a message of `size` once its slots are filled. */
export function filledSize(size: number, { slots, values }: SlotFill): number {
  return slots.reduce((sum, { kind }) => sum + values[kind].length - MARK_LENGTH, size)
}

/** The other way round. */
export function storedSize(size: number, { slots, values }: SlotFill): number {
  return slots.reduce((sum, { kind }) => sum - values[kind].length + MARK_LENGTH, size)
}

/** Fills the slots of a message that comes in pieces. */
export class SlotFiller {
  readonly #fill: SlotFill
  readonly #values: Readonly<Record<string, Buffer>>
  /** Of the stored octets, how many went by. */
  #at = 0
  #next = 0

  constructor(fill: SlotFill) {
    for (const value of Object.values(fill.values)) if (!VALUE.test(value)) throw new Error(`"${value}" cannot stand in a slot`)
    this.#fill = fill
    this.#values = Object.fromEntries(KINDS.map((kind) => [kind, Buffer.from(fill.values[kind], 'latin1')]))
  }

  /** What leaves of a piece: slices of it and values. */
  push(chunk: Uint8Array): Buffer[] {
    const octets = bufferOf(chunk)
    const out: Buffer[] = []
    const end = this.#at + octets.length
    let from = 0
    // The rest of a mark that began in the piece before.
    const before = this.#fill.slots[this.#next - 1]
    if (before !== undefined) from = Math.min(octets.length, Math.max(0, before.at + MARK_LENGTH - this.#at))
    for (let slot = this.#fill.slots[this.#next]; slot !== undefined && slot.at < end; slot = this.#fill.slots[++this.#next]) {
      const start = slot.at - this.#at
      if (start > from) out.push(octets.subarray(from, start))
      out.push(this.#values[slot.kind] ?? EMPTY)
      from = Math.min(octets.length, start + MARK_LENGTH)
    }
    if (from < octets.length) out.push(octets.subarray(from))
    this.#at = end
    return out
  }
}

const EMPTY = Buffer.alloc(0)

export function fillSlots(octets: Uint8Array, fill: SlotFill): Buffer {
  return Buffer.concat(new SlotFiller(fill).push(octets))
}

/** The same of a stream. */
export async function* filledChunks(chunks: AsyncIterable<Uint8Array>, fill: SlotFill): AsyncGenerator<Buffer> {
  const filler = new SlotFiller(fill)
  for await (const chunk of chunks) for (const piece of filler.push(chunk)) if (piece.length > 0) yield piece
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}
