// Which network an address belongs to. Lists of CIDRs are compiled once; an IPv4 address that comes mapped into IPv6 is
// IPv4, or a listed network would be missed (and a refused one let in) on a dual-stack socket.
import ipaddr from 'ipaddr.js'

export interface NetworkSet {
  readonly size: number
  /** False for what is no address. */
  has(address: string): boolean
}

const DOT_AS_DIGIT = 0x2e - 0x30

interface Network {
  readonly bytes: readonly number[]
  readonly bits: number
}

/** The usual case without a parser: four numbers of at most three digits, none with a zero in front (some read that as octal). */
function plainIpv4(address: string): readonly number[] | undefined {
  if (address.length > 15) return undefined
  const bytes: number[] = []
  let byte = -1
  for (let i = 0; i <= address.length; i++) {
    const digit = i < address.length ? address.charCodeAt(i) - 0x30 : DOT_AS_DIGIT
    if (digit === DOT_AS_DIGIT) {
      if (byte < 0 || bytes.push(byte) > 4) return undefined
      byte = -1
    } else if (digit < 0 || digit > 9 || byte === 0) return undefined
    else byte = byte < 0 ? digit : byte * 10 + digit
    if (byte > 255) return undefined
  }
  return bytes.length === 4 ? bytes : undefined
}

function bytesOf(address: string): readonly number[] | undefined {
  const plain = plainIpv4(address)
  if (plain !== undefined) return plain
  const bare = address.replace(/%.*$/, '')
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toByteArray() : undefined
}

function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const bytes = bytesOf(address)
  if (bytes === undefined) return undefined
  const whole = bytes.length * 8
  const given = slash < 0 ? whole : Number(text.slice(slash + 1))
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const bits = bytes.length === 4 && address.includes(':') && slash >= 0 ? given - 96 : given
  return Number.isInteger(bits) && bits >= 0 && bits <= whole ? { bytes, bits } : undefined
}

function covers({ bytes, bits }: Network, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false
  const rest = bits & 7
  if (rest === 0) return true
  const mask = (0xff << (8 - rest)) & 0xff
  return ((bytes[whole] ?? 0) & mask) === ((address[whole] ?? 0) & mask)
}

/** Whether every address of a network is in one of the others. */
export function isWithinNetworks(cidr: string, others: readonly string[]): boolean {
  const inner = parseNetwork(cidr)
  if (inner === undefined) return false
  return others.some((other) => {
    const outer = parseNetwork(other)
    return outer !== undefined && outer.bits <= inner.bits && covers(outer, inner.bytes)
  })
}

/** Compiles a list; what is no network in it matches nothing (the configuration and the operations check before). */
export function compileNetworks(cidrs: readonly string[]): NetworkSet {
  const networks = cidrs.map(parseNetwork).filter((network) => network !== undefined)
  return {
    size: networks.length,
    has(address) {
      if (networks.length === 0) return false
      const bytes = bytesOf(address)
      return bytes !== undefined && networks.some((network) => covers(network, bytes))
    },
  }
}

/** What failures and rates are counted by: the IPv4 address, or the /64 of an IPv6 address (one customer has at least that). */
export function networkKey(address: string): string {
  const bytes = bytesOf(address)
  if (bytes === undefined) return address
  return bytes.length === 4 ? bytes.join('.') : `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64`
}

/** The network around an address: the /24 of an IPv4 address, the /48 of an IPv6 address (what one site is usually given). */
export function surroundingKey(address: string): string {
  const bytes = bytesOf(address)
  if (bytes === undefined) return address
  return bytes.length === 4 ? `${bytes.slice(0, 3).join('.')}.0/24` : `${Buffer.from(bytes.slice(0, 6)).toString('hex')}/48`
}
