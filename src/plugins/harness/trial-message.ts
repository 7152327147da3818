// A message of a trial: what the plug-in makes of it, by the same code that changes mail of the server. Line ends become CRLF, as they do there.
import type { AccountId, MessageId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { TrialMail, TrialMessage } from '../../contract/plugin-trial.ts'
import { changedRecipients, changedSender } from '../../engine/accept/filter-addresses.ts'
import { HeldOctets } from '../../engine/accept/held-octets.ts'
import { isToSee } from '../../engine/accept/filter-verdict.ts'
import { FILTER_FAILED, QUEUED } from '../../engine/accept/words.ts'
import type { MessageAnswer, MessageChanges, SessionFilter } from '../../engine/ports/filters.ts'
import { readHeader } from '../../message/header.ts'
import { DataDecoder } from '../../smtp/data-codec.ts'
import { type Reply, SILENCE } from '../../smtp/reply.ts'
import type { Client } from '../../smtp/server/handler.ts'
import { shownFields, shownHeader } from '../shown-header.ts'

export interface TrialEnvelope {
  readonly id: MessageId
  readonly account: AccountId
  readonly sender: string
  readonly recipients: readonly string[]
}

export interface Judged {
  readonly outcome: TrialMessage['outcome']
  readonly reply: Reply
  readonly reason: string | null
  readonly mail: TrialMail | null
  /** What it asked for and cannot be done. */
  readonly impossible: string | null
}

const LF = 10
const CRLF = Buffer.from('\r\n')
const NOTHING = { reason: null, mail: null, impossible: null } as const

export async function judge(filter: SessionFilter, client: Client, envelope: TrialEnvelope, octets: Buffer): Promise<Judged> {
  const held = HeldOctets.inMemory(octets)
  const { id, account, sender, recipients } = envelope
  const seen = {
    account: { id: account },
    request: { sender: sender === '' ? null : { address: sender } },
    recipients: recipients.map((address) => ({ address })),
  }
  const answer = isToSee(filter, account) ? ((await filter.received?.(held.view(id, seen), client)) ?? null) : null
  try {
    return await heed(answer, held, envelope)
  } catch (error) {
    return { ...NOTHING, outcome: 'deferred', reply: FILTER_FAILED, impossible: messageOf(error) }
  }
}

async function heed(answer: MessageAnswer, held: HeldOctets, envelope: TrialEnvelope): Promise<Judged> {
  switch (answer?.kind) {
    case undefined:
      return { ...NOTHING, outcome: 'accepted', reply: QUEUED, mail: await mailOf(held, envelope) }
    case 'refuse': {
      const { reply } = answer
      return { ...NOTHING, outcome: reply.close === true ? 'disconnected' : reply.code < 500 ? 'deferred' : 'refused', reply }
    }
    case 'disconnect':
      return { ...NOTHING, outcome: 'disconnected', reply: SILENCE }
    case 'ignore':
      return { ...NOTHING, outcome: 'ignored', reply: QUEUED }
    case 'accept':
    case 'hold': {
      const changed = change(held, envelope, answer.changes ?? {})
      // Nobody is left that it is for.
      if (changed.recipients.length === 0) return { ...NOTHING, outcome: 'ignored', reply: QUEUED }
      const mail = await mailOf(held, changed)
      return answer.kind === 'hold'
        ? { outcome: 'held', reply: QUEUED, reason: answer.reason, mail, impossible: null }
        : { ...NOTHING, outcome: 'accepted', reply: QUEUED, mail }
    }
  }
}

function change(held: HeldOctets, envelope: TrialEnvelope, changes: MessageChanges): TrialEnvelope {
  held.change(changes)
  const { sender = envelope.sender, account = envelope.account } = changes
  const before = envelope.recipients.map((address) => ({ address }))
  const recipients = changedRecipients(before, changes, ({ address }) => ({ address })).map(({ address }) => address)
  return { ...envelope, sender: changedSender(sender)?.address ?? '', recipients, account }
}

async function mailOf(held: HeldOctets, { account, sender, recipients }: TrialEnvelope): Promise<TrialMail> {
  const pieces: Buffer[] = []
  for await (const piece of held.octets()) pieces.push(piece)
  const octets = withCrlf(Buffer.concat(pieces))
  const read = readHeader(octets)
  return {
    account,
    sender,
    recipients,
    header: shownFields(shownHeader(read)),
    body: octets.toString('utf8', read.body),
    octets,
  }
}

/** As the wire has it: every line ends with CRLF, the last one too. */
export function withCrlf(octets: Buffer): Buffer {
  const decoder = new DataDecoder('repair', false)
  const slices: Buffer[] = []
  decoder.push(octets, 0, slices)
  decoder.finish(slices)
  const whole = Buffer.concat(slices)
  return whole.length === 0 || whole.at(-1) === LF ? whole : Buffer.concat([whole, CRLF])
}
