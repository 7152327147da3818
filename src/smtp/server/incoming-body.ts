// The octets of one message on their way from the codec to its sink, with what the session itself holds against it: the
// size, bare CR and LF. A refused message is read to its end all the same and dropped as it comes.
import { DataDecoder } from '../data-codec.ts'
import type { Reply } from '../reply.ts'
import type { BodySink } from './handler.ts'
import { R } from './replies.ts'
import type { ServerSessionOptions } from './session-io.ts'

/** More slices than this in one chunk (a message of dots) are joined: a sink that keeps each would pay for them in memory. */
const MOST_SLICES = 16

/**
 * `open`: slices go to the sink. `refused`: the sink was aborted, octets are dropped. `over`: the sink has ended or was
 * aborted for good.
 */
type State = 'open' | 'refused' | 'over'

export class IncomingBody {
  /** While the sink wants no more: resolves when it does, never rejects. Null where it takes more at once. */
  pending: Promise<void> | null = null
  /** What reached the sink or would have, so far. */
  size = 0
  readonly #sink: BodySink
  readonly #decoder: DataDecoder
  readonly #options: ServerSessionOptions
  readonly #failed: (error: unknown) => void
  readonly #binary: boolean
  readonly #slices: Buffer[] = []
  #state: State = 'open'
  #refusal: Reply = R.localError

  /** `dotted`: from DATA; otherwise from BDAT, where `binary` is BODY=BINARYMIME. */
  constructor(
    sink: BodySink,
    kind: { readonly dotted: boolean; readonly binary: boolean },
    options: ServerSessionOptions,
    failed: (error: unknown) => void,
  ) {
    this.#sink = sink
    // rfc:3030#3: lines mean nothing in BINARYMIME.
    this.#decoder = new DataDecoder(kind.binary ? 'keep' : options.bareNewline, kind.dotted)
    this.#binary = kind.binary
    this.#options = options
    this.#failed = failed
  }

  /** Takes octets from `from` on; returns the index after the end of a dotted message, else −1. Look at `pending` afterwards. */
  push(chunk: Buffer, from: number): number {
    let slices = this.#slices
    const end = this.#decoder.push(chunk, from, slices)
    if (this.#state === 'open') {
      if (slices.length > MOST_SLICES) slices = [Buffer.concat(slices)]
      this.#take(slices)
    }
    this.#slices.length = 0
    return end
  }

  /** The last octet of a BDAT message was pushed. */
  lastChunk(): void {
    this.#decoder.finish(this.#slices)
    if (this.#state === 'open') this.#take(this.#slices)
    this.#slices.length = 0
  }

  /** What the session refuses the message with, so far; null where it may still be accepted. */
  get refusal(): Reply | null {
    // What may be two messages to someone else is worse than what is too large: after it the connection closes.
    if (this.#decoder.bareNewline && this.#options.bareNewline === 'refuse') return R.bareNewline
    // rfc:5322#2.2, rfc:6152#3. A server that drops NUL before it looks for the end finds CRLF.CRLF in CRLF, NUL, dot, CRLF: one more
    // way to smuggle a second message past us.
    if (this.#decoder.nul && !this.#binary) return R.nul
    return this.#state === 'refused' ? this.#refusal : null
  }

  /** The message is complete: the session's refusal, or the sink's answer. */
  end(): Reply | Promise<Reply> {
    // Aborted while the sink was being waited for.
    if (this.#state === 'over') return R.localError
    const { refusal } = this
    if (refusal !== null) {
      this.abort()
      return refusal
    }
    this.#state = 'over'
    const { longestLine, eightBit, nul, wireReady } = this.#decoder
    return this.#sink.end({ longestLine, eightBit, nul, wireReady })
  }

  /** Drops what there is. Harmless after the end. */
  abort(): void {
    if (this.#state === 'open') this.#abortSink()
    this.#state = 'over'
  }

  #abortSink(): void {
    try {
      this.#sink.abort()
    } catch (error) {
      this.#failed(error)
    }
  }

  #take(slices: readonly Buffer[]): void {
    for (const slice of slices) this.size += slice.length
    if (this.#decoder.bareNewline && this.#options.bareNewline === 'refuse') this.#refuse(R.bareNewline)
    else if (this.size > this.#options.messageSize) this.#refuse(R.tooLarge)
    else this.#write(slices)
  }

  #write(slices: readonly Buffer[]): void {
    try {
      for (let i = 0; i < slices.length; i++) {
        const slice = slices[i]
        const taken = slice && this.#sink.write(slice)
        if (taken instanceof Promise) {
          // The driver may use the chunk's memory again while we wait: what is left of it is copied.
          this.pending = this.#writeLater(
            taken,
            slices.slice(i + 1).map((rest) => Buffer.from(rest)),
          )
          return
        }
      }
    } catch (error) {
      this.#broken(error)
    }
  }

  async #writeLater(before: Promise<void>, slices: readonly Buffer[]): Promise<void> {
    try {
      await before
      for (const slice of slices) if (this.#state === 'open') await this.#sink.write(slice)
    } catch (error) {
      this.#broken(error)
    }
    this.pending = null
  }

  #broken(error: unknown): void {
    this.#failed(error)
    this.#refuse(R.localError)
  }

  #refuse(reply: Reply): void {
    if (this.#state !== 'open') return
    this.#state = 'refused'
    this.#refusal = reply
    this.#abortSink()
  }
}
