// How an exit is told where to connect in our place. Pure: octets in, octets out.
//
// SOCKS5 (rfc:1928), with a login by user and password (rfc:1929) where we have one:
//   greeted    the methods that we can do were offered   → asked (it wants no login) | proving (it wants ours) | failed
//   proving    user and password were sent               → asked | failed
//   asked      CONNECT was sent                          → ready | failed
// HAProxy is told in a header of the PROXY protocol and answers nothing: what comes is the peer's.
import ipaddr from 'ipaddr.js'
import type { OutboundExit, OutboundTarget } from '../../engine/ports/outbound.ts'
import { writeProxyHeader } from '../../smtp/proxy-header.ts'

const VERSION = 5
/** Methods (rfc:1928#3). */
const [NO_LOGIN, BY_PASSWORD] = [0, 2]
/** rfc:1929#2 */
const LOGIN_VERSION = 1
/** rfc:1928#6 */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'it failed there',
  2: 'its rules do not allow that',
  3: 'it does not reach that network',
  4: 'it does not reach that host',
  5: 'the host refuses the connection',
  6: 'the time to live is over',
  7: 'it knows no CONNECT',
  8: 'it does not know such addresses',
}
/**
 * This is about the exit, whoever the peer is. Rules may be about the peer's address, and so may what kinds of it are known: a stranger who
 * names such an address as his host must not take the source out for everybody.
 */
const OF_EXIT = new Set([7])

export type ExitStep =
  | { readonly kind: 'more'; readonly send: Buffer | null }
  /** The peer is behind it. `localAddress`: what it sends from, as far as it says so; `rest`: octets of the peer that came with its answer. */
  | { readonly kind: 'ready'; readonly localAddress: string | null; readonly rest: Buffer }
  /** `source`: the exit itself; `refused`, `network`: the peer. */
  | { readonly kind: 'failed'; readonly of: 'source' | 'refused' | 'network'; readonly reason: string }

const MORE: ExitStep = { kind: 'more', send: null }

export class SocksDialog {
  #state: 'greeted' | 'proving' | 'asked' = 'greeted'
  #heard: Buffer = Buffer.alloc(0)
  readonly #target: Pick<OutboundTarget, 'address' | 'port'>
  readonly #login: OutboundExit['login']

  constructor(target: Pick<OutboundTarget, 'address' | 'port'>, login: OutboundExit['login']) {
    this.#target = target
    this.#login = login
  }

  /** The exit speaks SOCKS5 and lets us in: what it is silent about now is the peer, or the way there. */
  get isAsking(): boolean {
    return this.#state === 'asked'
  }

  /** What is sent first. */
  get begin(): Buffer {
    return Buffer.from(this.#login === undefined ? [VERSION, 1, NO_LOGIN] : [VERSION, 2, NO_LOGIN, BY_PASSWORD])
  }

  receive(octets: Buffer): ExitStep {
    this.#heard = Buffer.concat([this.#heard, octets])
    if (this.#state === 'greeted') return this.#greeted()
    return this.#state === 'proving' ? this.#proving() : this.#asked()
  }

  #greeted(): ExitStep {
    if (this.#heard.length < 2) return MORE
    if (this.#heard[0] !== VERSION) return failed('it does not speak SOCKS5')
    const method = this.#heard[1]
    this.#heard = this.#heard.subarray(2)
    if (method === NO_LOGIN) return this.#ask()
    if (this.#login === undefined) return failed('it asks for a login, and none is known here')
    if (method !== BY_PASSWORD) return failed('it takes no login by user and password')
    this.#state = 'proving'
    return { kind: 'more', send: loginRequest(this.#login) }
  }

  #proving(): ExitStep {
    if (this.#heard.length < 2) return MORE
    if (this.#heard[1] !== 0) return failed(`it refuses the login of ${this.#login?.user}`)
    this.#heard = this.#heard.subarray(2)
    return this.#ask()
  }

  #ask(): ExitStep {
    this.#state = 'asked'
    const { address, port } = this.#target
    const parsed = ipaddr.process(address)
    const bytes = parsed.toByteArray()
    const request = Buffer.from([VERSION, 1, 0, bytes.length === 4 ? 1 : 4, ...bytes, port >> 8, port & 255])
    return { kind: 'more', send: request }
  }

  #asked(): ExitStep {
    const heard = this.#heard
    if (heard.length < 5) return heard.length > 0 && heard[0] !== VERSION ? failed('it does not speak SOCKS5') : MORE
    const [version, reply = 1, , kind, first = 0] = heard
    if (version !== VERSION) return failed('it does not speak SOCKS5')
    if (reply !== 0)
      return {
        kind: 'failed',
        of: OF_EXIT.has(reply) ? 'source' : reply === 5 ? 'refused' : 'network',
        reason: REPLIES[reply] ?? `it answered ${reply}`,
      }
    const size = kind === 1 ? 4 : kind === 4 ? 16 : kind === 3 ? first + 1 : null
    if (size === null) return failed('its answer makes no sense')
    const end = 4 + size + 2
    if (heard.length < end) return MORE
    const local = kind === 3 ? null : addressOf(heard.subarray(4, 4 + size))
    return { kind: 'ready', localAddress: local, rest: heard.subarray(end) }
  }
}

/** rfc:1929#2: each is 1 to 255 octets, which whoever took them in has looked at. */
function loginRequest({ user, password }: NonNullable<OutboundExit['login']>): Buffer {
  const [name, secret] = [Buffer.from(user), Buffer.from(password)]
  return Buffer.concat([Buffer.from([LOGIN_VERSION, name.length]), name, Buffer.from([secret.length]), secret])
}

/** 0.0.0.0 and ::, which say nothing, are null. */
function addressOf(bytes: Buffer): string | null {
  const address = ipaddr.fromByteArray([...bytes])
  return address.range() === 'unspecified' ? null : address.toString()
}

function failed(reason: string): ExitStep {
  return { kind: 'failed', of: 'source', reason }
}

/** What HAProxy is told; it sends from `localAddress`, whose port is its own choice. */
export function haproxyHeader({ localAddress, address, port }: Pick<OutboundTarget, 'localAddress' | 'address' | 'port'>): Buffer {
  return writeProxyHeader({ address: localAddress ?? address, port: 0 }, { address, port })
}

export function exitWords({ kind, host, port }: OutboundExit): string {
  return `the exit ${kind}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
