// The conversation with one filter as a machine without I/O: steps in, octets to send out, and what the filter answers as a verdict. Whoever
// drives it sends what `ask` gives, and reads until `take` tells a verdict where one is waited for.
import { type ChangeBounds, CHANGE_LETTERS, ChangeCollector, type MessageChanges, NO_CHANGES } from './changes.ts'
import { macroPacket, type Macros, STAGE_OF } from './macros.ts'
import { type Agreement, offer, readAgreement } from './negotiation.ts'
import { number16, packet, PacketContent, PacketReader, texts } from './packets.ts'
import { ACTION, COMMAND, type StepName } from './protocol.ts'
import { readReply } from './reply-text.ts'
import type { Reply } from '../reply.ts'

/**
 * - `new`: nothing was said. Left by `negotiate`.
 * - `negotiating`: what was offered is not answered yet. Left by a good answer to `ready`, by a bad one to `broken`.
 * - `ready`: steps may be asked; nothing is waited for.
 * - `waiting`: a step is not answered yet. Left by its answer to `ready`, by nonsense to `broken`.
 * - `broken`: the filter said what it must not say, or the conversation was left. Never left.
 */
type State = 'new' | 'negotiating' | 'ready' | 'waiting' | 'broken'

/** `parameters`: as in MAIL and RCPT. */
export interface MailStep {
  readonly step: 'mail' | 'recipient'
  readonly address: string
  readonly parameters: readonly string[]
}

export type Step =
  | { readonly step: 'connect'; readonly name: string; readonly address: string; readonly port: number; readonly family: 4 | 6 | 0 }
  | { readonly step: 'helo'; readonly name: string }
  | MailStep
  | { readonly step: 'data' | 'headerEnd' | 'end' }
  /** `value`: what follows the colon, folded with CRLF, without the last CRLF; one character an octet. */
  | { readonly step: 'header'; readonly name: string; readonly value: string }
  /** At most `CHUNK` octets. */
  | { readonly step: 'body'; readonly octets: Buffer }
  | { readonly step: 'unknown'; readonly line: string }

/** What a filter says to a step. `changes` are there after the end of a message. */
export type Verdict =
  | { readonly verdict: 'continue'; readonly changes: MessageChanges }
  /** Nothing more is asked about this message, or about this session where it was said to `connect` or `helo`. */
  | { readonly verdict: 'accept'; readonly changes: MessageChanges }
  | { readonly verdict: 'reject' | 'tempfail' | 'discard' }
  /** The session is to end with 421. */
  | { readonly verdict: 'shutdown' }
  | { readonly verdict: 'reply'; readonly reply: Reply }

/** `progress`: it is alive and wants more time. */
export type Taken =
  | { readonly taken: 'nothing' | 'progress' | 'agreed' }
  | { readonly taken: 'verdict'; readonly verdict: Verdict }
  | { readonly taken: 'broken'; readonly why: string }

/** `octets`: to be sent, or null. `waits`: an answer follows. */
export interface Asked {
  readonly octets: Buffer | null
  readonly waits: boolean
}

const NOTHING: Taken = { taken: 'nothing' }
const PROGRESS: Taken = { taken: 'progress' }
const AGREED: Taken = { taken: 'agreed' }
const LETTERS: Readonly<Record<StepName, string>> = COMMAND
/** Letters of answers that have nothing behind them. */
const PLAIN: Readonly<Record<string, 'continue' | 'accept' | 'reject' | 'tempfail' | 'discard' | 'shutdown' | 'skip'>> = {
  c: 'continue',
  a: 'accept',
  r: 'reject',
  t: 'tempfail',
  d: 'discard',
  '4': 'shutdown',
  // SMFIR_CONN_FAIL: what a filter says that cannot go on now.
  f: 'tempfail',
  s: 'skip',
}

/** Packets behind one step that bring nothing new: *progress*, another sender or reason once more, no octets of a body. */
const MOST_IDLE = 10_000
const IDLE = new Set(['p', 'e', 'q'])

export class MilterConversation {
  readonly #bounds: ChangeBounds
  readonly #reader = new PacketReader()
  #state: State = 'new'
  #agreement: Agreement | null = null
  /** The step that is waited for. */
  #waitsFor: StepName = 'connect'
  /** The filter saw enough of this kind of step. */
  #skips: StepName | null = null
  #changes: ChangeCollector | null = null
  /** Packets of the answer so far that brought nothing new. */
  #idle = 0
  /** The last that was said is that a message goes on, at its end. */
  #isAtEnd = false

  constructor(bounds: ChangeBounds) {
    this.#bounds = bounds
  }

  /** What was agreed on; null before. */
  get agreement(): Agreement | null {
    return this.#agreement
  }

  get isBroken(): boolean {
    return this.#state === 'broken'
  }

