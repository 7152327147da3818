// A client session: octets and trouble in, commands out through the wire. Knows no socket and no clock.
//
//   opening   `Opening` has the replies                       → idle | ended
//   idle      nothing is expected: whatever comes ends it     → busy (`send`) | quitting (`quit`) | ended
//   busy      a `Transaction` has the replies                 → idle | ended
//   quitting  QUIT was sent                                   → ended
//   ended     the wire is closed; `send` gives `lost`
import assert from 'node:assert/strict'
import type { TlsOutcome } from '../../contract/events.ts'
import { Opening, type OpeningEnd, type OpeningTarget, type Peer } from './opening.ts'
import { ReplyParser } from './reply-parser.ts'
import { Transaction, type ClientTransaction } from './transaction.ts'
import type { ClientWire, OpeningFailure, RecipientOutcome } from './wire.ts'

type State = 'opening' | 'idle' | 'busy' | 'quitting' | 'ended'

export class ClientSession {
  #state: State = 'opening'
  readonly #wire: ClientWire
  readonly #opening: Opening
  readonly #parser = new ReplyParser()
  readonly #onTransactionDone = (transaction: Transaction): void => this.#transactionDone(transaction)
  readonly #onIdleEnd: () => void
  #peer: Peer | null = null
  #transaction: Transaction | null = null
  #resolve: ((outcomes: readonly RecipientOutcome[]) => void) | null = null
  #needsReset = false

  /** `opened` is called once; `idleEnd` when the connection ends while nothing is asked of it. */
  constructor(target: OpeningTarget, wire: ClientWire, told: { opened: (end: OpeningEnd) => void; idleEnd: () => void }) {
    this.#wire = wire
    this.#onIdleEnd = told.idleEnd
    this.#opening = new Opening(target, wire, (end) => {
      if (end.ok) this.#peer = end.peer
      this.#state = end.ok ? 'idle' : 'ended'
      told.opened(end)
    })
  }

  /** Whether `send` can be called with hope. */
  get usable(): boolean {
    return this.#state === 'idle' || this.#state === 'busy'
  }

  /** The connection is there. */
  connected(): void {
    this.#opening.start()
  }

  /** The TLS handshake is over. `trouble`: why the certificate does not prove the host, where it does not; `daneTrouble`: the same for DANE. */
  secured(tls: TlsOutcome, trouble: string | null, daneTrouble: string | null): void {
    if (this.#state === 'opening') this.#opening.secured(tls, trouble, daneTrouble)
  }

  /** What the peer sent: the first `octets` of a chunk, which may be reused afterwards. */
  receive(chunk: Buffer, octets = chunk.length): void {
    if (this.#state === 'ended') return
    const parser = this.#parser
    parser.push(chunk, octets)
    for (let reply = parser.next(); reply !== null; reply = parser.next()) {
      this.#wire.heard(reply, parser.lines)
      if (this.#transaction !== null) this.#transaction.reply(reply)
      else if (this.#state === 'opening') this.#opening.reply(reply, parser.lines, parser.pending)
      else return this.#end(`the server spoke out of turn: ${reply.code} ${reply.text}`)
      if (!this.usable && this.#state !== 'opening') return
    }
    if (parser.broken !== null) this.failed('network', `the server sent ${parser.broken}`)
  }

  /** The connection ended, a timeout fired, or the peer makes no sense. */
  failed(kind: OpeningFailure['kind'], reason: string): void {
    if (this.#state === 'opening') this.#opening.fail(kind, reason)
    else this.#end(reason)
  }

  /** A BDAT chunk that is not the last was handed over. */
  chunkWritten(): void {
    this.#transaction?.chunkWritten()
  }

  /** All but the end of the message was handed over. */
  endHeld(): void {
    this.#transaction?.endHeld()
  }

  /** Runs one transaction. Throws only where the message cannot be said to this peer, before anything was written. */
  send(message: ClientTransaction): Promise<readonly RecipientOutcome[]> {
    assert(this.#state !== 'busy' && this.#state !== 'opening', 'one transaction at a time')
    if (this.#state !== 'idle' || this.#peer === null) {
      const lost: RecipientOutcome = { kind: 'lost', phase: 'idle', reason: 'the connection had ended before' }
      return Promise.resolve(message.recipients.map(() => lost))
    }
    const context = { wire: this.#wire, offered: this.#peer.extensions, reset: this.#needsReset, done: this.#onTransactionDone }
    this.#transaction = new Transaction(message, context)
    this.#state = 'busy'
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Says goodbye; the wire closes when the server did, or after its patience. */
  quit(): void {
    if (this.#state !== 'idle') return this.#end('it was closed here')
    this.#state = 'quitting'
    return this.#wire.write('QUIT\r\n')
  }

  #transactionDone(transaction: Transaction): void {
    this.#transaction = null
    this.#needsReset = transaction.needsReset
    if (transaction.usable) {
      this.#state = 'idle'
      this.#wire.arm('idle')
    } else {
      this.#state = 'ended'
      this.#wire.destroy()
    }
    const resolve = this.#resolve
    this.#resolve = null
    resolve?.(transaction.outcomes.filter((outcome) => outcome !== null))
  }

  #end(reason: string): void {
    const was = this.#state
    if (was === 'ended') return
    this.#state = 'ended'
    this.#transaction?.lost(reason)
    this.#wire.destroy()
    if (was === 'idle') this.#onIdleEnd()
  }
}
