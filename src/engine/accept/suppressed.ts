// Recipients that are on a suppression list, at acceptance: all of a message in one question. They are accepted with the others and fail in
// the same commit, without ever being in the queue; where the account wants it, they are refused instead.
import type { Account } from '../../contract/settings.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { NewMessage, QueuedRecipient } from '../ports/spool.ts'
import { suppress, suppressionWords } from '../settle/decisions.ts'
import type { Surroundings } from '../surroundings.ts'

/** Nobody who must not be mailed is, because a list could not be read: the client comes again. */
const CANNOT_READ = reply(451, '4.3.0', 'The suppression list cannot be read at the moment. Try again later.')

type Around = Pick<Surroundings, 'suppressions' | 'settings' | 'log'>

/** The list to be asked for mail of the account; null: none, as nearly always. */
function listOf({ suppressions }: Around, { suppression }: Account): string | null {
  const check = suppression?.check ?? null
  return check !== null && suppressions?.has(check) === true ? check : null
}

/** The message without them, or the reply that refuses it; null: there is nothing to ask. */
export function setApart(around: Around, account: Account, message: NewMessage): Promise<NewMessage | Reply> | null {
  const list = listOf(around, account)
  return list === null ? null : setApartBy(around, list, account, message)
}

async function setApartBy(around: Around, list: string, account: Account, message: NewMessage): Promise<NewMessage | Reply> {
  const { head, recipients, due, priority } = message
  const found = await ask(around, list, head.stream ?? FIRST_STREAM, recipients)
  if (found === null) return CANNOT_READ
  const { ownDomains } = around.settings()
  const suppressed = recipients.flatMap((recipient, n) => {
    const by = found[n] ?? null
    // What is for a domain of ours is read here, whoever is on the list.
    if (by === null || ownDomains.has(recipient.domain)) return []
    const row: QueuedRecipient = { ...recipient, n, state: 'waiting', priority, due, attempts: 0, lastReply: null }
    return [{ address: recipient.address, by, event: suppress(head, row, head.acceptedAt, by).event }]
  })
  const [first] = suppressed
  if (first === undefined) return message
  if (suppressed.length === recipients.length && account.suppression?.reject === true) return refusal(first.by)
  const apart = new Set(suppressed.map(({ address }) => address))
  return { ...message, recipients: recipients.filter(({ address }) => !apart.has(address)), suppressed }
}

/** What refuses a recipient where the account wants that; its stream is not known yet. Null: it may go on. */
export function refuseSuppressed(around: Around, account: Account, address: string): Promise<Reply | null> | null {
  const list = account.suppression?.reject === true ? listOf(around, account) : null
  return list === null ? null : refuseBy(around, list, address)
}

async function refuseBy(around: Around, list: string, address: string): Promise<Reply | null> {
  const found = await ask(around, list, null, [{ address }])
  if (found === null) return CANNOT_READ
  const [by = null] = found
  return by === null ? null : refusal(by)
}

type Found = Awaited<ReturnType<NonNullable<Around['suppressions']>['find']>>

async function ask(around: Around, list: string, stream: string | null, recipients: readonly { address: string }[]): Promise<Found | null> {
  try {
    return (
      (await around.suppressions?.find(
        list,
        stream,
        recipients.map(({ address }) => address),
      )) ?? []
    )
  } catch (error) {
    around.log.error('A suppression list could not be asked; mail of the account is put off.', { list, error: String(error) })
    return null
  }
}

/** rfc:3463#3.2: as a mailbox that is not there; the words tell it from one. */
function refusal(by: NonNullable<Found[number]>): Reply {
  return reply(550, '5.1.1', suppressionWords(by))
}
