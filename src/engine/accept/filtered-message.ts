// One message that the owner's filters see before it is stored. Its octets are kept as they came, small ones in memory, larger ones in a file
// that no row will name; then each filter is asked in turn about what the ones before it made of it; what is left of it goes the way of
// every message. The reply comes after the commit.
//
//   collecting  octets are kept                      → refused, judging
//   judging     filters are asked, one after another → over
//   refused     the reply is known; octets are dropped → over
//   over        block and file are given back, filters know how it ended
import { messageOf } from '../../base/fault.ts'
import { findHeaderEnd } from '../../message/header.ts'
import { DataDecoder } from '../../smtp/data-codec.ts'
import { isRefusal, type Reply } from '../../smtp/reply.ts'
import { chain, guarded } from '../../smtp/server/chain.ts'
import type { BodyFlaws, BodySink, Refusal } from '../../smtp/server/handler.ts'
import type { SessionFilter } from '../ports/filters.ts'
import type { BodyFile } from '../ports/spool.ts'
import type { Envelope } from './envelope.ts'
import { askAll } from './filter-answers.ts'
import { isToSee, judge } from './filter-verdict.ts'
import { HeldOctets, parted, type Parted } from './held-octets.ts'
import type { InboundHost, Taken } from './inbound.ts'
import { Intake, MOST_IN_MEMORY, storageReply } from './intake.ts'
import { CANNOT_STORE, HEADER_TOO_LARGE, QUEUED, TOO_LARGE } from './words.ts'

const EMPTY = Buffer.alloc(0)

/** The way of a message of a session that these filters look at; where none does, that of every other message. */
export function sinkFor(host: InboundHost, filters: readonly SessionFilter[], taken: Taken): BodySink {
  if (filters.length === 0) return new Intake(host, taken.envelope, taken.id)
  if (filters.some((filter) => isToSee(filter, taken.envelope.account.id))) return new FilteredMessage(host, filters, taken)
  return new WatchedMessage(filters, taken, new Intake(host, taken.envelope, taken.id))
}

/** How it ended, for filters; their words are the client's, where it was committed. */
function ended(filters: readonly SessionFilter[], { id, envelope }: Taken, answer: Reply): Refusal | Promise<Refusal> {
  if (answer === QUEUED) return askAll(filters, (filter) => filter.complete?.(id, envelope.client))
  dropped(filters)
  return null
}

function inWords(answer: Reply, words: Refusal): Reply {
  return words === null || isRefusal(words) ? answer : words
}

function dropped(filters: readonly SessionFilter[]): void {
  for (const filter of filters) filter.reset?.()
}

/** Nobody reads it; filters are told what became of it. */
class WatchedMessage implements BodySink {
  readonly #filters: readonly SessionFilter[]
  readonly #taken: Taken
  readonly #intake: Intake

  constructor(filters: readonly SessionFilter[], taken: Taken, intake: Intake) {
    this.#filters = filters
    this.#taken = taken
    this.#intake = intake
  }

  write(chunk: Buffer): void | Promise<void> {
    return this.#intake.write(chunk)
  }

