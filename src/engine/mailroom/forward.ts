// People's mail to an own domain, sent on to the owner's mailbox: as it came, so that signatures hold, under our own envelope. From `<>`,
// so that no bounce of it comes back; marked, so that what comes round is known; so many an hour, so that a flood stays here.
import type { Domain, MessageId, ShardId } from '../../base/brand.ts'
import { orderOf } from '../../contract/priority.ts'
import type { OwnDomain } from '../../contract/settings.ts'
import { type Header, readHeader } from '../../message/header.ts'
import { messageNames } from '../../message/prepare.ts'
import { surroundingKey } from '../../policy/networks.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import type { MailReader, Proof } from '../ports/feedback.ts'
import type { Body, MessageHead, NewMessage } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import { foundBy } from '../accept/head-facts.ts'
import { NO_NOTICE } from '../accept/own-recipients.ts'
import { proofText } from './consequences.ts'

const MARK = 'X-HMS-Forwarded'
const HOUR = 3_600_000
const MOST_AN_HOUR = 200
/** From one network, so that no stranger uses up the turns of all others. */
const MOST_OF_NETWORK = 40
const MOST_AUTOMATIC = 1
const MOST_KEYS = 10_000
/** Read at once; the rest of a larger message streams. */
const HEADER_AT_MOST = 1024 * 1024

export interface Forwardable {
  readonly head: MessageHead
  readonly body: Body
  /** The first octets, with all of the header. */
  readonly beginning: Buffer
  readonly proof: Proof
  /** Whose connection brought it; null: that is not known. */
  readonly client: string | null
}

export class Forwarder {
  readonly #around: Surroundings
  readonly #reader: MailReader
  readonly #counts = new SlidingCounts(HOUR, MOST_KEYS)

  constructor(around: Surroundings, reader: MailReader) {
    this.#around = around
    this.#reader = reader
  }

  /** Whether more may go on within the hour. */
  hasTurns({ domain, forwardTo }: OwnDomain): boolean {
    return forwardTo !== null && this.#counts.count(domain, this.#around.clock.now()) < MOST_AN_HOUR
  }

  /** Why it stays here instead, as a sentence; null: it may go. */
  refuse(own: OwnDomain, { head, beginning, client }: Pick<Forwardable, 'head' | 'beginning' | 'client'>): string | null {
    if (own.forwardTo === null) return `It is for people, and no mailbox is set: hms inbound add ${own.domain} --forward ADDRESS.`
    const header = readHeader(beginning.subarray(0, HEADER_AT_MOST))
    if (header.fields.some(({ name }) => name === MARK.toLowerCase())) return 'It was sent on from here before: it would go round.'
    const now = this.#around.clock.now()
    const [all, automatic] = [own.domain, `${own.domain} ${head.sender.toLowerCase()}`]
    const network = client === null ? null : `${own.domain} [${surroundingKey(client)}]`
    if (this.#counts.count(all, now) >= MOST_AN_HOUR) return `More than ${MOST_AN_HOUR} messages an hour are not sent on.`
    if (network !== null && this.#counts.count(network, now) >= MOST_OF_NETWORK)
      return `More than ${MOST_OF_NETWORK} messages an hour from one network are not sent on.`
    const isOfMachine = isAutomatic(head, header)
    if (isOfMachine && this.#counts.count(automatic, now) >= MOST_AUTOMATIC)
      return 'A machine wrote it, and one of its messages was sent on within the hour.'
    for (const key of [all, network, isOfMachine ? automatic : null]) if (key !== null) this.#counts.add(key, now)
    return null
  }

  /** To be committed with the end of what came. */
  async make(
    own: OwnDomain,
    { head, body, proof, beginning }: Omit<Forwardable, 'client'>,
    { shard, to: forwardTo }: { readonly shard: ShardId; readonly to: string },
  ): Promise<NewMessage> {
    const { spool, clock, hostName, config } = this.#around
    const id = spool.reserve(shard)
    const now = clock.now()
    const domain = forwardTo.slice(forwardTo.lastIndexOf('@') + 1) as Domain
    const added = Buffer.from(
      `Authentication-Results: ${hostName};\r\n\t${proofText(proof).replaceAll('; ', ';\r\n\t')}\r\n${MARK}: ${own.domain}\r\n`,
    )
    const size = added.length + (body.kind === 'bytes' ? body.bytes.length : body.size)
    const octets = await this.#store(id, added, body)
    const told = { account: head.account, clientId: null, mailing: null, sender: '', size }
    const made: MessageHead = {
      ...told,
      id,
      acceptedAt: now,
      // Rules say for how long it is tried; from then on it is held.
      expiresAt: now + config['inbound.keep'],
      envelopeId: null,
      returnContent: null,
      authorDomain: null,
      utf8: head.utf8,
      eightBit: head.eightBit,
      binary: head.binary,
      wireReady: head.wireReady,
      ...(head.tls && { tls: head.tls }),
      ours: true,
      forwarded: true,
      crashes: 0,
    }
    const origin = { protocol: 'local', client: null, user: null }
    return {
      head: made,
      body: octets,
      recipients: [{ address: forwardTo, domain, notify: NO_NOTICE, originalRecipient: null }],
      priority: orderOf(made),
      due: now,
      event: {
        kind: 'accepted',
        at: now,
        ...told,
        message: id,
        recipients: 1,
        recipient: forwardTo,
        ...foundBy(config, messageNames(beginning)),
        ...origin,
      },
    }
  }

  /** Null: it is in a file. */
  async #store(id: MessageId, added: Buffer, body: Body): Promise<Uint8Array | null> {
    if (body.kind === 'bytes') return Buffer.concat([added, body.bytes])
    const file = this.#around.spool.bodyFile(id)
    try {
      await file.write(added)
      for await (const chunk of this.#reader.contents(body.path)) await file.write(chunk)
      await file.finish()
      return null
    } catch (error) {
      await file.discard()
      throw error
    }
  }
}

/** rfc:3834#2: nobody waits for an answer to it. */
function isAutomatic({ sender }: MessageHead, header: Header): boolean {
  if (sender === '') return true
  return header.fields.some(({ name, value, end }) => {
    const text = (): string => header.text.slice(value, end).trim().toLowerCase()
    return (name === 'auto-submitted' && text() !== 'no') || (name === 'precedence' && /^(?:bulk|junk|list|auto_reply)\b/.test(text()))
  })
}
