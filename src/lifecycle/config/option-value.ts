// One option's value: from what a person wrote (YAML, an environment variable) to the checked value, and back to the text
// that would be read as the same. Knows no file and no name: those are the caller's.
import ipaddr from 'ipaddr.js'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../base/quantities.ts'
import type { Option, OptionValue, SocketAddress } from '../../contract/option-kinds.ts'

export type Parsed = { readonly ok: true; readonly value: OptionValue } | { readonly ok: false; readonly expected: string }

/** What can stand in a greeting (rfc:5321#4.1.2), so that no other name takes its place in silence. */
const DOMAIN_NAME = /^(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)\.?$/i

/** A name with a letter in its last label, so that a mistyped IPv4 address is none. */
const HOST_NAME = /^(?:[a-z0-9-]{1,63}\.)*[a-z][a-z0-9-]{0,62}$/i

const NAMED_FOLDER = /^[a-z0-9][a-z0-9-]{0,31}=\/[^\0\r\n,]{0,999}$/

/** What an option takes, in words, for a problem or a description. */
export function expectation(option: Option): string {
  switch (option.kind) {
    case 'text':
      return 'a text'
    case 'host':
      return 'a host name such as mta1.example.com'
    case 'flag':
      return 'true or false'
    case 'count':
      return `a whole number from ${option.min} to ${option.max}`
    case 'size':
      return `a size such as 25MiB, from ${formatSize(option.min)} to ${formatSize(option.max)}`
    case 'duration':
      return `a time with its unit such as 30s, 5m or 4h, from ${formatDuration(option.min)} to ${formatDuration(option.max)}`
    case 'choice':
      return `one of ${option.choices.join(', ')}`
    case 'addresses':
      return 'addresses such as 127.0.0.1:2525 or "[::1]:2525"'
    case 'networks':
      return 'networks by their first address, such as 192.0.2.0/24 or 2001:db8::/48'
    case 'hosts':
      return 'host names such as mta1.example.com'
    case 'folders':
      return 'folders with names, such as usb=/mnt/usb; a name has letters, digits and hyphens, and stands once'
    case 'servers':
      return 'addresses such as 192.0.2.53, 192.0.2.53:5353 or "[2001:db8::53]:53"'
  }
}

/** Reads a value as YAML or an environment variable gives it. */
export function parseOption(option: Option, raw: unknown): Parsed {
  const value = read(option, raw)
  return value === undefined ? { ok: false, expected: expectation(option) } : { ok: true, value }
}

function read(option: Option, raw: unknown): OptionValue | undefined {
  switch (option.kind) {
    case 'text':
      return typeof raw === 'string' || typeof raw === 'number' ? String(raw) : undefined
    case 'host':
      return typeof raw === 'string' && (raw === '' || DOMAIN_NAME.test(raw)) ? raw : undefined
    case 'flag':
      return raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined
    case 'count':
      return within(option, typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw)
    case 'size':
      return within(option, parseSize(raw))
    case 'duration':
      return within(option, parseDuration(raw))
    case 'choice':
      return typeof raw === 'string' && option.choices.includes(raw) ? raw : undefined
    case 'addresses':
      return every(raw, parseSocketAddress)
    case 'networks':
      return every(raw, parseNetwork)
    case 'hosts':
      return every(raw, (text) => (DOMAIN_NAME.test(text) ? text.toLowerCase().replace(/\.$/, '') : undefined))
    case 'folders':
      return distinct(every(raw, (text) => (NAMED_FOLDER.test(text) && !/\/\.\.?(?:\/|$)/.test(text) ? text : undefined)))
    case 'servers':
      return every(raw, (text) => (ipaddr.isValid(text) || parseSocketAddress(text) !== undefined ? text : undefined))
  }
}

/** By the names before `=`. */
function distinct(values: readonly string[] | undefined): readonly string[] | undefined {
  return new Set(values?.map((one) => one.split('=')[0])).size === values?.length ? values : undefined
}

function within(bounds: { readonly min: number; readonly max: number }, value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max ? value : undefined
}

/** A list as a YAML sequence, or as one text with commas. */
function every<T>(raw: unknown, parse: (text: string) => T | undefined): readonly T[] | undefined {
  const parts = Array.isArray(raw) ? raw : typeof raw === 'string' ? raw.split(',').filter((part) => part.trim() !== '') : undefined
  if (parts === undefined) return undefined
  const values: T[] = []
  for (const part of parts) {
    const value = typeof part === 'string' ? parse(part.trim()) : undefined
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

/** `127.0.0.1:2525`, `[::1]:2525` or `localhost:2525`. Port 0: any free one. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text)
  if (match === null) return undefined
  const [, six, other, digits] = match
  const host = six ?? other ?? ''
  const sound = six === undefined ? ipaddr.IPv4.isValidFourPartDecimal(host) || HOST_NAME.test(host) : ipaddr.IPv6.isValid(host)
  return sound && Number(digits) <= 65_535 ? { host, port: Number(digits) } : undefined
}

export function formatSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A CIDR without bits beyond its prefix; a bare address stands for itself alone. */
function parseNetwork(text: string): string | undefined {
  if (!text.includes('/')) {
    if (!ipaddr.isValid(text) || (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text))) return undefined
    return text.includes(':') ? `${text}/128` : `${text}/32`
  }
  if (!ipaddr.isValidCIDR(text)) return undefined
  const [address] = ipaddr.parseCIDR(text)
  const network = text.includes(':') ? ipaddr.IPv6.networkAddressFromCIDR(text) : ipaddr.IPv4.networkAddressFromCIDR(text)
  return address.toNormalizedString() === network.toNormalizedString() ? text : undefined
}

/** The value as it would be written in config/hms.yaml. */
export function formatOption(option: Option, value: OptionValue): string {
  if (Array.isArray(value)) {
    const items = value.map((item: string | SocketAddress) => quoted(typeof item === 'string' ? item : formatSocketAddress(item)))
    return `[${items.join(', ')}]`
  }
  if (option.kind === 'size') return formatSize(Number(value))
  if (option.kind === 'duration') return formatDuration(Number(value))
  return option.kind === 'text' || option.kind === 'host' ? quoted(String(value)) : String(value)
}

function quoted(text: string): string {
  return /^[\w./][\w./:-]*$/.test(text) && !/^[\d.]*$/.test(text) ? text : JSON.stringify(text)
}
