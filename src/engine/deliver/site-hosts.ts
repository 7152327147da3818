// The hosts of one site: which is tried next, how one is connected to, and what it means when none could be.
import type { Ms } from '../../base/brand.ts'
import { type AttemptTarget, type PeerReply, replyLine } from '../../contract/events.ts'
import { classifyReply } from '../../policy/classify.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import { TLS_STRENGTH } from '../../policy/rules/merge.ts'
import type { ConnectionChange } from '../ports/delivery-filters.ts'
import type { ConnectionSettings, OpenFailure, OutboundConnection, OutboundTarget } from '../ports/outbound.ts'
import { type Cause, NOWHERE } from '../settle/decisions.ts'
import type { AskedHost, askConnection } from './connection-asks.ts'
import type { CourierRoom } from './courier-room.ts'
import type { SiteHost } from './guard.ts'
import { wordsFor } from './outcome.ts'
import type { SitePlan } from './routing.ts'
import type { SourceUse } from './sources.ts'

/** Hosts tried for one connection. */
const MOST_TRIES = 10
/** An address that could not be reached, or lost a message, is tried last for so long. */
const TROUBLE_FOR: Ms = 60_000
/** After a failed handshake under `may`, the next connections go in the clear at once. */
const CLEAR_FOR: Ms = 600_000

interface Candidate extends Pick<SiteHost, 'host' | 'tls' | 'dane' | 'asks'> {
  readonly address: string
}

export interface FailedHost {
  readonly candidate: Candidate
  readonly failure: OpenFailure
}

export type HostsOpened =
  | { readonly ok: true; readonly connection: OutboundConnection; readonly change: ConnectionChange | null }
  /** `isRefused`: the owner's code does not want it opened. */
  | { readonly ok: false; readonly failures: readonly FailedHost[]; readonly isRefused?: true }

/** What an attempt at a connection may do. */
interface OpenLeave {
  /** Whether limits allow one more. */
  readonly mayTryAgain: () => Promise<boolean>
  /** Nobody wants it any more. */
  readonly isOver: () => boolean
  /** Asks the owner's code; null: nobody is asked. Resolves with null where it is not to be opened. */
  readonly ask: (at: AskedHost) => ReturnType<typeof askConnection>
}

interface HostsParts {
  /** What rules say of a connection now, with what was said of this one. */
  readonly settings: (change: ConnectionChange | null) => ConnectionSettings
  readonly source: () => SourceUse
}

export class SiteHosts {
  readonly #room: CourierRoom
  readonly #troubled = new Map<string, Ms>()
  readonly #clear = new Map<string, Ms>()

  readonly #settings: (change: ConnectionChange | null) => ConnectionSettings
  readonly #source: () => SourceUse

  constructor(room: CourierRoom, { settings, source }: HostsParts) {
    this.#room = room
    this.#settings = settings
    this.#source = source
  }

  /** The address lost a connection: others are tried first. */
  distrust(address: string): void {
    this.#troubled.set(address, this.#room.around.clock.mono() + TROUBLE_FOR)
  }

  /** By preference; addresses with trouble come last. */
  #candidates(plan: SitePlan, least: TlsPolicy): readonly Candidate[] {
    const now = this.#room.around.clock.mono()
    const { family } = this.#source()
    const all = plan.hosts.flatMap(({ addresses, ...host }) => {
      // What TLSA records prove is proved, whoever asks.
      const tls = host.dane === null ? stronger(host.tls, least) : host.tls
      return addresses.flatMap((address) => (isOf(family, address) ? [{ ...host, tls, address }] : []))
    })
    const isTroubled = ({ address }: Candidate): boolean => (this.#troubled.get(address) ?? 0) > now
    return [...all.filter((one) => !isTroubled(one)), ...all.filter(isTroubled)].slice(0, MOST_TRIES)
  }

  /** Tries one host after the other. `least`: what the account asks of them besides. */
  async open(plan: SitePlan, least: TlsPolicy, { mayTryAgain, isOver, ask }: OpenLeave): Promise<HostsOpened> {
    const failures: FailedHost[] = []
    for (const one of this.#candidates(plan, least)) {
      if (failures.length > 0 && !(await mayTryAgain())) break
      const asked = ask({ host: one.host, address: one.address, port: plan.port })
      const going = asked === null ? null : await asked
      if (asked !== null && going === null) return { ok: false, failures, isRefused: true }
      if (asked !== null && isOver()) break
      const change = going?.change ?? null
      const candidate = withTls(plan, one, change)
      const opened = await this.#connect(plan, candidate, change, mayTryAgain)
      if (opened.ok) return { ...opened, change }
      failures.push({ candidate, failure: opened.failure })
      // Nobody asked the host.
      if (opened.failure.kind === 'source') break
      this.#room.tlsSessions?.failed(plan.report, candidate, opened.failure)
      this.distrust(candidate.address)
      if (isOver()) break
    }
    return { ok: false, failures }
  }

