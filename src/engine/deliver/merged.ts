// Messages that are made for each recipient when they are sent: what was compiled of a merge document is kept for the next of its
// recipients, within bounds, and made anew where settings changed meanwhile.
import type { EpochMs, MessageId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { Settings } from '../../contract/settings.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import { reencodeLongLines } from '../../message/long-lines.ts'
import { CompiledMerge, type OwnValues } from '../../message/merge/compiled.ts'
import { clientIdOf, readDocument } from '../../message/merge/document.ts'
import { tookTooManySteps } from '../../message/merge/liquid.ts'
import { MARKS } from '../../message/merge/tracked.ts'
import { unsubscribeValue } from '../../message/tracking/links.ts'
import { tokenOf } from '../../message/token.ts'
import { trackingPlan } from '../accept/tracking.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import { LargePosts } from './large-posts.ts'

/** Documents that are kept, and octets of them: in memory each is a few times as large. */
const MOST_KEPT = 256
const MOST_OCTETS = 16 * 1024 * 1024

/** Of large messages that were made and are being sent: their receivers may be slow. */
const MOST_MADE = 256 * 1024 * 1024

interface Kept {
  readonly compiled: CompiledMerge
  readonly settings: Settings
  readonly octets: number
  /** Octets of the largest that was made of it. */
  largest: number
}

/** A template that was too slow is left alone for so long, so that its ten thousand recipients hold nobody else's mail up. */
const REST = 60_000
const MOST_SLOW = 1000
/** So many recipients of a message may take too many steps one after the other; then each waits for a turn: a twentieth of the worker's time. */
const MOST_COSTLY = 20
const TURN = 1000

/** It has cost so much that it waits for its turn, which is no attempt. */
export class Rests extends Error {
  readonly until: EpochMs

  constructor(until: EpochMs) {
    super('The template of the message takes very many steps; its recipients have their turns one after the other.')
    this.until = until
  }
}

/** What a message has cost: how often it failed, and when the next of its recipients has a turn. */
interface Costly {
  failures: number
  restsUntil: EpochMs
  lastTurn: EpochMs
}

type Around = Pick<Surroundings, 'spool' | 'settings' | 'clock'>

const TOO_SLOW = new Fault('template-failed', 'The template of the message took too long for another recipient a moment ago.', {
  blame: 'caller',
  temporary: true,
})

export class MergedMail {
  readonly #around: Around
  /** The longest unused first. */
  readonly #kept = new Map<MessageId, Kept | Promise<Kept>>()
  readonly #room: LargePosts
  #octets = 0
  /** Until when messages are left alone. */
  readonly #slow = new Map<MessageId, EpochMs>()
  readonly #costly = new Map<MessageId, Costly>()

  constructor(around: Around, most = MOST_MADE) {
    this.#around = around
    this.#room = new LargePosts(most)
  }

  /** Before one is made: resolves when there is room for it in memory, which is given back by disposing. */
  room({ id, account, size }: MessageHead): Promise<Disposable | null> {
    const known = this.#kept.get(id)
    return this.#room.take(account, known === undefined || known instanceof Promise ? size : Math.max(size, known.largest))
  }

  /**
   * The message of a recipient, and his token: null where there is no key for one and nothing needs it. Throws a Fault `template-failed`
   * where it cannot be made of his data; `Rests`.
   */
  async make(head: MessageHead, row: QueuedRecipient): Promise<{ readonly octets: Buffer; readonly token: string | null }> {
    const kept = await this.#compiledOf(head)
    const { tokenKeys, accounts } = this.#around.settings()
    const { address, merge = '\n\n', n } = row
    const { account, id: message, acceptedAt } = head
    const isTraced = tokenKeys.length > 0 || (accounts.get(account)?.returnPathDomain ?? null) !== null
    const token = isTraced ? tokenOf(tokenKeys, { account, message, n, acceptedAt }) : null
    const values = token === null ? undefined : this.#valuesOf(head, row, token)
    if ((this.#slow.get(message) ?? 0) > this.#around.clock.now()) throw TOO_SLOW
    this.#waitForTurn(message)
    try {
      const octets = kept.compiled.render({ address, merge }, token ?? `${message}.${n}`, values)
      kept.largest = Math.max(kept.largest, octets.length)
      return { octets: reencodeLongLines(octets), token }
    } catch (error) {
      if (error instanceof Fault && error.temporary) this.#rests(message)
      else if (tookTooManySteps(error)) this.#cost(message)
      throw error
    }
  }

  #waitForTurn(message: MessageId): void {
    const costly = this.#costly.get(message)
    const now = this.#around.clock.now()
    if (costly === undefined || costly.restsUntil <= now) return
    costly.lastTurn = Math.max(costly.lastTurn, now) + TURN
    throw new Rests(costly.lastTurn)
  }

  #cost(message: MessageId): void {
    const now = this.#around.clock.now()
    const { failures, lastTurn } = this.#costly.get(message) ?? { failures: 0, lastTurn: now }
    if (this.#costly.size >= MOST_SLOW) this.#costly.clear()
    this.#costly.set(message, { failures: failures + 1, lastTurn, restsUntil: failures + 1 < MOST_COSTLY ? now : now + TURN / 2 })
  }

  #rests(message: MessageId): void {
    if (this.#slow.size >= MOST_SLOW) this.#slow.clear()
    this.#slow.set(message, this.#around.clock.now() + REST)
  }

  /** The same for whoever wants to see it; empty where it cannot be made. */
  async sample(head: MessageHead, row: QueuedRecipient | undefined): Promise<Buffer> {
    if (row === undefined) return Buffer.alloc(0)
    try {
      return (await this.make(head, row)).octets
    } catch {
      return Buffer.alloc(0)
    }
  }

  #valuesOf(head: MessageHead, { address, merge = '' }: QueuedRecipient, token: string): OwnValues {
    const { stream = FIRST_STREAM, mailing, acceptedAt } = head
    const whom = { address, stream, mailing, clientId: clientIdOf(merge) ?? head.clientId }
    return { token, unsubscribe: unsubscribeValue(this.#around.settings().tokenKeys, token, whom, acceptedAt) }
  }

  #compiledOf(head: MessageHead): Kept | Promise<Kept> {
    const known = this.#kept.get(head.id)
    if (known instanceof Promise) return known
    if (known !== undefined) this.#forget(head.id, known)
    if (known?.settings === this.#around.settings()) {
      this.#keep(head.id, known)
      return known
    }
    const making = this.#compile(head)
    this.#kept.set(head.id, making)
    return making
  }

  async #compile(head: MessageHead): Promise<Kept> {
    try {
      const settings = this.#around.settings()
      const octets = await this.#around.spool.beginning(head.id, head.size)
      const document = readDocument(octets)
      const account = settings.accounts.get(head.account)
      const { id, stream = FIRST_STREAM } = head
      const at: EpochMs = head.acceptedAt
      const tracked = account === undefined ? null : { id, at, account, stream, wishes: document.tracking }
      const plan = tracked === null ? null : trackingPlan(settings, tracked, MARKS)
      const kept = { compiled: new CompiledMerge(document, plan), settings, octets: octets.length, largest: 0 }
      this.#keep(id, kept)
      return kept
    } catch (error) {
      this.#kept.delete(head.id)
      throw error
    }
  }

  #keep(id: MessageId, kept: Kept): void {
    this.#kept.set(id, kept)
    this.#octets += kept.octets
    for (const [oldest, one] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#octets <= MOST_OCTETS) return
      if (oldest !== id && !(one instanceof Promise)) this.#forget(oldest, one)
    }
  }

  #forget(id: MessageId, { octets }: Kept): void {
    this.#kept.delete(id)
    this.#octets -= octets
  }
}

/** Its data make no message of the template, now and later. */
export function isUnmergeable(error: unknown): boolean {
  return isOfTemplate(error) && !error.temporary
}

export function isOfTemplate(error: unknown): error is Fault {
  return error instanceof Fault && error.code === 'template-failed'
}
