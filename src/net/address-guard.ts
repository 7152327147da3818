// Which addresses of strangers may be connected to: an MX record may name any address, and mail must not become a way to
// reach our own loopback or the owner's network (server-side request forgery).
import ipaddr from 'ipaddr.js'

/** rfc:4291#2.4: global unicast is 2000::/3 so far; everything else (::/96, fc00::/7, fe80::/10, ff00::/8) is not. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an address is globally reachable unicast: not loopback, private, link-local, unspecified, multicast, shared
 * (100.64.0.0/10), reserved, nor an IPv4-mapped or NAT64 form of such a one. False for what is no address.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address instanceof ipaddr.IPv4) return isPublicIPv4(address)
  // NAT64 (rfc:6052#2.1): the IPv4 address in the last four octets is the one that is reached.
  if (address.range() === 'rfc6052') return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(12)))
  return address.match(GLOBAL_IPV6) && address.range() === 'unicast'
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  const range = address.range()
  return range === 'unicast' || range === 'as112' || range === 'amt'
}

/** One spelling for equal addresses: IPv4-mapped as IPv4, IPv6 compressed in lower case. What is no address is returned as it is. */
export function canonicalAddress(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : text
}
