// The protocol between a launcher and the one that succeeds it, which may be of another release: it changes by additions only, and its
// number is raised where that is not possible. Environment HMS_SUCCEED: a `Succession` as JSON. Descriptor 3 is a lifeline with one JSON
// object a line in both directions; descriptors from 4 on are the bound sockets that `sockets` names. In order:
//   here     ◄ the successor read its configuration and waits         → try      the desk before it is gone: start yours, and a trial
//   tried    ◄ it works                                               → serve    point of no return but for a failure of `serve`
//   serving  ◄ its workers listen, beside those before them           → lead     the home's lock is free for you
//   leading  ◄ it has the lock, and is the server from now on         → left     the last worker before it is gone
// `failed` may come instead of each answer: then everything of the successor has ended, and its predecessor goes on.
import { Socket } from 'node:net'
import { Fault } from '../../base/fault.ts'
import type { PerhapsDelivered } from '../../contract/bus.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { BoundAddress } from '../launcher/addresses.ts'
import type { WorkerLine } from '../home.ts'
import { FIRST_SOCKET_FD } from '../launch.ts'
import { type LineWriter, speakLines } from '../lines.ts'

const SUCCESSION_PROTOCOL = 1
const LIFELINE_FD = 3

export interface Succession {
  readonly protocol: number
  /** Of the launcher that hands over. */
  readonly version: string
  readonly slots: number
  readonly line: WorkerLine
  readonly ticketKeys: string
  /** Whether systemd watches the launcher: then the predecessor ends when it has handed over. */
  readonly isWatched: boolean
  readonly sockets: readonly { readonly option: string; readonly address: SocketAddress; readonly fds: readonly number[] }[]
}

export type SuccessorWord =
  | { readonly say: 'here'; readonly version: string }
  /** It is still at it; anything else is waited for as long again. */
  | { readonly say: 'doing'; readonly what: string }
  | { readonly say: 'tried' }
  | { readonly say: 'serving' }
  | { readonly say: 'leading' }
  | { readonly say: 'failed'; readonly reason: string; readonly mend: string | null }
  /** After `leading`: it was asked to end. `now`: nothing is waited for. */
  | { readonly say: 'stopping'; readonly now: boolean }

export type SuccessorOrder =
  | { readonly do: 'try' }
  | { readonly do: 'serve' }
  | { readonly do: 'lead' }
  | { readonly do: 'perhaps'; readonly recipients: readonly PerhapsDelivered[] }
  | { readonly do: 'left' }

/** What a successor is started with: its environment, and the descriptors from 4 on. */
export function encodeSuccession(
  facts: Omit<Succession, 'protocol' | 'sockets'>,
  bound: readonly BoundAddress[],
): { readonly text: string; readonly fds: readonly number[] } {
  const fds: number[] = []
  const sockets = bound.map(({ option, address, sockets: all }) => {
    const first = FIRST_SOCKET_FD + fds.length
    fds.push(...all.map((socket) => socket.fd()))
    return { option, address, fds: all.map((_, i) => first + i) }
  })
  return { text: JSON.stringify({ protocol: SUCCESSION_PROTOCOL, ...facts, sockets } satisfies Succession), fds }
}

/** Null where this process succeeds nobody. What it inherited is not for its own children. */
export function takeSuccession(environment: NodeJS.ProcessEnv): Succession | null {
  const text = environment['HMS_SUCCEED']
  if (text === undefined) return null
  delete environment['HMS_SUCCEED']
  const succession = JSON.parse(text) as Succession
  if (succession.protocol === SUCCESSION_PROTOCOL) return succession
  throw new Fault(
    'succession-protocol',
    `The running server, version ${succession.version}, hands over in a way that this release does not know.`,
    {
      blame: 'owner',
      mend: "Stop it with 'hms stop', and upgrade then.",
    },
  )
}

/** The successor's end of the lifeline. */
export class Predecessor implements Disposable {
  /** Resolves when it is gone. */
  readonly gone: Promise<void>
  readonly perhaps: PerhapsDelivered[] = []
  readonly #lines: LineWriter
  readonly #socket = new Socket({ fd: LIFELINE_FD, readable: true, writable: true })
  readonly #orders = {
    try: Promise.withResolvers<void>(),
    serve: Promise.withResolvers<void>(),
    lead: Promise.withResolvers<void>(),
    left: Promise.withResolvers<void>(),
  }

  constructor() {
    this.gone = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#lines = speakLines(this.#socket, { heard: (said) => this.#hear(said as SuccessorOrder), nonsense: () => {} })
  }

  say(word: SuccessorWord): Promise<void> {
    return this.#lines.say(word)
  }

  ordered(order: 'try' | 'serve' | 'lead' | 'left'): Promise<void> {
    return this.#orders[order].promise
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #hear(order: SuccessorOrder): void {
    if (order.do === 'perhaps') this.perhaps.push(...order.recipients)
    // An order of a later release that this one does not know changes nothing here.
    else this.#orders[order.do]?.resolve()
  }
}
