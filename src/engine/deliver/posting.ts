// A message as it is posted by HTTP: its body, the type that its sender said, a name by which the receiver tells repeats apart, and the
// signature of its account, as Standard Webhooks have it.
import { Fault } from '../../base/fault.ts'
import { fillSlots } from '../../message/slots.ts'
import { postedBody } from '../../message/posted-body.ts'
import { signatureHeaders } from '../../policy/alerts/webhook.ts'
import { isPosted, urlOf } from '../../smtp/post-address.ts'
import { refusePost } from '../accept/posted.ts'
import type { Body, MessageHead } from '../ports/spool.ts'
import { domainOf, type Job } from '../schedule/in-hand.ts'
import type { Cause } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'
import { filledFor, type Outgoing } from './outgoing.ts'

/** Octets of a message, whose body is in memory while it is posted. */
export const LARGEST_POST = 10 * 1024 * 1024

const NOTHING = new Uint8Array(0)

type Room = Pick<CourierRoom, 'around' | 'merged'>

/** Why what was accepted must not be posted now; null: it may be, or it is mail. */
export function unfitPost({ around }: Pick<CourierRoom, 'around'>, job: Job): Cause | null {
  if (!isPosted(domainOf(job))) return null
  const { head } = job.message
  const account = around.settings().accounts.get(head.account)
  const failed = (reason: string, status: string): Cause => ({ code: 1999, reason, reply: null, status })
  if (account === undefined || refusePost(account, job.rows[0]?.address ?? '') !== null)
    return failed('The account may not post to that address any more.', '5.7.1')
  if (head.size > LARGEST_POST) return failed(`The message has ${head.size} octets, and at most ${LARGEST_POST} are posted.`, '5.3.4')
  return null
}

/** Of a job of one recipient. Throws a Fault where it cannot be signed as its account wants. */
export async function postingOf(room: Room, job: Job): Promise<Outgoing> {
  const { head } = job.message
  const [row] = job.rows
  if (row === undefined) throw new Error('a job has a recipient')
  const octets = head.merge === true ? (await room.merged.make(head, row)).octets : await storedOctets(room, job)
  const { type, octets: body } = postedBody(octets)
  const id = `${head.id}-${row.n}`
  const signed = signatureHeaders(body, { id, now: room.around.clock.now(), secret: secretOf(room, head) })
  const headers = { ...signed, 'idempotency-key': id, 'content-type': head.postType ?? type }
  const { pathname, search } = new URL(urlOf(row.address))
  return {
    sender: head.sender,
    prefix: NOTHING,
    body: { kind: 'bytes', bytes: NOTHING },
    post: { path: `${pathname}${search}`, headers, body },
  }
}

function secretOf({ around }: Pick<CourierRoom, 'around'>, { account }: MessageHead): Uint8Array | null {
  const { accounts, postSecrets } = around.settings()
  if (accounts.get(account)?.post?.isSigned !== true) return null
  const secret = postSecrets.get(account)
  if (secret !== undefined) return secret
  const mend = `'hms account post ${account} --secret new' makes another one, which the receivers must be told.`
  throw new Fault('key-mismatch', `The secret that account ${account} signs its posts with is not there.`, { blame: 'owner', mend })
}

async function storedOctets(room: Room, job: Job): Promise<Buffer> {
  const { around } = room
  const { body: inHand, head } = job.message
  const { id, size } = head
  const stored: Body = inHand === null ? await around.spool.body(id) : { kind: 'bytes', bytes: inHand }
  const body = head.slots === true ? await filledFor(room, job, stored) : stored
  if (body.kind === 'bytes') return Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length)
  const read = await around.spool.beginning(id, size)
  const octets = body.fill === undefined ? read : fillSlots(read, body.fill)
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length)
}
