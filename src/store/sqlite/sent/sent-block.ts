// Blocks of the index of what was sent: messages with their recipients in order, a line of JSON each, in the order of their ids; compressed
// together, as addresses and ids of one mailing are much alike.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AccountId, EpochMs, MessageId } from '../../../base/brand.ts'
import { placeOf } from '../../../base/message-id.ts'
import type { AcceptedEvent } from '../../../contract/events.ts'
import type { SentRecipient } from '../../../contract/sent.ts'
import { FIRST_STREAM } from '../../../contract/streams.ts'
import type { Eraser } from '../../../policy/kept/erasure.ts'
import { hashOf } from '../events/event-names.ts'

/** Octets of a block before it is compressed: what is read for one recipient that is looked for. */
const MOST_OCTETS = 32 * 1024
/** Between the numbers of the first and the last message of a block: one that took long to come in gets a block of its own. */
export const WIDEST = 16_384
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Message, number of the first address, account, time, mailing, caller's id (a list where each address has its own), stream, addresses. */
type Line = [MessageId, number, AccountId, EpochMs, string | null, ClientId, string | null, ...string[]]
type ClientId = string | null | readonly (string | null)[]
const ADDRESSES = 7

export interface SentBlock {
  /** Ids of the first and the last message. */
  readonly first: MessageId
  readonly last: MessageId
  readonly newest: EpochMs
  readonly hashes: Uint32Array
  readonly lines: Uint8Array
}

/** `events`: of one shard. */
export function blocksOf(events: readonly AcceptedEvent[]): SentBlock[] {
  const inOrder = events.toSorted((a, b) => (a.message < b.message ? -1 : a.message > b.message ? 1 : (a.from ?? 0) - (b.from ?? 0)))
  const blocks: SentBlock[] = []
  let part: AcceptedEvent[] = []
  let text = ''
  const close = (): void => {
    if (part.length > 0) blocks.push(blockOf(part, text))
    part = []
    text = ''
  }
  let first = 0
  for (const event of inOrder) {
    const { sequence } = placeOf(event.message)
    if (text.length >= MOST_OCTETS || sequence - first > WIDEST) close()
    if (part.length === 0) first = sequence
    part.push(event)
    text += `${JSON.stringify(lineOf(event))}\n`
  }
  close()
  return blocks
}

function lineOf({ message, from = 0, account, at, mailing, clientId, clientIds, stream, recipient, others = [] }: AcceptedEvent): Line {
  const ids = clientIds === undefined ? clientId : clientIds.map((own) => own ?? clientId)
  return [message, from, account, at, mailing, ids, stream ?? null, recipient, ...others]
}

function blockOf(events: readonly AcceptedEvent[], text: string): SentBlock {
  const hashes = new Set<number>()
  let newest = 0
  for (const { recipient, others, at } of events) {
    hashes.add(addressHash(recipient))
    for (const other of others ?? []) hashes.add(addressHash(other))
    newest = Math.max(newest, at)
  }
  const [first, last] = [events[0]?.message, events.at(-1)?.message]
  if (first === undefined || last === undefined) throw new Error('a block has messages')
  return { first, last, newest, hashes: Uint32Array.from(hashes), lines: zstdCompressSync(text, LEVEL) }
}

export function addressHash(address: string): number {
  return hashOf('recipient', address)
}

export function linesOf(block: Uint8Array): Buffer {
  return zstdDecompressSync(block)
}

/** Of the lines of a block; null: it is not in them. */
export function recipientIn(lines: Buffer, message: MessageId, n: number): SentRecipient | null {
  const opening = `["${message}",`
  for (let at = lines.indexOf(opening); at >= 0; at = lines.indexOf(opening, at + 1)) {
    const line = JSON.parse(lines.toString('utf8', at, lines.indexOf('\n', at))) as Line
    const address = line[ADDRESSES + n - line[1]]
    // An erased one has an empty place.
    if (n >= line[1] && typeof address === 'string' && address !== '') return toldOf(line, n, address)
  }
  return null
}

/** All that were sent to the address, without regard to case. */
export function addressedIn(lines: Buffer, address: string): SentRecipient[] {
  const wanted = address.toLowerCase()
  const found: SentRecipient[] = []
  for (const text of lines.toString('utf8').split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Line
    for (const [i, one] of (line.slice(ADDRESSES) as string[]).entries())
      if (one.toLowerCase() === wanted) found.push(toldOf(line, line[1] + i, one))
  }
  return found
}

/** Without the person, whose places stay empty; null: he is not in them. */
export function erasedFrom(lines: Buffer, eraser: Eraser): { readonly lines: Uint8Array; readonly found: number } | null {
  let found = 0
  const changed = lines
    .toString('utf8')
    .split('\n')
    .map((text) => {
      if (!eraser.isIn(text)) return text
      const [message, from, account, at, mailing, ids, stream, ...addresses] = JSON.parse(text) as Line
      const his = addresses.map((one) => eraser.is(one))
      found += his.filter(Boolean).length
      const own = his.every(Boolean) ? null : ids
      const id = Array.isArray(ids) ? ids.map((one: string | null, i) => (his[i] === true ? null : one)) : own
      return JSON.stringify([message, from, account, at, mailing, id, stream, ...addresses.map((one, i) => (his[i] === true ? '' : one))])
    })
  return found === 0 ? null : { lines: zstdCompressSync(changed.join('\n'), LEVEL), found }
}

function toldOf([message, from, account, at, mailing, ids, stream]: Line, n: number, address: string): SentRecipient {
  const clientId = typeof ids === 'string' || ids === null ? ids : (ids[n - from] ?? null)
  return { account, message, n, address, clientId, mailing, stream: stream ?? FIRST_STREAM, at }
}
