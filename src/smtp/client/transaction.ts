// One transaction on an open session: MAIL, RCPT, DATA (or BDAT), the message, its end, and what became of each recipient.
//
//   reset   RSET was sent, for what the transaction before left behind  → mail
//   mail    MAIL was sent                                               → rcpt
//   rcpt    the reply to the recipient at `#cursor` is awaited          → rcpt | data | body (BDAT) | done
//   data    DATA was sent                                               → body (354) | empty (354, no recipient) | done
//   body    the message goes out, its end is held: the peer cannot      → final | done
//           have taken it
//   final   the end was handed to the socket: from here on the peer     → done
//           may have the message, whatever happens
//   empty   no recipient was taken, but DATA was: a lone dot went out   → done
//   done    every recipient has an outcome
//
// With PIPELINING (rfc:2920) everything up to DATA goes out in one write, and the replies are matched in order; without
// it each command waits for the reply before it. The end waits for `mayFinish`, and a message that goes out in one write
// waits as a whole: a short message would reach the peer no sooner in two pieces.
import assert from 'node:assert/strict'
import type { PeerReply } from '../../contract/events.ts'
import { mailCommand, rcptCommand, type Envelope } from './commands.ts'
import type { PeerExtensions } from './extensions.ts'
import type { ClientPhase, ClientWire, MessageForm, RecipientOutcome } from './wire.ts'

export interface ClientTransaction extends Envelope {
  /** Octets of the message as it goes out, before dot-stuffing. */
  readonly octets: number
  /** Whether it is in memory and short: handed over in one write, its end included. */
  readonly oneWrite: boolean
  /** What is used of what the peer offers; a binary message goes by BDAT in any case. */
  readonly mayPipeline: boolean
  readonly mayChunk: boolean
  /** The end of the message is not written before this resolves. */
  readonly mayFinish: Promise<void> | null
}

/** From this size on BDAT (rfc:3030) is worth its round trip: nothing has to be searched for dots. */
const BDAT_FROM = 256 * 1024

type State = 'reset' | 'mail' | 'rcpt' | 'data' | 'body' | 'final' | 'empty' | 'done'

const PHASES: Record<State, ClientPhase> = {
  reset: 'mail',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  body: 'body',
  final: 'final',
  empty: 'data',
  done: 'idle',
}

export class Transaction {
  /** Null where the recipient has no outcome yet. */
  readonly outcomes: (RecipientOutcome | null)[]
  /** After `done`: whether the connection can take another, and whether RSET has to come before it. */
  usable = true
  needsReset = false
  #state: State
  readonly #message: ClientTransaction
  readonly #wire: ClientWire
  readonly #done: (transaction: Transaction) => void
  readonly #form: MessageForm
  /** BDAT chunks that have no reply yet. */
  #chunks = 0
  /** The commands that wait for a reply to the one before; null where all went out at once. */
  readonly #steps: string[] | null
  readonly #pipelining: boolean
  #cursor = 0
  #mailTaken = false
  #taken = 0
  #free: boolean
  #endHeld = false

  /** Writes the first command or, with PIPELINING, all. `done` is called once, with every outcome set. */
  constructor(
    message: ClientTransaction,
    context: { wire: ClientWire; offered: PeerExtensions; reset: boolean; done: (transaction: Transaction) => void },
  ) {
    const { wire, offered, reset } = context
    assert(message.recipients.length > 0, 'a transaction has a recipient')
    assert(!message.binary || (offered.binaryMime && offered.chunking), 'a binary message needs BINARYMIME and CHUNKING')
    assert(message.requireTls !== true || offered.requireTls, 'a message that must stay under TLS needs REQUIRETLS')
    assert(!message.utf8 || offered.smtpUtf8, 'an international message needs SMTPUTF8')
    this.#message = message
    this.#wire = wire
    this.#done = context.done
    const large = offered.chunking && message.mayChunk && !message.oneWrite && message.octets >= BDAT_FROM
    this.#form = message.binary ? 'binary' : large ? 'bdat' : 'data'
    this.outcomes = message.recipients.map(() => null)
    this.#state = reset ? 'reset' : 'mail'
    this.#free = message.mayFinish === null
    const steps = this.#commands(offered, reset)
    this.#pipelining = offered.pipelining && message.mayPipeline
    const first = this.#pipelining ? steps.join('') : (steps.shift() ?? '')
    this.#steps = this.#pipelining ? null : steps
    wire.arm('mail')
    wire.write(first)
    message.mayFinish?.then(
      () => this.#mayFinish(),
      () => this.#end('the outcome before it could not be kept'),
    )
  }