  async end(flaws: BodyFlaws): Promise<Reply> {
    const answer = await this.#stored(flaws)
    return inWords(answer, await ended(this.#filters, this.#taken, answer))
  }

  async #stored(flaws: BodyFlaws): Promise<Reply> {
    try {
      return await this.#intake.end(flaws)
    } catch (error) {
      dropped(this.#filters)
      throw error
    }
  }

  abort(): void {
    this.#intake.abort()
    dropped(this.#filters)
  }
}

class FilteredMessage implements BodySink {
  readonly #host: InboundHost
  readonly #filters: readonly SessionFilter[]
  readonly #taken: Taken
  /** Null: whoever stores the message has it. */
  #block: Buffer | null
  #length = 0
  /** Read, once the text goes to a file. */
  #front: Omit<Parted, 'text'> | null = null
  #file: BodyFile | null = null
  #size = 0
  #refused: Reply | null = null
  #isOver = false

  constructor(host: InboundHost, filters: readonly SessionFilter[], taken: Taken) {
    this.#host = host
    this.#filters = filters
    this.#taken = taken
    this.#block = host.blocks.take()
  }

  write(chunk: Buffer): void | Promise<void> {
    if (this.#refused !== null || this.#block === null) return
    this.#block = this.#host.blocks.grown(this.#block, this.#length, chunk.length)
    chunk.copy(this.#block, this.#length)
    this.#length += chunk.length
    if (this.#isTooLarge) this.#refused = TOO_LARGE
    else if (this.#length > MOST_IN_MEMORY) return this.#flush()
  }

  get #isTooLarge(): boolean {
    return this.#taken.envelope.isStranger && this.#size + this.#length > this.#host.around.config['inbound.message_size']
  }

  async end(flaws: BodyFlaws): Promise<Reply> {
    try {
      if (this.#file !== null && this.#refused === null) await this.#flush()
      const answer = this.#refused ?? (await this.#judge(flaws))
      const words = ended(this.#filters, this.#taken, answer)
      return inWords(answer, words instanceof Promise ? await words : words)
    } finally {
      this.#giveBack()
    }
  }

  abort(): void {
    this.#refused ??= QUEUED
    this.#giveBack()
    dropped(this.#filters)
  }

  get #octets(): Buffer {
    return this.#block === null ? EMPTY : this.#block.subarray(0, this.#length)
  }

  async #flush(): Promise<void> {
    const octets = this.#octets
    const text = this.#front === null ? this.#splitHeader(octets) : octets
    if (text === null) return
    try {
      this.#file ??= this.#host.around.spool.bodyFile(this.#host.around.spool.reserve())
      await this.#file.write(text)
      this.#size += text.length
    } catch (error) {
      this.#log('A message could not be kept for the filters.', error)
      this.#refused = storageReply(error)
    }
    this.#length = 0
  }

  /** The text behind it; null: there is no header of a size that we take. */
  #splitHeader(octets: Buffer): Buffer | null {
    const end = findHeaderEnd(octets)
    if (end < 0 || end > this.#host.around.config['smtp.header_size']) {
      this.#refused = HEADER_TOO_LARGE
      return null
    }
    const { text, ...front } = parted(octets)
    // The block is written to again.
    this.#front = { ...front, header: Buffer.from(front.header) }
    return text
  }

  #judge(flaws: BodyFlaws): Reply | Promise<Reply> {
    const most = this.#host.around.config['smtp.header_size']
    const held = this.#front === null ? HeldOctets.inMemory(this.#octets) : HeldOctets.inFile(this.#front, this.#file, this.#size)
    if (held.header.length > most) return HEADER_TOO_LARGE
    return chain(judge(this.#host, this.#filters, this.#taken, held), (verdict) => {
      if ('reply' in verdict) return verdict.reply
      const { envelope } = verdict
      return held.isWhole && envelope === this.#taken.envelope ? this.#handOver(held, flaws) : this.#store(held, envelope, flaws)
    })
  }

  /** Nobody changed anything: it is stored out of the block that it came into. */
  #handOver({ read }: HeldOctets, flaws: BodyFlaws): Reply | Promise<Reply> {
    const block = this.#block ?? EMPTY
    this.#block = null
    const intake = new Intake(this.#host, this.#taken.envelope, this.#taken.id, { block, length: this.#length, header: read })
    return guarded<Reply>(
      () => intake.end(flaws),
      CANNOT_STORE,
      (error) => this.#leave(intake, error),
    )
  }

  async #store(held: HeldOctets, envelope: Envelope, flaws: BodyFlaws): Promise<Reply> {
    const intake = new Intake(this.#host, envelope, this.#taken.id)
    try {
      if (held.isChanged) return await intake.end(await feed(intake, held, envelope.request.body === 'BINARYMIME'))
      for await (const piece of held.octets()) await intake.write(piece)
      return await intake.end(flaws)
    } catch (error) {
      this.#leave(intake, error)
      return storageReply(error)
    }
  }

  #leave(intake: Intake, error: unknown): void {
    intake.abort()
    this.#log('A message could not be stored as the filters left it.', error)
  }

  #giveBack(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#block !== null) this.#host.blocks.giveBack(this.#block)
    this.#block = null
    const file = this.#file
    this.#file = null
    if (file !== null) void file.discard()
  }

  #log(what: string, error: unknown): void {
    this.#host.around.log.warn(what, { id: this.#taken.id, error: messageOf(error) })
  }
}

/** What a filter wrote goes through the same door as what comes by HTTP: line ends are CRLF afterwards. */
async function feed(intake: Intake, held: HeldOctets, isBinary: boolean): Promise<BodyFlaws> {
  const decoder = new DataDecoder(isBinary ? 'keep' : 'repair', false)
  const slices: Buffer[] = []
  const write = async (): Promise<void> => {
    for (const slice of slices.splice(0)) await intake.write(slice)
  }
  for await (const piece of held.octets()) {
    decoder.push(piece, 0, slices)
    await write()
  }
  decoder.finish(slices)
  await write()
  const { longestLine, eightBit, nul } = decoder
  return { longestLine, eightBit, nul, wireReady: false }
}
