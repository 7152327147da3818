// The octets of a message while filters look at it: its header, which is always in memory, and its body where it is, in memory or in a
// file, or as a filter made it anew.
import type { AccountId, MessageId } from '../../base/brand.ts'
import { type Header, readHeader } from '../../message/header.ts'
import { changeHeader } from '../../message/header-changes.ts'
import type { FilteredMessage, MessageChanges } from '../ports/filters.ts'
import type { BodyFile } from '../ports/spool.ts'

const PIECE = 64 * 1024
const EMPTY_LINE = Buffer.from('\r\n')
/** Fields of a header that is kept as it was read: places of 65,000 fields would be 4 MB, of a header of 256 KiB that anyone may send. */
const MOST_FIELDS = 1000

/** Of an envelope, what filters are told. */
interface Seen {
  readonly account: { readonly id: AccountId }
  readonly request: { readonly sender: { readonly address: string } | null }
  readonly recipients: readonly { readonly address: string }[]
}

/** What came, in two: the header with the empty line that ends it, and the text. */
export interface Parted {
  readonly header: Buffer
  /** The same, read; null: it has very many fields, and is read when it is asked for. */
  readonly read: Header | null
  readonly text: Buffer
  /** Together they are what came; else the empty line was missing. */
  readonly isAsItCame: boolean
}

/** Where the empty line is missing the text begins at once, as every reader has it, and what is in front of it gets its end. */
export function parted(octets: Buffer): Parted {
  const read = readHeader(octets)
  const { end, body } = read
  const text = octets.subarray(body)
  if (body > end) return { header: octets.subarray(0, body), read: keptOf(read), text, isAsItCame: true }
  const header = Buffer.concat([octets.subarray(0, end), EMPTY_LINE])
  return { header, read: keptOf(readHeader(header)), text, isAsItCame: false }
}

function keptOf(read: Header): Header | null {
  return read.fields.length <= MOST_FIELDS ? read : null
}

type Body = { readonly octets: Buffer } | { readonly file: BodyFile | null; readonly size: number }

export class HeldOctets {
  #header: Buffer
  #read: Header | null
  #body: Body
  #isInMemory = false
  #isChanged = false
  #wasChanged = false

  private constructor(header: Buffer, read: Header | null, body: Body) {
    this.#header = header
    this.#read = read
    this.#body = body
  }

  static inMemory(octets: Buffer): HeldOctets {
    const { header, read, text, isAsItCame } = parted(octets)
    const held = new HeldOctets(header, read, { octets: text })
    held.#isInMemory = true
    held.#isChanged = !isAsItCame
    return held
  }

  /** `text`: all of it, of `size` octets. */
  static inFile({ header, read, isAsItCame }: Omit<Parted, 'text'>, text: BodyFile | null, size: number): HeldOctets {
    const held = new HeldOctets(header, read, { file: text, size })
    held.#isChanged = !isAsItCame
    return held
  }

  get header(): Buffer {
    return this.#header
  }

  /** The header, read. */
  get read(): Header {
    return this.#read ?? readHeader(this.#header)
  }

  get size(): number {
    return this.#header.length + ('octets' in this.#body ? this.#body.octets.length : this.#body.size)
  }

  /** They are in memory as the client sent them. */
  get isWhole(): boolean {
    return this.#isInMemory && !this.#isChanged
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
      this.#read = keptOf(readHeader(this.#header))
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
    const [header, read] = [this.#header, this.#read]
    return {
      id,
      account: account.id,
      sender: request.sender?.address ?? '',
      recipients: recipients.map(({ address }) => address),
      size: this.size,
      get header() {
        return read ?? readHeader(header)
      },
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