  negotiate(): Buffer {
    if (this.#state !== 'new') throw new Error('options are negotiated once, and first')
    this.#enter('negotiating')
    return offer()
  }

  /** Whether the filter wants to be asked about it at all; where not, no octets need be made for it. */
  wants(step: StepName): boolean {
    return !this.#agreed.skipped.has(step) && this.#skips !== step
  }

  ask(step: Step, macros: Macros = {}): Asked {
    if (this.#state !== 'ready') throw new Error(`a step was asked in the state ${this.#state}`)
    const { step: name } = step
    const agreement = this.#agreed
    if (name !== this.#skips) this.#skips = null
    this.#isAtEnd = false
    const stage = STAGE_OF[name]
    // Told even where the step itself is not wanted: a filter reads at one step what it was told at those before.
    const told = stage === undefined ? null : macroPacket(stage, LETTERS[name], macros, agreement)
    if (!this.wants(name)) return { octets: told, waits: false }
    const octets = told === null ? this.#encode(step) : Buffer.concat([told, this.#encode(step)])
    if (agreement.silent.has(name)) return { octets, waits: false }
    this.#waitsFor = name
    this.#idle = 0
    this.#changes = name === 'end' ? new ChangeCollector(this.#bounds, agreement.leadingSpace) : null
    this.#enter('waiting')
    return { octets, waits: true }
  }

  /** The message will not come to its end; the session goes on. */
  abort(): Buffer {
    this.#skips = null
    this.#isAtEnd = false
    return packet(COMMAND.abort)
  }

  /**
   * Whether another session may follow on the connection, as version 6 has it. libmilter hears that only behind a message that went on to its
   * end; at any other place it ignores it, and what follows too, without an answer.
   */
  get mayBeKept(): boolean {
    return this.#state === 'ready' && this.#isAtEnd && this.#agreed.version >= 6
  }

  /** The session is over. `kept`: another one follows. */
  quit(kept: boolean): Buffer {
    this.#skips = null
    this.#isAtEnd = false
    return packet(kept ? COMMAND.quitKept : COMMAND.quit)
  }

  /** Octets from the filter. Call again with nothing after `progress`, as more may be there. */
  take(chunk: Buffer | null): Taken {
    if (this.#state === 'broken') return NOTHING
    if (chunk !== null) this.#reader.push(chunk)
    for (;;) {
      const next = this.#reader.next()
      if (next === null) return this.#reader.broken === null ? NOTHING : this.#break(this.#reader.broken)
      const taken = this.#packet(next.letter, next.data)
      if (taken === null) continue
      // What comes behind an answer would be taken for the answer to what is asked next.
      return this.#state === 'ready' && this.#reader.isInside ? this.#break('it spoke without having been asked') : taken
    }
  }

  /** The one place where the state changes; nothing leaves `broken`. */
  #enter(state: State): void {
    if (this.#state !== 'broken') this.#state = state
  }

  get #agreed(): Agreement {
    if (this.#agreement === null) throw new Error('nothing was agreed on yet')
    return this.#agreement
  }

  #break(why: string): Taken {
    this.#enter('broken')
    this.#changes = null
    return { taken: 'broken', why }
  }

  #packet(letter: string, data: Buffer): Taken | null {
    if (this.#state === 'negotiating') return this.#settleOptions(letter, data)
    if (this.#state !== 'waiting') return this.#break('it spoke without having been asked')
    if ((IDLE.has(letter) || data.length === 0) && ++this.#idle > MOST_IDLE) return this.#break('it goes on without an end')
    if (letter === 'p') return PROGRESS
    const plain = PLAIN[letter]
    if (plain !== undefined) return this.#plain(plain)
    if (letter === 'y') {
      const reply = readReply(data.toString('utf8'))
      return reply === null ? this.#break('the reply that it wants given is none') : this.#settle({ verdict: 'reply', reply })
    }
    return this.#change(letter, data)
  }

  #settleOptions(letter: string, data: Buffer): Taken {
    const agreement = readAgreement({ letter, data })
    if (typeof agreement === 'string') return this.#break(agreement)
    this.#agreement = agreement
    this.#enter('ready')
    return AGREED
  }

  #plain(said: (typeof PLAIN)[string]): Taken {
    if (said === 'skip') {
      if (!this.#agreed.maySkip || this.#waitsFor === 'end') return this.#break('it wants to skip what it cannot skip')
      this.#skips = this.#waitsFor
      return this.#settle({ verdict: 'continue', changes: NO_CHANGES })
    }
    const changes = this.#changes?.all ?? NO_CHANGES
    return this.#settle(said === 'continue' || said === 'accept' ? { verdict: said, changes } : { verdict: said })
  }

  #settle(verdict: Verdict): Taken {
    this.#changes = null
    this.#isAtEnd = this.#waitsFor === 'end' && verdict.verdict === 'continue'
    this.#enter('ready')
    return { taken: 'verdict', verdict }
  }

  #change(letter: string, data: Buffer): Taken | null {
    const action = CHANGE_LETTERS[letter]
    if (action === undefined) return this.#break('it answered with what is no answer')
    if (this.#changes === null) return this.#break('it wants to change a message before its end')
    if ((this.#agreed.actions & ACTION[action]) === 0) return this.#break('it wants to change what it did not ask for at the beginning')
    const wrong = this.#changes.take(letter, new PacketContent(data))
    return wrong === null ? null : this.#break(wrong)
  }

  #encode(step: Step): Buffer {
    switch (step.step) {
      case 'connect': {
        const family = Buffer.from({ 4: '4', 6: '6', 0: 'U' }[step.family], 'latin1')
        const where = step.family === 0 ? [] : [number16(step.port), texts([step.address])]
        return packet(COMMAND.connect, texts([step.name]), family, ...where)
      }
      case 'helo':
        return packet(COMMAND.helo, texts([step.name]))
      case 'mail':
      case 'recipient':
        return packet(LETTERS[step.step], texts([`<${step.address}>`, ...step.parameters]))
      case 'header':
        return packet(COMMAND.header, texts([step.name, this.#value(step.value)], 'latin1'))
      case 'body':
        return packet(COMMAND.body, step.octets)
      case 'unknown':
        return packet(COMMAND.unknown, texts([step.line]))
      default:
        return packet(LETTERS[step.step])
    }
  }

  /** Lines end with LF here; one space after the colon is part of the value only where that was agreed on. */
  #value(value: string): string {
    const lines = value.replaceAll('\r\n', '\n')
    return !this.#agreed.leadingSpace && lines.startsWith(' ') ? lines.slice(1) : lines
  }
}
