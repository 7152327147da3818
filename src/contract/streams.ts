// Streams: what an account sends, told apart so that whoever wants no more newsletters still gets his invoices. Each message belongs to one.
import type { Account } from './settings.ts'

/** `bulk`: mail that one can unsubscribe from. */
export const STREAM_KINDS = ['transactional', 'bulk'] as const
export type StreamKind = (typeof STREAM_KINDS)[number]

export interface Stream {
  readonly name: string
  readonly kind: StreamKind
}

/** Those that every account has. The first is that of messages of which nothing is said. */
export const SHIPPED_STREAMS: readonly Stream[] = STREAM_KINDS.map((kind) => ({ name: kind, kind }))
export const FIRST_STREAM = 'transactional'
/** Lower case: a name is compared without regard to it. */
export const STREAM_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
export const MOST_STREAMS = 100

type Streams = Pick<Account, 'streams'>

export function streamsOf({ streams }: Streams): readonly Stream[] {
  return [...SHIPPED_STREAMS, ...streams]
}

/** Without regard to case; undefined where the account has none of that name. */
export function findStream(account: Streams, name: string): Stream | undefined {
  const wanted = name.toLowerCase()
  return streamsOf(account).find((stream) => stream.name === wanted)
}