  #commands(offered: PeerExtensions, reset: boolean): string[] {
    const { recipients, utf8, octets } = this.#message
    const steps = reset ? ['RSET\r\n'] : []
    steps.push(mailCommand(this.#message, octets, offered))
    for (const recipient of recipients) steps.push(rcptCommand(recipient, utf8, offered))
    if (this.#form === 'data') steps.push('DATA\r\n')
    return steps
  }

  reply(reply: PeerReply): void {
    if (reply.code === 421) return this.#rejectRest(reply, false)
    switch (this.#state) {
      case 'reset':
        if (reply.code >= 300) return this.#end(`the server refused RSET: ${reply.code} ${reply.text}`)
        return this.#enter('mail')
      case 'mail':
        this.#mailTaken = reply.code < 300
        if (!this.#mailTaken) {
          this.#reject(reply)
          if (this.#steps !== null) return this.#finish()
        }
        return this.#enter('rcpt')
      case 'rcpt':
        return this.#rcptReply(reply)
      case 'data':
        return this.#dataReply(reply)
      case 'body':
      case 'final':
        return this.#chunks > 0 || this.#state === 'body' ? this.#earlyReply(reply) : this.#finalReply(reply)
      default:
        return this.#finish()
    }
  }

  /** The wire handed a BDAT chunk over that is not the last. */
  chunkWritten(): void {
    this.#chunks++
  }

  /** The wire handed over all but the end of the message. */
  endHeld(): void {
    if (this.#state !== 'body') return
    this.#endHeld = true
    if (this.#free) return this.#writeEnd()
    // The wait is ours, not the peer's.
    return this.#wire.arm('idle')
  }

  /** The connection is gone, or no longer makes sense. */
  lost(reason: string): void {
    const outcome: RecipientOutcome =
      this.#state === 'final' ? { kind: 'perhaps', reason } : { kind: 'lost', phase: PHASES[this.#state], reason }
    this.usable = false
    this.#settle(outcome)
    this.#finish()
  }

  /** The reply that a step waited for is there: on to the next. */
  #enter(state: State): void {
    this.#state = state
    const next = this.#steps?.shift()
    if (next !== undefined) this.#wire.write(next)
    this.#wire.arm(PHASES[state])
  }

  #rcptReply(reply: PeerReply): void {
    if (this.#mailTaken) {
      if (reply.code < 300) this.#taken++
      else this.outcomes[this.#cursor] = { kind: 'rejected', phase: 'rcpt', reply }
    }
    this.#cursor++
    if (this.#cursor < this.#message.recipients.length) return this.#enter('rcpt')
    if (this.#taken === 0 && (this.#steps !== null || this.#form !== 'data')) return this.#finish()
    return this.#form === 'data' ? this.#enter('data') : this.#sendMessage()
  }

  #dataReply(reply: PeerReply): void {
    if (reply.code === 354) {
      if (this.#taken > 0) return this.#sendMessage()
      // rfc:2920#3.1: DATA may be taken although no recipient was; it is ended by a single dot, to nobody.
      this.#enter('empty')
      return this.#wire.write('.\r\n')
    }
    if (reply.code < 400) return this.#end(`the server answered DATA with ${reply.code} ${reply.text}`)
    this.#reject(reply)
    return this.#finish()
  }

  /** To a BDAT chunk, or out of turn: the message is not whole yet, so a refusal stands. */
  #earlyReply(reply: PeerReply): void {
    if (reply.code >= 400) return this.#rejectRest(reply, false)
    if (this.#chunks === 0 || reply.code >= 300)
      return this.#end(`the server answered a message that was not finished: ${reply.code} ${reply.text}`)
    this.#chunks--
    return this.#wire.chunkTaken()
  }

  #finalReply(reply: PeerReply): void {
    if (reply.code >= 300 && reply.code < 400) return this.#end(`the server answered the end of data with ${reply.code} ${reply.text}`)
    if (reply.code < 300) this.#settle({ kind: 'accepted', reply })
    else this.#reject(reply)
    return this.#finish()
  }

  #sendMessage(): void {
    this.#state = 'body'
    if (this.#message.oneWrite) return this.endHeld()
    this.#wire.arm('body')
    return this.#wire.streamMessage(this.#form, !this.#pipelining)
  }

  #mayFinish(): void {
    this.#free = true
    if (this.#state === 'body' && this.#endHeld) this.#writeEnd()
  }

  #writeEnd(): void {
    this.#state = 'final'
    this.#wire.arm('final')
    if (this.#message.oneWrite) this.#wire.writeMessage(this.#form)
    else this.#wire.writeEnd()
  }

  /** The connection no longer makes sense: it is closed here. */
  #end(reason: string): void {
    if (this.#state !== 'done') this.lost(reason)
  }

  /** The same refusal for everyone who has no outcome yet. */
  #reject(reply: PeerReply): void {
    this.#settle({ kind: 'rejected', phase: PHASES[this.#state], reply })
  }

  #rejectRest(reply: PeerReply, usable: boolean): void {
    this.usable = usable
    this.#reject(reply)
    this.#finish()
  }

  #settle(outcome: RecipientOutcome): void {
    for (let i = 0; i < this.outcomes.length; i++) this.outcomes[i] ??= outcome
  }

  #finish(): void {
    // After DATA was taken the peer's buffers are empty again whatever it said (rfc:5321#4.1.1.4); before, they are not.
    this.needsReset = this.#mailTaken && (this.#state === 'rcpt' || this.#state === 'data')
    this.#state = 'done'
    this.#done(this)
  }
}
