// The octets of a message while filters look at it: its header, which is always in memory, and its body where it is, in memory or in a
// file, or as a filter made it anew.
import type { AccountId, MessageId } from '../../base/brand.ts'
import { readHeader } from '../../message/header.ts'
import { changeHeader } from '../../message/header-changes.ts'
import type { FilteredMessage, MessageChanges } from '../ports/filters.ts'
import type { BodyFile } from '../ports/spool.ts'

const PIECE = 64 * 1024
const EMPTY_LINE = Buffer.from('\r\n')

/** Of an envelope, what filters are told. */
interface Seen {
  readonly account: { readonly id: AccountId }
  readonly request: { readonly sender: { readonly address: string } | null }
  readonly recipients: readonly { readonly address: string }[]
}

/** What came, in two: the header with the empty line that ends it, and the text. */
export interface Parted {
  readonly header: Buffer
  readonly text: Buffer
  /** Together they are what came; else the empty line was missing. */
  readonly isAsItCame: boolean
}

/** Where the empty line is missing the text begins at once, as every reader has it, and what is in front of it gets its end. */
export function parted(octets: Buffer): Parted {
  const { end, body } = readHeader(octets)
  const isAsItCame = body > end
  const header = isAsItCame ? octets.subarray(0, body) : Buffer.concat([octets.subarray(0, end), EMPTY_LINE])
  return { header, text: octets.subarray(body), isAsItCame }
}

type Body = { readonly octets: Buffer } | { readonly file: BodyFile | null; readonly size: number }

export class HeldOctets {
  #header: Buffer
  #body: Body
  /** All of them, where they are in memory as they came. */
  #whole: Buffer | null = null
  #isChanged = false
  #wasChanged = false

  private constructor(header: Buffer, body: Body) {
    this.#header = header
    this.#body = body
  }

  static inMemory(octets: Buffer): HeldOctets {
    const { header, text, isAsItCame } = parted(octets)
    const held = new HeldOctets(header, { octets: text })
    if (isAsItCame) held.#whole = octets
    held.#isChanged = !isAsItCame
    return held
  }

  /** `text`: all of it, of `size` octets. */
  static inFile({ header, isAsItCame }: Omit<Parted, 'text'>, text: BodyFile | null, size: number): HeldOctets {
    const held = new HeldOctets(header, { file: text, size })
    held.#isChanged = !isAsItCame
    return held
  }

  get header(): Buffer {
    return this.#header
  }

  get size(): number {
    return this.#header.length + ('octets' in this.#body ? this.#body.octets.length : this.#body.size)
  }

  /** All of them, where they are in memory and nobody changed them; else null: they come in pieces. */
  get whole(): Buffer | null {
    return this.#isChanged ? null : this.#whole
  }

  /** They are not what the client sent. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  /** A filter changed them. */
  get wasChanged(): boolean {
    return this.#wasChanged
  }

  change({ header, body }: MessageChanges): void {
    this.#wasChanged ||= (header !== undefined && header.length > 0) || body !== undefined
    if (header !== undefined && header.length > 0) {
      this.#header = changeHeader(this.#header, header)
      this.#isChanged = true
    }
    if (body === undefined) return
    this.#body = { octets: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }
    this.#isChanged = true
  }

  async *octets(): AsyncIterable<Buffer> {
    yield this.#header
    yield* this.#pieces()
  }

  /** As a filter sees it: a snapshot, whatever is changed afterwards. */
  view(id: MessageId, { account, request, recipients }: Seen): FilteredMessage {
    return {
      id,
      account: account.id,
      sender: request.sender?.address ?? '',
      recipients: recipients.map(({ address }) => address),
      size: this.size,
      header: this.#header,
      body: () => this.#pieces(),
    }
  }

  async *#pieces(): AsyncIterable<Buffer> {
    const body = this.#body
    if ('octets' in body) {
      for (let at = 0; at < body.octets.length; at += PIECE) yield body.octets.subarray(at, at + PIECE)
      return
    }
    if (body.file === null) return
    for await (const piece of body.file.pieces()) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
  }
}
