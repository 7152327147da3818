// Addresses that a filter names: the sender as it is to be, recipients taken away and added. Throws a sentence where what it names is none.
import { parseMailbox } from '../../smtp/address.ts'
import { parseRecipientPath } from '../../smtp/post-address.ts'
import type { Mailbox } from '../../smtp/server/handler.ts'
import type { MessageChanges } from '../ports/filters.ts'

/** Null: `<>`. */
export function changedSender(text: string): Mailbox | null {
  return text === '' ? null : mailbox(text, parseMailbox)
}

/** `make`: a recipient that was not there before. Addresses to be removed compare without regard to case. */
export function changedRecipients<R extends { readonly address: string }>(
  before: readonly R[],
  { addRecipients = [], removeRecipients = [] }: MessageChanges,
  make: (mailbox: Mailbox) => R,
): readonly R[] {
  const removed = new Set(removeRecipients.map((address) => address.toLowerCase()))
  const kept = before.filter(({ address }) => !removed.has(address.toLowerCase()))
  const known = new Set(kept.map(({ address }) => address))
  const added = addRecipients.flatMap((text): R[] => {
    const named = mailbox(text, parseRecipientPath)
    if (known.has(named.address)) return []
    known.add(named.address)
    return [make(named)]
  })
  return [...kept, ...added]
}

function mailbox(text: string, parse: (text: string, utf8: boolean) => Mailbox | string): Mailbox {
  const bare = text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text
  const parsed = parse(bare, true)
  if (typeof parsed === 'string') throw new Error(`a filter named "${text.slice(0, 100)}", which is no address`)
  return parsed
}
