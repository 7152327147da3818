// Checks of what comes in: every parameter is read through these, by name, with a sentence for what is wrong. CR, LF and NUL are
// refused everywhere before a value comes near a header, a command or a log. A name that nobody reads is refused too: a
// misspelt criterion must not select everything.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { parseMessageId } from '../../base/message-id.ts'
import { parseDomain } from '../../smtp/address.ts'

const LONGEST_TEXT = 1000

export function refused(message: string, mend?: string, code = 'invalid-parameter'): Fault {
  return new Fault(code, message, { blame: 'caller', ...(mend !== undefined && { mend }) })
}

export interface Bounds {
  readonly least: number
  readonly most: number
}

/** The parameters of one call. Readers throw a Fault `invalid-parameter`; `done` refuses what was not read. */
export class Params {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #unread: Set<string>

  constructor(values: unknown, what = 'The parameters') {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) throw refused(`${what} must be an object.`)
    this.#values = values as Record<string, unknown>
    this.#unread = new Set(Object.keys(values).filter((name) => this.#values[name] !== undefined))
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  /** The value as it is; counts as read. */
  raw(name: string): unknown {
    this.#unread.delete(name)
    return this.#values[name]
  }

  /** Reads with `read` where the parameter is given. */
  optional<T>(name: string, read: (params: this) => T): T | undefined {
    return this.has(name) ? read(this) : undefined
  }

  text(name: string, most = LONGEST_TEXT): string {
    const value = this.raw(name)
    if (typeof value !== 'string' || value === '') throw refused(`${name} must be a text that is not empty.`)
    if (/[\r\n\0]/.test(value)) throw refused(`${name} holds a line break or a NUL.`, 'Write it in one line.')
    if (value.length > most) throw refused(`${name} has ${value.length} characters; at most ${most} are allowed.`)
    return value
  }

  /** A text of several lines (a PEM file); NUL is refused. */
  lines(name: string, most: number): string {
    const value = this.raw(name)
    if (typeof value !== 'string' || value.trim() === '') throw refused(`${name} must be a text that is not empty.`)
    if (value.includes('\0') || value.length > most) throw refused(`${name} is longer than ${most} characters or holds a NUL.`)
    return value
  }

  flag(name: string): boolean {
    const value = this.raw(name)
    if (value !== undefined && typeof value !== 'boolean') throw refused(`${name} must be true or false.`)
    return value ?? false
  }

  count(name: string, { least, most }: Bounds): number {
    const value = this.raw(name)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      throw refused(`${name} must be a whole number from ${least} to ${most}.`)
    return value
  }

  choice<const C extends string>(name: string, choices: readonly C[]): C {
    const value = this.raw(name)
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw refused(`${name} must be one of ${choices.join(', ')}.`)
    return found
  }

  list(name: string, most: number): readonly unknown[] {
    const value = this.raw(name)
    if (!Array.isArray(value)) throw refused(`${name} must be a list.`)
    if (value.length > most) throw refused(`${name} has ${value.length} members; at most ${most} are allowed.`)
    return value
  }

  account(name: string): AccountId {
    return this.count(name, { least: 1000, most: 2 ** 31 - 1 }) as AccountId
  }

  accounts(name: string, most: number): readonly AccountId[] {
    return this.list(name, most).map((value) => {
      if (typeof value === 'number' && Number.isInteger(value) && value >= 1000 && value < 2 ** 31) return value as AccountId
      throw refused(`${name} must be numbers of accounts.`)
    })
  }

  /** A domain in its canonical form; no address literal. */
  domain(name: string): Domain {
    return domainOf(this.text(name, 255), name)
  }

  message(name: string): MessageId {
    return messageIdOf(this.raw(name))
  }

  networks(name: string): readonly string[] {
    return this.list(name, 1000).map((value) => canonicalNetwork(typeof value === 'string' ? value : '').cidr)
  }

  /** Refuses what was given and not read. */
  done(): void {
    const [first] = this.#unread
    if (first !== undefined) throw refused(`There is no parameter ${JSON.stringify(first.slice(0, 100))} here.`)
  }
}

export function messageIdOf(value: unknown): MessageId {
  const id = typeof value === 'string' ? parseMessageId(value) : undefined
  if (id === undefined) throw refused('That is no message id: it has 16 letters and digits.')
  return id
}

export function domainOf(text: string, what: string): Domain {
  const domain = parseDomain(text.endsWith('.') ? text.slice(0, -1) : text, true)
  if (domain === undefined || domain.startsWith('[')) throw refused(`${JSON.stringify(text)} is no domain name (${what}).`)
  return domain
}

/** A network in its one form, host bits cleared; an IPv4 network written as IPv6 (`::ffff:…`) becomes IPv4. */
export function canonicalNetwork(text: string): { readonly cidr: string; readonly version: 4 | 6; readonly bits: number } {
  const bad = refused(
    `${JSON.stringify(text.slice(0, 100))} is no network.`,
    'Write an address, or a CIDR such as 192.0.2.0/24 or 2001:db8::/48.',
  )
  const [address = '', given, more] = text.trim().split('/')
  // net.isIP is the strict one: ipaddr.js reads 10.1 and 010.0.0.1 as addresses.
  if (isIP(address) === 0 || more !== undefined || (given !== undefined && !/^\d{1,3}$/.test(given)) || address.includes('%')) throw bad
  const written = ipaddr.parse(address)
  const wide = written.kind() === 'ipv4' ? 32 : 128
  let bits = given === undefined ? wide : Number(given)
  if (bits > wide) throw bad
  const mapped = written instanceof ipaddr.IPv6 && written.isIPv4MappedAddress()
  if (mapped && bits < 96) throw bad
  const parsed = mapped ? written.toIPv4Address() : written
  if (mapped) bits -= 96
  const network =
    parsed.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${bits}`)
  return { cidr: `${network.toString()}/${bits}`, version: parsed.kind() === 'ipv4' ? 4 : 6, bits }
}
