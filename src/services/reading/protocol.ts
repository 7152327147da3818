// What a worker and its thread that reads mail say to each other.
import type { CameIn, Reading } from '../../engine/ports/feedback.ts'
import type { ListName } from '../../policy/lists/reply-lists.ts'
import type { ResolverOptions } from '../../net/dns/resolver.ts'

export type ReadingData = Pick<ResolverOptions, 'servers' | 'timeout'>

/** `ping` is answered at once, unless something keeps the thread busy. `lists`: the owner's files, for all that follows. */
export type ToReader = { readonly id: number; readonly mail: CameIn } | { readonly lists: ReadonlyMap<ListName, string> } | 'ping'
export type FromReader = { readonly id: number; readonly reading: Reading } | { readonly id: number; readonly trouble: string } | 'pong'
