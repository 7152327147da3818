// What was said on one outbound connection, for after an attempt that does not end well. While all is well it costs a few stores a command: it
// refers to what was written and to replies as they were read, and lines are made only when somebody asks. Of a dialog that is long the first
// and the last part stay. Credentials are left out before anything is kept, and the octets of messages never come here.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { type DialogLine, MOST_DIALOG } from '../../contract/dialogs.ts'
import { type PeerReply, replyLine } from '../../contract/events.ts'
import type { OutboundDialog, OutboundTarget } from '../../engine/ports/outbound.ts'
import { readable } from '../../smtp/client/reply-parser.ts'
import { CredentialsLeftOut } from '../credentials.ts'

/** Things said in the opening or in a transaction that are remembered. */
const MOST_SAID = 160
/** Of those of a transaction: what stays in front, and what goes at a time behind it. */
const FIRST = 32
const GO = 64
/** A command, or a reply of several lines, that is longer is remembered in part. */
const LONG = 4096
const MOST_LINE = 1000
/** Of what is told, so much is from its beginning where it has to be cut. */
const BEGINNING = MOST_DIALOG / 4

interface ReplyOfLines {
  readonly code: number
  readonly lines: readonly string[]
}

type From = DialogLine['from']
/** A number: octets of a message that went out. */
type What = string | PeerReply | ReplyOfLines | number

export class Said {
  readonly #clock: Clock
  readonly #target: OutboundTarget
  readonly #begun: EpochMs
  readonly #begunMono: Ms
  // One beside the other, written over by the next transaction: nothing is made for each.
  readonly #from: From[] = []
  readonly #what: What[] = []
  readonly #at: Ms[] = []
  readonly #credentials = new CredentialsLeftOut()
  /** How many of them belong to the opening; what follows is of one transaction. */
  #opening = 0
  #isOpen = false
  #count = 0
  #gone = 0
  /** When the octets that are read now came. */
  #readAt: Ms = 0

  constructor(clock: Clock, target: OutboundTarget) {
    this.#clock = clock
    this.#target = target
    this.#begun = clock.now()
    this.#begunMono = clock.mono()
    const { host, address, port, localAddress, exit } = target
    const from = localAddress === null ? '' : ` from ${localAddress}`
    this.note(`connecting to ${host} [${address}]:${port}${from}${exit === undefined ? '' : ` by ${exit.kind} ${exit.host}:${exit.port}`}`)
  }

  note(text: string): void {
    this.#add('note', text)
  }

  /** Why nothing follows, where the last note does not say it. */
  ended(reason: string): void {
    const last = this.#what[this.#count - 1]
    if (this.#from[this.#count - 1] !== 'note' || typeof last !== 'string' || !reason.includes(last)) this.note(reason)
  }

  /** A message goes out, its end included. */
  message(octets: number): void {
    this.#add('note', octets)
  }

  /** Command lines, with their ends. */
  written(lines: string, isLogin: boolean): void {
    if (isLogin) return this.#add('us', this.#credentials.client(lines.trimEnd()))
    this.#add('us', lines.length > LONG ? shortened(lines) : lines)
  }

  /** Octets came; the replies in them follow. */
  read(): void {
    this.#readAt = this.#clock.mono()
  }

  heard(reply: PeerReply, lines: readonly string[], isLogin: boolean): void {
    if (isLogin) return this.#add('peer', this.#credentials.server(replyLine(reply)), this.#readAt)
    if (lines.length === 0) return this.#add('peer', reply, this.#readAt)
    const octets = lines.reduce((sum, line) => sum + line.length, 0)
    this.#add('peer', octets > LONG ? { ...reply, text: apart(reply.text) } : { code: reply.code, lines }, this.#readAt)
  }

  /** Another transaction: of the one before nothing is asked any more. */
  begin(): void {
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#opening = this.#count
    }
    this.#count = this.#opening
    this.#gone = 0
  }

  told(): OutboundDialog {
    const { host, address, port } = this.#target
    return { host, address, port, begun: this.#begun, lines: bounded(this.#lines()) }
  }

  #add(from: From, what: What, at: Ms = this.#clock.mono()): void {
    if (this.#count >= this.#opening + MOST_SAID) this.#drop()
    const n = this.#count++
    this.#from[n] = from
    this.#what[n] = what
    this.#at[n] = at
  }

  #drop(): void {
    const at = this.#opening + FIRST
    for (const list of [this.#from, this.#what, this.#at]) list.copyWithin(at, at + GO, this.#count)
    this.#count -= GO
    this.#gone += GO
  }

  #lines(): DialogLine[] {
    const lines: DialogLine[] = []
    for (const [i, what] of this.#what.slice(0, this.#count).entries()) {
      const after = Math.max(0, Math.round((this.#at[i] ?? 0) - this.#begunMono))
      if (this.#gone > 0 && i === this.#opening + FIRST) lines.push({ from: 'note', after, text: leftOut(this.#gone) })
      const from = this.#from[i] ?? 'note'
      for (const text of textsOf(what)) if (text !== '') lines.push({ from, after, text: text.slice(0, MOST_LINE).toWellFormed() })
    }
    return lines
  }
}

function textsOf(what: What): readonly string[] {
  if (typeof what === 'number') return [`the message, ${what} octets`]
  if (typeof what === 'string') return what.split('\r\n')
  if ('text' in what) return [replyLine(what)]
  const { code, lines } = what
  return lines.map((line, i) => `${code}${i < lines.length - 1 ? '-' : ' '}${readable(line)}`)
}

/** The beginning and the end of a dialog that is too long. */
function bounded(lines: readonly DialogLine[]): readonly DialogLine[] {
  const size = (some: readonly DialogLine[]): number => some.reduce((sum, { text }) => sum + text.length + 1, 0)
  if (size(lines) <= MOST_DIALOG) return lines
  let [first, last] = [0, lines.length]
  for (let left = BEGINNING; first < lines.length; first++) {
    left -= (lines[first]?.text.length ?? 0) + 1
    if (left < 0) break
  }
  for (let left = MOST_DIALOG - BEGINNING - 100; last > first; last--) {
    left -= (lines[last - 1]?.text.length ?? 0) + 1
    if (left < 0) break
  }
  const between = lines.slice(first, last)
  const note = { from: 'note', after: between[0]?.after ?? 0, text: leftOut(between.length) } as const
  return [...lines.slice(0, first), note, ...lines.slice(last)]
}

function leftOut(n: number): string {
  return `(${n} ${n === 1 ? 'line is' : 'lines are'} left out)`
}

/** Whole lines of its beginning and of its end. */
function shortened(lines: string): string {
  const first = lines.slice(0, lines.lastIndexOf('\r\n', LONG / 2) + 2)
  const end = lines.indexOf('\r\n', lines.length - LONG / 2 - 2)
  const last = end < 0 ? '' : lines.slice(end + 2)
  const between = lines.slice(first.length, lines.length - last.length).split('\r\n').length - 1
  return apart(`${first}${leftOut(between)}\r\n${last}`)
}

/** A text of its own: a part of another one would keep all of that. */
function apart(text: string): string {
  return Buffer.from(text).toString()
}
