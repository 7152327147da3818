// One message being received: small ones are collected in memory and stored with their header edited in one copy, larger ones
// have their header edited as soon as it is whole and stream to a file, a block at a time, so that memory stays bounded. The
// reply comes after the commit that holds the message; whatever is refused leaves nothing behind.
//
//   collecting  octets are in `#block`                 → streaming (too large), refused, done
//   streaming   the file holds all but `#block`        → refused, done
//   refused     the reply is known; octets are dropped → done
//   done        block and file are given back
import { Fault, messageOf } from '../../base/fault.ts'
import { orderOf } from '../../contract/priority.ts'
import { findHeaderEnd, hasBareNewline, type Header } from '../../message/header.ts'
import { LONGEST_LINE, reencodeLongLines } from '../../message/long-lines.ts'
import { type HeaderFacts, prepareFront, prepareHeader, prepareMessage, type Reception } from '../../message/prepare.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import { type RewritePlan, rewriteMessage, type Rewritten } from '../../message/tracking/rewrite.ts'
import { type Sending, sendingOf } from './sending.ts'
import { feedbackIdOf, streamFor } from './streams.ts'
import { isPostedTo, postTypeOf } from './posted.ts'
import { setApart } from './suppressed.ts'
import { trackingPlan } from './tracking.ts'
import { writeDocument } from '../../message/merge/document.ts'
import { subjectOfText } from '../../message/subject.ts'
import { allowedIn, foundBy, needsUtf8, tlsOf } from './head-facts.ts'
import { poolNumber } from '../../policy/sources/choice.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { BodyFlaws, BodySink } from '../../smtp/server/handler.ts'
import type { BodyFile, MessageHead, NewMessage, NewRecipient } from '../ports/spool.ts'
import type { Envelope, IntakeHost, KeptMessage, Merging } from './envelope.ts'
import { store } from './held.ts'
import { CANNOT_STORE, HEADER_TOO_LARGE, QUEUED, TOO_LARGE } from './words.ts'

/** Bodies up to this size are in the shard. */
export const MOST_IN_MEMORY = 256 * 1024

const NO_ROOM = reply(452, '4.3.1', 'Insufficient system storage. Try again later.')
const BARE_NEWLINE = reply(554, '5.6.0', 'The header has a CR or LF on its own.')
/** What leaves is made of ASCII, line by line, when it leaves. */
const MADE_LATER: BodyFlaws = { longestLine: 0, eightBit: false, nul: false, wireReady: false }
const LOOP = reply(554, '5.4.6', 'Too many hops: the message is going round in a loop.')

/** The reply to a message that could not be stored. */
export function storageReply(error: unknown): Reply {
  return error instanceof Fault && error.code === 'spool-full' ? NO_ROOM : CANNOT_STORE
}

export class Intake implements BodySink {
  readonly #host: IntakeHost
  readonly #envelope: Envelope
  readonly #reception: Reception
  #block: Buffer
  #length: number
  /** Where it was read before. */
  readonly #header: Header | undefined
  #searched = 0
  #refused: Reply | null = null
  #file: BodyFile | null = null
  #facts: HeaderFacts | null = null
  #sending: Sending | null = null
  #stream = FIRST_STREAM
  /** It leaves with a return path of each recipient. */
  readonly #isPerRecipient: boolean
  #tracking: RewritePlan | null = null
  #rewritten: Rewritten | null = null
  #rows: Merging['rows'] | null = null
  #written = 0
  #isDone = false