  /**
   * Under `may` a failed handshake is tried again in the clear, on a new connection. Not where there is a login: whoever can break the
   * handshake would be given the password.
   */
  async #connect(
    plan: SitePlan,
    candidate: Candidate,
    change: ConnectionChange | null,
    mayTryAgain: () => Promise<boolean>,
  ): ReturnType<CourierRoom['open']> {
    const now = this.#room.around.clock.mono()
    const isClear = candidate.tls === 'may' && (this.#clear.get(candidate.address) ?? 0) > now
    const settings = (): ConnectionSettings => this.#settings(change)
    const target = this.#target(plan, candidate, settings)
    const opened = await this.#room.open(isClear ? { ...target, tls: 'none' } : target)
    const mayGoClear = candidate.tls === 'may' && !plan.implicitTls && plan.auth === null && !isClear
    if (opened.ok || opened.failure.kind !== 'tls' || !mayGoClear) return opened
    this.#clear.set(candidate.address, now + CLEAR_FOR)
    if (!(await mayTryAgain())) return opened
    const clear = await this.#room.open({ ...target, tls: 'none' })
    if (clear.ok) return clear
    const dialogs = [...(opened.failure.dialogs ?? []), ...(clear.failure.dialogs ?? [])]
    return { ok: false, failure: { ...clear.failure, ...(dialogs.length > 0 && { dialogs }) } }
  }

  #target(
    { port, implicitTls, auth, reachedBy }: SitePlan,
    { host, address, tls, dane }: Candidate,
    settings: () => ConnectionSettings,
  ): OutboundTarget {
    const { address: localAddress, helo, exit } = this.#source()
    const how = { port, tls, implicitTls, auth, localAddress, helo, settings } as const
    return { host, address, ...how, ...(reachedBy === 'post' && { http: true }), ...(dane && { dane }), ...(exit && { exit }) }
  }
}

/** Whether a source of the family reaches it. */
function isOf(family: SourceUse['family'], address: string): boolean {
  return family === null || (family === 6) === address.includes(':')
}

/** Owner's code may ask for more than rules do, and never for less. A fixed route has its own. */
function withTls({ reachedBy }: SitePlan, candidate: Candidate, change: ConnectionChange | null): Candidate {
  if (change?.tls === undefined || candidate.dane !== null || reachedBy !== 'mx') return candidate
  return { ...candidate, tls: stronger(candidate.tls, change.tls) }
}

function stronger(one: TlsPolicy, other: TlsPolicy): TlsPolicy {
  return TLS_STRENGTH.indexOf(one) < TLS_STRENGTH.indexOf(other) ? other : one
}

export const NO_HOST: Cause = { code: 4003, reason: 'There is no host to connect to.', reply: null, status: '4.4.1' }

/** It takes no mail at all, or (rfc:8689#4.2.1) a message that must stay under TLS cannot and goes back to its sender. */
export function isFinal({ requiresTls }: SitePlan, { failure: { kind, phase, reply } }: FailedHost): boolean {
  return (reply !== null && verdictOf(phase, reply).kind === 'refused') || (requiresTls === true && kind === 'tls')
}

/** It is about our source: the host was never asked. */
export function isOwn({ failure }: FailedHost): boolean {
  return failure.kind === 'source'
}

function verdictOf(phase: OpenFailure['phase'], reply: PeerReply): ReturnType<typeof classifyReply> {
  return classifyReply(phase, reply)
}

/** What was tried last, or told us most; undefined: nothing. */
export function targetOf({ name }: SitePlan, told: FailedHost | undefined): AttemptTarget {
  return { ...NOWHERE, site: name, remoteHost: told?.candidate.host ?? null, remoteAddress: told?.candidate.address ?? null }
}

/** `tried`: with what was said there. */
export function causeOf(told: FailedHost, tried: readonly FailedHost[] = []): Cause {
  const dialogs = tried.flatMap(({ failure }) => failure.dialogs ?? [])
  return { ...reasonOf(told), ...(dialogs.length > 0 && { dialogs }) }
}

function reasonOf({ candidate: { host, address, asks }, failure: { kind, phase, reply, reason } }: FailedHost): Cause {
  const where = `${host} [${address}]`
  if (kind === 'tls' && asks !== null)
    return {
      code: 4003,
      reason: `No session with ${where} as ${asks} asks for: ${reason}`,
      reply,
      status: asks === 'REQUIRETLS' ? '5.7.10' : '4.7.5',
    }
  if (reply === null) return { code: 4003, reason: `No session with ${where} ${wordsFor(phase)}: ${reason}`, reply, status: '4.4.1' }
  const { code } = verdictOf(phase, reply)
  return { code, reason: `${where} refuses us ${wordsFor(phase)}: ${replyLine(reply)}`, reply, status: '4.3.0' }
}
