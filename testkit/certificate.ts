// Self-signed certificates for tests, kept for the life of the process.
import { makeSelfSigned, type SelfSigned } from '../src/net/tls/self-signed.ts'

const made = new Map<string, SelfSigned>()

/** A certificate for DNS `names`, 127.0.0.1 and ::1; also the root to trust, as it signs itself. */
export function testCertificate(...names: readonly string[]): SelfSigned {
  const all = names.length > 0 ? names : ['peer.test']
  const known = made.get(all.join())
  if (known !== undefined) return known
  const certificate = makeSelfSigned([...all, '127.0.0.1', '::1'], Date.now())
  made.set(all.join(), certificate)
  return certificate
}
