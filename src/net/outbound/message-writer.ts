// The octets of one message on their way into a socket: dots stuffed and bare CR and LF mended (where that was not found needless
// when the message came), and as few writes as it takes. A short message is copied into one buffer that all connections share and leaves in one system call; a long one
// goes piece by piece, each waiting until the socket has taken the one before.
import { open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { OutboundTransaction } from '../../engine/ports/outbound.ts'
import type { MessageForm } from '../../smtp/client/wire.ts'
import { SlotFiller, storedSize } from '../../message/slots.ts'
import { DataEncoder } from '../../smtp/data-codec.ts'

/** Messages up to this size go out in one write. */
const MOST_ONE_WRITE = 128 * 1024
const PIECE = 128 * 1024
/** Above it a copy is cheaper than telling the kernel of every slice. */
const MOST_SLICES = 32
const BDAT_END = 'BDAT 0 LAST\r\n'

export function octetsOf({ prefix, body }: OutboundTransaction): number {
  return prefix.length + (body.kind === 'bytes' ? body.bytes.length : body.size)
}

export function goesInOneWrite({ prefix, body }: OutboundTransaction): boolean {
  return body.kind === 'bytes' && prefix.length + body.bytes.length <= MOST_ONE_WRITE
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Writes short messages. One for all connections: the buffer is free again when the socket has taken it. */
export class ShortMessages {
  #scratch = Buffer.allocUnsafeSlow(MOST_ONE_WRITE)

  write(socket: Socket, { prefix, body, wireReady }: OutboundTransaction, form: MessageForm): void {
    const bytes = body.kind === 'bytes' ? body.bytes : new Uint8Array(0)
    const slices: Buffer[] = []
    if (form === 'binary') slices.push(Buffer.from(`BDAT ${prefix.length + bytes.length} LAST\r\n`), asBuffer(prefix), asBuffer(bytes))
    else {
      const encoder = new DataEncoder()
      encoder.push(asBuffer(prefix), slices)
      if (wireReady) slices.push(asBuffer(bytes))
      else encoder.push(asBuffer(bytes), slices)
      encoder.finish(slices)
    }
    this.#writeOnce(socket, slices)
  }

  #writeOnce(socket: Socket, slices: readonly Buffer[]): void {
    let octets = 0
    for (const slice of slices) octets += slice.length
    if (octets > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(octets)
    const scratch = this.#scratch
    let at = 0
    for (const slice of slices) {
      scratch.set(slice, at)
      at += slice.length
    }
    socket.write(scratch.subarray(0, octets))
    // Not all went into the kernel at once: the buffer belongs to the socket now.
    if (socket.writableLength > 0) this.#scratch = Buffer.allocUnsafeSlow(MOST_ONE_WRITE)
  }
}

export interface LongMessageEvents {
  /** A piece was taken by the socket: the timeout counts anew. */
  progress(): void
  /** A BDAT chunk is about to be written. Resolves when the next may be; null: at once. */
  chunk(): Promise<void> | null
}

/** Writes one long message, and holds its end back. */
export class LongMessage {
  readonly #socket: Socket
  readonly #message: OutboundTransaction
  readonly #form: MessageForm
  readonly #events: LongMessageEvents
  readonly #encoder: DataEncoder

  constructor(socket: Socket, message: OutboundTransaction, form: MessageForm, events: LongMessageEvents) {
    this.#socket = socket
    this.#message = message
    this.#form = form
    this.#events = events
    this.#encoder = new DataEncoder(form === 'data')
  }

  /** Everything but the end. Rejects where the message cannot be read; resolves early where the socket is closed. */
  async writeBody(): Promise<void> {
    const { prefix, body, wireReady } = this.#message
    if (prefix.length > 0) await this.#piece(asBuffer(prefix), false)
    if (body.kind === 'file') await this.#file(body, wireReady)
    else
      for (let at = 0; at < body.bytes.length && !this.#socket.destroyed; at += PIECE)
        await this.#piece(asBuffer(body.bytes.subarray(at, at + PIECE)), wireReady)
  }

  writeEnd(): void {
    const slices: Buffer[] = []
    if (this.#form !== 'binary') this.#encoder.finish(slices)
    if (this.#form === 'bdat' && slices.length > 0) slices.unshift(Buffer.from(`BDAT ${lengthOf(slices)}\r\n`))
    if (this.#form !== 'data') slices.push(Buffer.from(BDAT_END))
    if (this.#form === 'bdat' && slices.length > 1) void this.#events.chunk()
    this.#socket.write(Buffer.concat(slices))
  }

  async #file({ path, size, fill }: Extract<OutboundTransaction['body'], { kind: 'file' }>, wireReady: boolean): Promise<void> {
    const file = await open(path)
    const filler = fill === undefined ? null : new SlotFiller(fill)
    try {
      const stored = fill === undefined ? size : storedSize(size, fill)
      const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, Math.max(stored, 1)))
      let left = stored
      while (left > 0 && !this.#socket.destroyed) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, left))
        if (bytesRead === 0) throw new Error(`the file of the message ends ${left} octets early`)
        left -= bytesRead
        const piece = buffer.subarray(0, bytesRead)
        if (filler === null) await this.#piece(piece, wireReady)
        else for (const part of filler.push(piece)) if (part.length > 0) await this.#piece(part, wireReady)
      }
    } finally {
      await file.close()
    }
  }

  /** Resolves once the socket has taken the piece: its memory may be reused. */
  async #piece(piece: Buffer, wireReady: boolean): Promise<void> {
    const slices: Buffer[] = []
    if (wireReady || this.#form === 'binary') slices.push(piece)
    else this.#encoder.push(piece, slices)
    if (this.#form !== 'data') slices.unshift(Buffer.from(`BDAT ${lengthOf(slices)}\r\n`))
    // Told before it is written: the reply may be there before the socket says that it has taken everything.
    const next = this.#form === 'data' ? null : this.#events.chunk()
    await this.#taken(slices.length > MOST_SLICES ? [Buffer.concat(slices)] : slices)
    this.#events.progress()
    if (next !== null) await next
  }

  #taken(slices: readonly Buffer[]): Promise<void> {
    const socket = this.#socket
    return new Promise((resolve) => {
      socket.cork()
      const last = slices.length - 1
      for (let i = 0; i < last; i++) socket.write(slices[i] ?? '')
      socket.write(slices[last] ?? '', () => resolve())
      socket.uncork()
    })
  }
}

function lengthOf(slices: readonly Buffer[]): number {
  let octets = 0
  for (const slice of slices) octets += slice.length
  return octets
}
