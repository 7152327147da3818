// The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): what a load balancer says of the real client
// before the first octet of SMTP or TLS. From named peers only, and then it is required: whoever may send it names any address.
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface ProxyEnd {
  readonly address: string
  readonly port: number
}

/**
 * `more`: the header is not complete yet. `bad`: close without a word. `local`: the balancer itself (a health check), or a
 * family that is not IP: the addresses of the connection count. `length`: octets of the header; what follows is the client's.
 */
export type ProxyHeader =
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'local'; readonly length: number }
  | { readonly kind: 'proxied'; readonly length: number; readonly source: ProxyEnd; readonly destination: ProxyEnd }

/** Section 2.1: `PROXY TCP6` with two addresses of 39 characters and two ports, or `UNKNOWN` with as much, CRLF included. */
const LONGEST_V1 = 107
/** Section 2.2: 16 octets and at most 216 of addresses; the rest is room for extensions (TLV), which are not looked at. */
const LONGEST_V2 = 536
const V1_START = Buffer.from('PROXY ')
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V2_FIXED = 16
const MORE: ProxyHeader = { kind: 'more' }

/** Reads the header at the start of `octets`; never looks beyond 536 of them. */
export function parseProxyHeader(octets: Buffer): ProxyHeader {
  if (startsLike(octets, V2_SIGNATURE)) return octets.length < V2_FIXED ? MORE : parseV2(octets)
  if (startsLike(octets, V1_START)) return parseV1(octets)
  return bad('it does not begin like one')
}

function bad(reason: string): ProxyHeader {
  return { kind: 'bad', reason: `not a PROXY header: ${reason}` }
}

/** Whether `octets` begin with `start`, as far as either goes. */
function startsLike(octets: Buffer, start: Buffer): boolean {
  const length = Math.min(octets.length, start.length)
  return octets.compare(start, 0, length, 0, length) === 0
}

function parseV1(octets: Buffer): ProxyHeader {
  const line = octets.toString('latin1', 0, LONGEST_V1)
  const end = line.indexOf('\r\n')
  if (end === -1) return octets.length < LONGEST_V1 ? MORE : bad('its line does not end')
  const length = end + 2
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = line.slice(0, end).split(' ')
  // The rest of an UNKNOWN line is to be ignored.
  if (family === 'UNKNOWN') return { kind: 'local', length }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : () => false
  const ports = [sourcePort, destinationPort].map((text) => (/^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1))
  const [from = -1, to = -1] = ports
  if (!isAddress(source) || !isAddress(destination) || more.length > 0) return bad('its addresses are not valid')
  if (from < 0 || to < 0 || from > 65_535 || to > 65_535) return bad('its ports are not valid')
  return {
    kind: 'proxied',
    length,
    source: { address: canonical(source), port: from },
    destination: { address: canonical(destination), port: to },
  }
}

function parseV2(octets: Buffer): ProxyHeader {
  const length = V2_FIXED + octets.readUInt16BE(14)
  const command = octets.readUInt8(12)
  if (command >> 4 !== 2 || (command & 15) > 1) return bad('its version or command is not known')
  if (length > LONGEST_V2) return bad('it is too long')
  if (octets.length < length) return MORE
  const family = octets.readUInt8(13)
  // LOCAL; then UNSPEC, datagrams and Unix sockets, none of which is a client of ours.
  if ((command & 15) === 0 || (family !== 0x11 && family !== 0x21)) return { kind: 'local', length }
  const size = family === 0x11 ? 4 : 16
  const ports = V2_FIXED + 2 * size
  if (length < ports + 4) return bad('its addresses are cut off')
  const end = (at: number, port: number): ProxyEnd => ({
    address: addressOf(octets.subarray(at, at + size)),
    port: octets.readUInt16BE(port),
  })
  return { kind: 'proxied', length, source: end(V2_FIXED, ports), destination: end(V2_FIXED + size, ports + 2) }
}

/** A header of version 2 for a TCP connection; both ends are of one family. */
export function writeProxyHeader(source: ProxyEnd, destination: ProxyEnd): Buffer {
  const ends = [source, destination].map(({ address }) => ipaddr.process(address).toByteArray())
  const isV4 = ends.every((octets) => octets.length === 4)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(source.port, 0)
  ports.writeUInt16BE(destination.port, 2)
  const addresses = Buffer.from(ends.flat())
  const fixed = Buffer.from([0x21, isV4 ? 0x11 : 0x21, 0, addresses.length + ports.length])
  return Buffer.concat([V2_SIGNATURE, fixed, addresses, ports])
}

function addressOf(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.')
  return canonical((octets.toString('hex').match(/.{4}/g) ?? []).join(':'))
}

/** Without a zone (`%eth0`), which means something on the balancer only. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

/** One spelling for each address; an IPv4 client on an IPv6 socket is an IPv4 client to every list and limit. */
function canonical(address: string): string {
  if (isIPv4(address)) return address
  const spelled = new SocketAddress({ address, family: 'ipv6' }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(spelled)
  return mapped?.[1] ?? spelled
}
