// The certificates that a peer showed in its handshake.
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

const MOST = 10

/** DER, the peer's own first, each followed by its issuer; the last may be a root of the runtime that was not shown. */
export function shownChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // A root names itself as its issuer; a peer that showed nothing is an empty object.
  for (; next?.raw !== undefined && chain.length < MOST; next = next.issuerCertificate) {
    if (chain.at(-1) !== undefined && Buffer.compare(chain.at(-1) ?? next.raw, next.raw) === 0) break
    chain.push(next.raw)
  }
  return chain
}
