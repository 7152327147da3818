// What all filters together make of a message that came whole: each is asked in turn about what the ones before it left of it. The first that
// refuses or ignores it ends that; where one asks for a hold, the others are still asked.
import type { AccountId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { type Reply, SILENCE } from '../../smtp/reply.ts'
import { guarded } from '../../smtp/server/chain.ts'
import type { MessageAnswer, MessageChanges, SessionFilter } from '../ports/filters.ts'
import { changedEnvelope } from './changed-envelope.ts'
import type { Envelope } from './envelope.ts'
import { HeldOctets } from './held-octets.ts'
import type { InboundHost, Taken } from './inbound.ts'
import { FILTER_FAILED, QUEUED } from './words.ts'

export type Verdict = { readonly reply: Reply } | { readonly envelope: Envelope }

/** The words of a message that was taken; it is not `QUEUED`, as it was not. */
const IGNORED: Reply = { ...QUEUED }

/** Whether the filter is asked about a message of the account. */
export function isToSee(filter: SessionFilter, account: AccountId): boolean {
  return filter.received !== undefined && filter.wantsMessage?.(account) !== false
}

/** Never rejects: what cannot be done puts the message off. */
export function judge(host: InboundHost, filters: readonly SessionFilter[], taken: Taken, held: HeldOctets): Verdict | Promise<Verdict> {
  const ask = (at: number, envelope: Envelope): Verdict | Promise<Verdict> => {
    const filter = filters[at]
    if (filter === undefined) return { envelope }
    const asked = isToSee(filter, envelope.account.id) ? filter.received?.(held.view(taken.id, envelope), envelope.client) : undefined
    if (asked === undefined) return ask(at + 1, envelope)
    return asked.then((answer) => {
      const next = heed(host, { answer, held, envelope })
      return 'reply' in next ? told(host, taken, next) : ask(at + 1, next.envelope)
    })
  }
  return guarded<Verdict>(
    () => ask(0, taken.envelope),
    { reply: FILTER_FAILED },
    (error) =>
      host.around.log.error('What a filter asked for cannot be done; the message is put off.', { id: taken.id, error: messageOf(error) }),
  )
}

/**
 * The same of a message that is made for each recipient when it leaves: it may be refused, ignored, held, or have fewer recipients. What is
 * asked of its content, its sender or its account is not done, and said so.
 */
export async function judgeMerged(host: InboundHost, filters: readonly SessionFilter[], taken: Taken, octets: Buffer): Promise<Verdict> {
  const held = HeldOctets.inMemory(octets)
  const verdict = await judge(host, filters, taken, held)
  if ('reply' in verdict) return verdict
  const { envelope: before } = taken
  const { envelope: after } = verdict
  const known = new Set(before.recipients.map(({ address }) => address))
  const recipients = after.recipients.filter(({ address }) => known.has(address))
  const isMore =
    held.wasChanged || after.request !== before.request || after.account !== before.account || recipients.length < after.recipients.length
  if (isMore) host.around.log.warn('A filter would change a message that is made for each recipient; it goes as it is.', { id: taken.id })
  return { envelope: { ...before, recipients, ...(after.held && { held: after.held }) } }
}

interface Asked {
  readonly answer: MessageAnswer
  readonly held: HeldOctets
  readonly envelope: Envelope
}

function heed(host: InboundHost, { answer, held, envelope }: Asked): Verdict {
  if (answer === null) return { envelope }
  switch (answer.kind) {
    case 'refuse':
      return answer
    case 'disconnect':
      return { reply: SILENCE }
    case 'ignore':
      return { reply: IGNORED }
    case 'accept':
      return change(host, held, envelope, answer.changes)
    case 'hold': {
      const next = change(host, held, envelope, answer.changes ?? {})
      const { reason, by } = answer
      return 'reply' in next ? next : { envelope: { ...next.envelope, held: envelope.held ?? { reason, by } } }
    }
  }
}

function change(host: InboundHost, held: HeldOctets, envelope: Envelope, changes: MessageChanges): Verdict {
  held.change(changes)
  const next = changedEnvelope(host, envelope, changes, held.size)
  if ('code' in next) return { reply: next }
  // Nobody is left that it is for.
  return next.recipients.length === 0 ? { reply: IGNORED } : { envelope: next }
}

function told({ around }: InboundHost, { id, envelope: { account, client } }: Taken, verdict: { readonly reply: Reply }): Verdict {
  if (verdict.reply === IGNORED) around.log.info('A filter had a message ignored.', { id, account: account.id, client: client.address })
  return verdict
}