  /** `kept`: all of it, which nothing is written to any more. */
  constructor(host: IntakeHost, envelope: Envelope, id: MessageHead['id'], kept?: KeptMessage) {
    this.#host = host
    this.#envelope = envelope
    this.#block = kept?.block ?? host.blocks.take()
    this.#length = kept?.length ?? 0
    this.#header = kept?.header
    const { account, client, recipients, request, isStranger } = envelope
    this.#isPerRecipient = account.returnPathDomain !== null && request.sender !== null && !isStranger
    this.#reception = {
      id,
      at: host.around.clock.now(),
      host: host.around.hostName,
      protocol: client.protocol,
      client,
      tls: client.tls,
      recipient: recipients.length === 1 ? (recipients[0]?.address ?? null) : null,
      isPerRecipient: this.#isPerRecipient,
      ...(account.feedbackId !== null && {
        feedbackId: (facts: HeaderFacts) => feedbackIdOf(host.around.settings(), account, client.user, facts),
      }),
      ...(isStranger && { asItCame: true as const }),
    }
  }

  write(chunk: Buffer): void | Promise<void> {
    if (this.#refused !== null) return
    this.#collect(chunk)
    if (this.#isTooLarge) return this.#refuse(TOO_LARGE)
    if (this.#length <= MOST_IN_MEMORY) return
    return this.#file === null ? this.#beginFile() : this.#flush()
  }

  end(flaws: BodyFlaws): Reply | Promise<Reply> {
    if (this.#refused !== null) return this.#finish(this.#refused)
    if (this.#file !== null) return this.#storeFile(this.#file, flaws)
    try {
      return this.#storeMemory(flaws)
    } finally {
      this.#finish(QUEUED)
    }
  }

  /** A message that is made for each recipient when it leaves: what is stored is its template, and what is his in his row. */
  async merge({ octets, document, rows }: Merging): Promise<Reply> {
    const { facts: ofOne, front } = prepareFront(octets, this.#reception)
    // What is told of all of them is nobody's own: the subject as it is before it is filled in.
    const facts = { ...ofOne, subject: subjectOfText(document.subject ?? '') }
    this.#finish(QUEUED)
    const refusal = this.#judge(facts, octets)
    if (refusal !== null) return refusal
    this.#rows = rows
    const body = writeDocument({ ...document, front })
    if (body.length <= MOST_IN_MEMORY) return this.#append(this.#message(facts, MADE_LATER, body))
    this.#file = this.#host.around.spool.bodyFile(this.#reception.id)
    await this.#writeAll([body])
    return (await this.#isSynced(this.#file)) ? this.#appendFile(facts, MADE_LATER) : (this.#refused ?? CANNOT_STORE)
  }

  abort(): void {
    this.#refuse(CANNOT_STORE)
    this.#finish(CANNOT_STORE)
  }

  #collect(chunk: Buffer): void {
    this.#block = this.#host.blocks.grown(this.#block, this.#length, chunk.length)
    chunk.copy(this.#block, this.#length)
    this.#length += chunk.length
  }

  #octets(): Buffer {
    return this.#block.subarray(0, this.#length)
  }

  #refuse(reason: Reply): void {
    this.#refused = reason
    const file = this.#file
    this.#file = null
    if (file !== null) void file.discard()
  }

  #finish<R extends Reply>(answer: R): R {
    if (!this.#isDone) this.#host.blocks.giveBack(this.#block)
    this.#isDone = true
    return answer
  }

  get id(): MessageHead['id'] {
    return this.#reception.id
  }

  get #isTooLarge(): boolean {
    return this.#envelope.isStranger && this.#written + this.#length > this.#host.around.config['inbound.message_size']
  }

  /** What is refused by the header alone: its size is known before the rest is read. */
  #judge(facts: HeaderFacts, octets: Buffer): Reply | null {
    // The session looks for them everywhere but here, as lines mean nothing in a binary body. In the header they do: a From behind a
    // bare LF is one more field to some reader, and part of a field to us.
    if (this.#envelope.request.body === 'BINARYMIME' && hasBareNewline(octets)) return BARE_NEWLINE
    if (facts.received > this.#host.around.config['smtp.hops']) return LOOP
    if (this.#envelope.isStranger) {
      const { at } = this.#reception
      this.#sending = {
        priority: 'normal',
        due: at,
        spread: 0,
        expiresAt: at + this.#host.around.config['inbound.keep'],
        isScheduled: false,
      }
      return null
    }
    return this.#host.refuse(this.#envelope, facts) ?? this.#plan(facts)
  }

  /** When it is to leave, and in which stream; a reply where nobody can tell. */
  #plan(facts: HeaderFacts): Reply | null {
    const wishes = facts.wishes ?? null
    const { account: own, client, recipients, request } = this.#envelope
    const { config, random, settings } = this.#host.around
    const stream = streamFor(settings(), own, client.user, wishes?.stream)
    if (typeof stream !== 'string') return stream
    this.#stream = stream
    const isMail = request.body !== 'BINARYMIME' && !this.#envelope.isStranger && !recipients.every(isPostedTo)
    if (isMail && request.sender !== null)
      this.#tracking = trackingPlan(settings(), { ...this.#reception, account: own, stream, wishes: this.#envelope.asked?.tracking })
    const longestHold = config['smtp.hold_longest']
    const expiry = this.#host.expiryFor(own.id, recipients)
    const now = this.#reception.at
    const account = allowedIn(own, now)
    const sending = sendingOf({ wishes, hold: request.hold, account, recipients: recipients.length, now, expiry, longestHold, random })
    if ('code' in sending) return sending
    this.#sending = sending
    return null
  }

  #beginFile(): void | Promise<void> {
    const octets = this.#octets()
    const most = this.#host.around.config['smtp.header_size']
    const end = findHeaderEnd(octets, this.#searched)
    this.#searched = this.#length
    if (end > most || (end < 0 && this.#length > most)) return this.#refuse(HEADER_TOO_LARGE)
    if (end < 0) return
    const { facts, header, body } = prepareHeader(octets, this.#reception)
    const refusal = this.#judge(facts, octets)
    if (refusal !== null) return this.#refuse(refusal)
    this.#facts = facts
    this.#file = this.#host.around.spool.bodyFile(this.#reception.id)
    return this.#writeAll([header, octets.subarray(body)])
  }

  #flush(): Promise<void> {
    return this.#writeAll([this.#octets()])
  }

  /** The session reads no more until it is written: the block is not touched meanwhile, and then free again. */
  async #writeAll(pieces: readonly Buffer[]): Promise<void> {
    try {
      for (const piece of pieces) {
        await this.#file?.write(piece)
        this.#written += piece.length
      }
    } catch (error) {
      this.#log('A message under reception could not be written.', error)
      this.#refuse(storageReply(error))
    }
    this.#length = 0
  }

  #storeMemory(flaws: BodyFlaws): Reply | Promise<Reply> {
    const octets = this.#octets()
    const most = this.#host.around.config['smtp.header_size']
    if (octets.length > most) {
      const end = findHeaderEnd(octets)
      if (end < 0 || end > most) return this.#finish(HEADER_TOO_LARGE)
    }
    const { facts, message } = prepareMessage(octets, this.#reception, this.#header)
    const refusal = this.#judge(facts, octets)
    if (refusal !== null) return refusal
    const tracked = this.#tracked(message)
    const legal = this.#isTooLong(flaws) ? reencodeLongLines(tracked) : tracked
    return this.#append(this.#message(facts, flaws, legal))
  }

  async #storeFile(first: BodyFile, flaws: BodyFlaws): Promise<Reply> {
    await this.#flush()
    if (this.#refused !== null || this.#facts === null) return this.#finish(this.#refused ?? CANNOT_STORE)
    const isChanged = this.#isTooLong(flaws) || this.#tracking !== null
    const file = isChanged ? this.#host.alone(() => this.#remake(first, flaws)) : first
    if (!(await this.#isSynced(file))) return this.#finish(this.#refused ?? CANNOT_STORE)
    return this.#finish(await this.#appendFile(this.#facts, flaws))
  }

  /** Where it is not, the message is refused. */
  async #isSynced(file: BodyFile | null | Promise<BodyFile>): Promise<boolean> {
    try {
      await (await file)?.finish()
    } catch (error) {
      this.#log('A message under reception could not be synced.', error)
      this.#refuse(storageReply(error))
    }
    return this.#refused === null
  }

  async #appendFile(facts: HeaderFacts, flaws: BodyFlaws): Promise<Reply> {
    const answer = await this.#append(this.#message(facts, flaws, null))
    if (answer !== QUEUED) this.#refuse(answer)
    return answer
  }

  /** The whole message in memory, once: rare enough that one at a time is fast enough. */
  async #remake(first: BodyFile, flaws: BodyFlaws): Promise<BodyFile> {
    const octets = await first.contents()
    const message = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
    const tracked = this.#tracked(message)
    if (tracked === message && !this.#isTooLong(flaws)) return first
    await first.discard()
    const file = this.#host.around.spool.bodyFile(this.#reception.id)
    this.#file = file
    const legal = this.#isTooLong(flaws) ? reencodeLongLines(tracked) : tracked
    await file.write(legal)
    this.#written = legal.length
    return file
  }

  /** What comes for a domain of our own stays as it came. */
  #isTooLong({ longestLine }: BodyFlaws): boolean {
    return longestLine > LONGEST_LINE && !this.#envelope.isStranger
  }

  /** With what its account wants for unsubscribing, opens and clicks. Mail is never lost for that. */
  #tracked(message: Buffer): Buffer {
    if (this.#tracking === null) return message
    try {
      this.#rewritten = rewriteMessage(message, this.#tracking)
      this.#host.rewritten(this.#rewritten, this.#envelope)
      return this.#rewritten.message
    } catch (error) {
      this.#log('A message could not be made ready for tracking, and goes as it came.', error)
      return message
    }
  }

  async #append(ready: NewMessage): Promise<Reply> {
    const { allowance, account, held } = this.#envelope
    const made = held === undefined ? ready : { ...ready, held }
    const apart = setApart(this.#host.around, account, made)
    const message = apart === null ? made : await apart
    if ('code' in message) return message
    const taken = allowance === null ? null : await this.#host.quotas.take(allowance, message.recipients.length)
    if (taken !== null && 'code' in taken) return taken
    try {
      await store(this.#host.around.spool, message)
    } catch (error) {
      taken?.giveBack()
      this.#log('A message could not be committed.', error)
      return storageReply(error)
    }
    if (message.recipients.length === 0) void this.#file?.discard()
    this.#host.accepted(message, this.#envelope)
    return QUEUED
  }

  #message(facts: HeaderFacts, flaws: BodyFlaws, body: Buffer | null): NewMessage {
    const { account, client, request, asked } = this.#envelope
    const recipients = this.#withRows()
    const { id, at } = this.#reception
    const { clientId, mailing, authorDomain } = facts
    const sender = request.sender?.address ?? ''
    const size = body === null ? this.#written : body.length
    if (this.#sending === null) throw new Error('what is stored was judged')
    const { priority, due, spread, expiresAt, isScheduled, window } = this.#sending
    const head: MessageHead = {
      id,
      account: account.id,
      sender,
      acceptedAt: at,
      expiresAt,
      size,
      clientId,
      mailing,
      envelopeId: request.envelopeId,
      returnContent: request.returnContent,
      authorDomain,
      utf8: request.utf8 && needsUtf8(facts, sender, this.#rows === null ? recipients : []),
      eightBit: flaws.eightBit || facts.eightBit,
      binary: request.body === 'BINARYMIME',
      wireReady: flaws.wireReady && flaws.longestLine <= LONGEST_LINE && this.#rewritten === null,
      ...tlsOf(request, facts),
      ...postTypeOf(facts, recipients),
      ...(facts.pool !== undefined && { pool: poolNumber(facts.pool) }),
      ...(priority !== 'normal' && { priority }),
      ...(isScheduled && { scheduled: true as const }),
      ...(window !== undefined && { window }),
      ...(asked?.labels && { labels: asked.labels }),
      ...(this.#stream !== FIRST_STREAM && { stream: this.#stream }),
      ...(this.#isPerRecipient && { perRecipient: true as const, ...(facts.lacksMessageId && { lateId: true as const }) }),
      ...(this.#rows !== null && { perRecipient: true as const, lateId: true as const, merge: true as const }),
      ...(this.#rewritten?.hasMarks === true && { perRecipient: true as const, slots: true as const }),
      crashes: 0,
    }
    const origin = { ...foundBy(this.#host.around.config, facts), protocol: client.protocol, client: client.address, user: client.user }
    const event = {
      kind: 'accepted',
      at,
      account: account.id,
      message: id,
      clientId,
      mailing,
      ...(head.stream !== undefined && { stream: head.stream }),
      ...asked?.labels,
      sender,
      size,
      recipients: recipients.length,
      recipient: recipients[0]?.address ?? '',
      ...(head.perRecipient && { perRecipient: true as const }),
      ...origin,
    } as const
    return { head, body, recipients, priority: orderOf(head), due, ...(spread > 0 && { spread }), event }
  }

  #withRows(): readonly NewRecipient[] {
    const { recipients } = this.#envelope
    const rows = this.#rows
    if (rows === null) return recipients
    return recipients.map((recipient) => Object.assign({ merge: rows.get(recipient.address) ?? '' }, recipient))
  }

  #log(what: string, error: unknown): void {
    this.#host.around.log.warn(what, { id: this.#reception.id, error: messageOf(error) })
  }
}
