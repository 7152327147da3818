// Reads of many sockets into one buffer. Node makes a buffer of 64 KiB for each read otherwise, and frees it again: memory that
// the collector has to follow, for octets that a session has dealt with before the next read. `net.connect` takes `onread` for
// this; accepted sockets, and those of TLS over another, are made without it, so it is set on them afterwards
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
  /** What is in it counts until the next read of any socket. */
  readonly buffer = Buffer.allocUnsafeSlow(256 * 1024)
  readonly #names = namesOf()

  /**
   * From now on what `socket` reads goes to `onData`, as a slice of memory that is used again after the call. Returns what ends that;
   * octets that come afterwards are dropped.
   */
  listen(socket: Socket, onData: (chunk: Buffer) => void): () => void {
    const handle = (socket as { readonly _handle?: Handle | null })._handle
    const names = this.#names
    if (names === null || typeof handle?.useUserBuffer !== 'function') {
      socket.on('data', onData)
      return () => void socket.off('data', onData)
    }
    const fields = socket as unknown as Record<symbol, unknown>
    fields[names.buffer] = this.buffer
    fields[names.callback] = (octets: number): void => onData(this.buffer.subarray(0, octets))
    handle.useUserBuffer(this.buffer)
    return () => {
      fields[names.callback] = (): void => {}
    }
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
