// A message as it leaves for one recipient, where something of it is his own: the return path, a field with his token, a Message-ID where it
// came without, what stands in its slots. It is stored, and looked through for slots, once; where only the return path and a field that
// no signature covers differ, it is signed once, too.
import { Fault } from '../../base/fault.ts'
import { needsUtf8For } from '../accept/head-facts.ts'
import type { Account, TokenKey } from '../../contract/settings.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import type { HttpPost, OutboundPeer } from '../ports/outbound.ts'
import type { Body, MessageHead } from '../ports/spool.ts'
import { filledSize, fillSlots, slotNonce, type SlotValues } from '../../message/slots.ts'
import { namedToken, tokenOf } from '../../message/token.ts'
import { unsubscribeValue } from '../../message/tracking/links.ts'
import type { HeldMessage, Job } from '../schedule/in-hand.ts'
import type { Cause } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

export interface Outgoing {
  /** Of MAIL. */
  readonly sender: string
  /** As in a transaction: signatures, and what is the recipient's. */
  readonly prefix: Uint8Array
  readonly body: Body
  /** Of what was made for the recipient: its octets, which are ASCII but for his address. */
  readonly size?: number
  readonly eightBit?: boolean
  /** In place of the message. */
  readonly post?: HttpPost
}

export const TOKEN_FIELD = 'X-HMS-Token'

/** Of a job of one recipient. Throws a Fault where there is no key for tokens. */
export async function outgoingOf(room: Pick<CourierRoom, 'around' | 'signer' | 'scheduler'>, job: Job, stored: Body): Promise<Outgoing> {
  const { message } = job
  const { head } = message
  const { tokenKeys, accounts } = room.around.settings()
  const n = job.rows[0]?.n ?? 0
  const token = tokenOf(tokenKeys, { account: head.account, message: head.id, n, acceptedAt: head.acceptedAt })
  if (stored.kind === 'bytes') room.scheduler.inHand.keep(message, stored.bytes)
  const body = head.slots === true ? await filled(room, message, stored, valuesOf(job, tokenKeys, token)) : stored
  const front = Buffer.from(fieldsOf(head, token, room.around.hostName), 'latin1')
  const isAlike = head.lateId !== true && head.slots !== true
  const signatures = await (isAlike ? (message.prefix ??= room.signer.sign(head, stored)) : room.signer.sign(head, body, front))
  const sender = returnPathOf(accounts.get(head.account), job, token)
  return { sender, prefix: Buffer.concat([signatures, front]), body }
}

/** The same of a message that is made for its recipient. */
export async function mergedOf(room: Pick<CourierRoom, 'around' | 'signer' | 'merged'>, job: Job): Promise<Outgoing> {
  const { head } = job.message
  const [row] = job.rows
  if (row === undefined) throw new Error('a job has a recipient')
  const { octets, token } = await room.merged.make(head, row)
  const body: Body = { kind: 'bytes', bytes: octets }
  const { hostName } = room.around
  const fields = token === null ? `Message-ID: <${head.id}.${row.n}@${hostName}>\r\n` : fieldsOf({ ...head, lateId: true }, token, hostName)
  const front = Buffer.from(fields, 'latin1')
  const signatures = await room.signer.sign(head, body, front)
  const sender = token === null ? head.sender : returnPathOf(room.around.settings().accounts.get(head.account), job, token)
  return { sender, prefix: Buffer.concat([signatures, front]), body, size: octets.length, eightBit: needsUtf8For(head, row.address) }
}

/** With what is the recipient's in its slots. */
export function filledFor(room: Pick<CourierRoom, 'around'>, job: Job, stored: Body): Promise<Body> {
  const { tokenKeys } = room.around.settings()
  const { account, id, acceptedAt } = job.message.head
  const token = tokenOf(tokenKeys, { account, message: id, n: job.rows[0]?.n ?? 0, acceptedAt })
  return filled(room, job.message, stored, valuesOf(job, tokenKeys, token))
}

function returnPathOf(account: Account | undefined, { message, rows }: Job, token: string): string {
  const { sender } = message.head
  if (account === undefined || account.returnPathDomain === null || sender === '') return sender
  const local = account.returnPathNames ? namedToken(token, rows[0]?.address ?? '') : token
  return `${local}@${account.returnPathDomain}`
}

function fieldsOf({ lateId }: MessageHead, token: string, hostName: string): string {
  const own = `${TOKEN_FIELD}: ${token}\r\n`
  return lateId === true ? `${own}Message-ID: <${token}@${hostName}>\r\n` : own
}

function valuesOf({ message: { head }, rows }: Job, keys: readonly TokenKey[], token: string): SlotValues {
  const { stream = FIRST_STREAM, mailing, clientId, acceptedAt } = head
  const whom = { address: rows[0]?.address ?? '', stream, mailing, clientId }
  return { token, unsubscribe: unsubscribeValue(keys, token, whom, acceptedAt) }
}

async function filled({ around }: Pick<CourierRoom, 'around'>, message: HeldMessage, stored: Body, values: SlotValues): Promise<Body> {
  const { head } = message
  message.slots ??= await around.spool.slots(stored, slotNonce(around.settings().tokenKeys, head.id, head.acceptedAt))
  const fill = { slots: message.slots, values }
  if (stored.kind === 'bytes') return { kind: 'bytes', bytes: fillSlots(stored.bytes, fill) }
  return { ...stored, size: filledSize(stored.size, fill), fill }
}

/** What the peer cannot take: it is not sent there changed, nor at all. */
export function unfitFor(head: MessageHead, { extensions }: Pick<OutboundPeer, 'extensions'>, utf8: boolean): Cause | null {
  const { smtpUtf8, chunking, binaryMime, requireTls, size } = extensions
  // rfc:8689#4.2.1
  if (head.tls === 'required' && !requireTls)
    return {
      code: 2999,
      reason: 'The server does not promise to keep the message under TLS (REQUIRETLS, rfc:8689).',
      reply: null,
      status: '5.7.30',
    }
  if (utf8 && !smtpUtf8)
    return { code: 2999, reason: 'The server does not take internationalized mail (SMTPUTF8, rfc:6531).', reply: null, status: '5.6.7' }
  if (head.binary && !(chunking && binaryMime))
    return { code: 2999, reason: 'The server does not take binary mail (BINARYMIME, rfc:3030).', reply: null, status: '5.6.1' }
  // How large a merged one is shows when it is made.
  if (size !== null && size > 0 && head.size > size && head.merge !== true)
    return { code: 2999, reason: `The server takes at most ${size} octets, the message has ${head.size}.`, reply: null, status: '5.3.4' }
  return null
}

/** What the owner can do about a message that cannot be made ready. */
export function mendOf(error: unknown): string {
  return error instanceof Fault && error.mend !== undefined ? error.mend : 'See the log of the worker.'
}
