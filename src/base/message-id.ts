// System message ids: the home's epoch, the shard and the shard's sequence, in 16 characters that sort by age within a
// shard. An epoch is drawn at `init` and at each restore, a sequence is never handed out twice: ids are never reused.
import type { MessageId, ShardId } from './brand.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const EPOCH_CHARS = 6
const SHARD_CHARS = 2
const SEQUENCE_CHARS = 8
const FORM = /^[0-9a-hjkmnp-tv-z]{16}$/

export const MOST_SHARDS = 1024

/** Where a message is stored: its shard, and its sequence there (1 to 2^40 − 1). */
export interface MessagePlace {
  readonly shard: ShardId
  readonly sequence: number
}

function encode(value: number, chars: number): string {
  let text = ''
  let rest = value
  for (let i = 0; i < chars; i++) {
    text = (ALPHABET[rest % 32] ?? '') + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function decode(text: string): number {
  let value = 0
  for (const char of text) value = value * 32 + ALPHABET.indexOf(char)
  return value
}

/** The epoch's text form. `random`: an integer of 30 random bits. */
export function formatEpoch(random: number): string {
  return encode(random, EPOCH_CHARS)
}

export function formatMessageId(epoch: string, shard: ShardId, sequence: number): MessageId {
  return (epoch + encode(shard, SHARD_CHARS) + encode(sequence, SEQUENCE_CHARS)) as MessageId
}

/** The id as typed by a person, or undefined where it cannot be one. Does not tell whether the message exists. */
export function parseMessageId(text: string): MessageId | undefined {
  const lower = text.toLowerCase()
  return FORM.test(lower) ? (lower as MessageId) : undefined
}

export function placeOf(id: MessageId): MessagePlace {
  const afterShard = EPOCH_CHARS + SHARD_CHARS
  return {
    shard: decode(id.slice(EPOCH_CHARS, afterShard)) as ShardId,
    sequence: decode(id.slice(afterShard, afterShard + SEQUENCE_CHARS)),
  }
}

/** The same in 10 octets. */
export function messageIdOctets(id: MessageId): Uint8Array {
  const octets = new Uint8Array(10)
  for (let i = 0, at = 0; i < 16; i += 8, at += 5) {
    let value = decode(id.slice(i, i + 8))
    for (let j = 4; j >= 0; j--, value = Math.floor(value / 256)) octets[at + j] = value % 256
  }
  return octets
}

/** Of 10 octets. */
export function octetsMessageId(octets: Uint8Array): MessageId {
  let text = ''
  for (let at = 0; at < 10; at += 5) {
    let value = 0
    for (let j = 0; j < 5; j++) value = value * 256 + (octets[at + j] ?? 0)
    text += encode(value, 8)
  }
  return text as MessageId
}

export function epochOf(id: MessageId): string {
  return id.slice(0, EPOCH_CHARS)
}
