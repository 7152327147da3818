// Reads of accepted sockets into one buffer for all of them. Node makes a buffer of 64 KiB for each read otherwise, and frees it
// again: memory that the collector has to follow, for octets that a session has dealt with before the next read. `net.connect`
// takes `onread` for this; a server's sockets are made by Node without it, so it is set on them afterwards
// (docs/decisions/0007-inbound-sockets.md).
import { Socket } from 'node:net'

/** What Node keeps of `onread` on a socket, under names of its own. */
interface Names {
  readonly buffer: symbol
  readonly callback: symbol
}

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void
}

export class SharedReads {
  readonly #buffer = Buffer.allocUnsafeSlow(256 * 1024)
  readonly #names = namesOf()

  /**
   * From now on what `socket` reads goes to `onData` as a slice that is used again after the call, instead of to `data` events.
   * False where this Node keeps it otherwise: listen to `data`.
   */
  take(socket: Socket, onData: (chunk: Buffer) => void): boolean {
    const handle = (socket as { readonly _handle?: Handle | null })._handle
    if (this.#names === null || typeof handle?.useUserBuffer !== 'function') return false
    const { buffer, callback } = this.#names
    const buffers = this.#buffer
    const fields = socket as unknown as Record<symbol, unknown>
    fields[buffer] = buffers
    fields[callback] = (octets: number): void => onData(buffers.subarray(0, octets))
    handle.useUserBuffer(buffers)
    return true
  }
}

/** A socket that was made with `onread` shows where Node keeps it. */
function namesOf(): Names | null {
  const buffer = Buffer.alloc(1)
  const callback = (): boolean => true
  const probe = new Socket({ onread: { buffer, callback } })
  const fields = probe as unknown as Record<symbol, unknown>
  const nameOf = (value: unknown): symbol | undefined => Object.getOwnPropertySymbols(probe).find((name) => fields[name] === value)
  const names = { buffer: nameOf(buffer), callback: nameOf(callback) }
  probe.destroy()
  return names.buffer === undefined || names.callback === undefined ? null : { buffer: names.buffer, callback: names.callback }
}
