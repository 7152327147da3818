// A line of the delivery journal. `+0.17 <message> <time> <account> <recipient> <caller's id>`: what happened, the event's shard and
// number, when and for whom, numbers in base 36, the last only where given. `=0.17`: everything of shard 0 up to 17 is above.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import { TextOctets } from '../../base/text-octets.ts'
import type { NumberedEvent } from '../../contract/events.ts'

export type JournalKind = 'accepted' | 'delivered' | 'failed' | 'deleted'

/** What happened to one recipient. A repeat has the same shard and number. */
export interface JournalRecord {
  /** `failed`: it failed or expired. */
  readonly kind: JournalKind
  readonly shard: number
  /** The event's number in its shard. All recipients of an accepted message share one. */
  readonly number: number
  readonly message: MessageId
  readonly at: EpochMs
  readonly account: AccountId
  readonly recipient: string
  /** The caller's id of the message, where given. */
  readonly clientId: string | null
}

const KINDS: Readonly<Record<string, JournalKind>> = { '+': 'accepted', d: 'delivered', f: 'failed', x: 'deleted' }
const SIGNS: Readonly<Partial<Record<NumberedEvent['kind'], string>>> = {
  accepted: '+',
  delivered: 'd',
  failed: 'f',
  expired: 'f',
  deleted: 'x',
}
/** Space, per cent and control characters. */
const SPECIAL = /[^!-$&-~\u0080-\uffff]/
const EVERY_SPECIAL = new RegExp(SPECIAL, 'g')

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replace(EVERY_SPECIAL, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function unescaped(text: string): string {
  return text.includes('%') ? text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text
}

/** The records of a batch of events of one shard, in the making. */
export class JournalBatch {
  readonly #text = new TextOctets()
  #isEnded = false
  #at = NaN
  #time = ''

  /** Events that begin or end nothing (deferred, held, released) leave no record. */
  add(event: NumberedEvent): void {
    const sign = SIGNS[event.kind]
    if (sign === undefined) return
    const { id, message, at, account, recipient } = event
    // Many events share a millisecond, and a number of this size is slow to write in base 36.
    if (at !== this.#at) {
      this.#at = at
      this.#time = at.toString(36)
    }
    const opening = `${sign}${id} ${message} ${this.#time} ${account.toString(36)} `
    const ending = endingOf(event.clientId)
    const own = event.kind === 'accepted' ? event.clientIds : undefined
    const endingAt = (n: number): string => (own === undefined ? ending : endingOf(own[n] ?? event.clientId))
    this.#text.add(opening + escaped(recipient) + endingAt(0))
    if (event.kind === 'accepted' && event.others !== undefined)
      for (const [n, other] of event.others.entries()) this.#text.add(opening + escaped(other) + endingAt(n + 1))
  }

  /** Once all were added: with the word that this is all up to `number`. */
  octets(shard: number, number: number): Buffer {
    if (!this.#isEnded) this.#text.add(`=${shard}.${number}\n`)
    this.#isEnded = true
    return this.#text.octets()
  }

  /** It is written. */
  letGo(): void {
    this.#text.letGo()
  }
}

function endingOf(clientId: string | null): string {
  return clientId === null || clientId === '' ? '\n' : ` ${escaped(clientId)}\n`
}

/** A line without its end. `reached`: all up to there was written. Null: this is no line of a journal. */
export function readLine(
  line: string,
): JournalRecord | { readonly kind: 'reached'; readonly shard: number; readonly number: number } | null {
  const [head = '', message, time, account, recipient, clientId, ...more] = line.split(' ')
  const place = /^(.)(\d+)\.(\d+)$/.exec(head)
  if (place === null) return null
  const [shard, number] = [Number(place[2]), Number(place[3])]
  if (place[1] === '=') return message === undefined ? { kind: 'reached', shard, number } : null
  const kind = KINDS[place[1] ?? '']
  if (
    kind === undefined ||
    message === undefined ||
    time === undefined ||
    account === undefined ||
    recipient === undefined ||
    more.length > 0
  )
    return null
  return {
    kind,
    shard,
    number,
    message: message as MessageId,
    at: Number.parseInt(time, 36),
    account: Number.parseInt(account, 36) as AccountId,
    recipient: unescaped(recipient),
    clientId: clientId === undefined ? null : unescaped(clientId),
  }
}
