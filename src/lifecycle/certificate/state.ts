// The certificate that listeners show: what is in it, and when the server orders another by itself.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EpochMs } from '../../base/brand.ts'
import type { CertificateView } from '../../contract/lifecycle.ts'
import type { Config } from '../../contract/options.ts'
import { tlsFiles } from '../home-files.ts'

/** Throws where it cannot be read. */
export function readCertificate(home: string, config: Config): CertificateView {
  const { cert } = tlsFiles(home, config)
  const certificate = new X509Certificate(readFileSync(cert))
  const { subjectAltName = '', issuer, subject, publicKey } = certificate
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const names = [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase())
  return {
    file: cert,
    names,
    issuer: issuer.replaceAll('\n', ', '),
    isSelfSigned: issuer === subject,
    from,
    until,
    tlsa: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    renewedAt: isOrdered(config) ? renewalOf({ names, from, until, isSelfSigned: issuer === subject }, config['acme.names']) : null,
  }
}

/** Whether certificates come from an authority by themselves. */
export function isOrdered(config: Config): boolean {
  return config['acme.names'].length > 0 && config['smtp.tls_cert'] === ''
}

/** At once where it is not for the names that are asked for; otherwise with a third of its life left. */
export function renewalOf(
  { names, from, until, isSelfSigned }: Pick<CertificateView, 'names' | 'from' | 'until' | 'isSelfSigned'>,
  wanted: readonly string[],
): EpochMs {
  const isForThem = !isSelfSigned && wanted.every((name) => names.includes(name.toLowerCase()))
  return isForThem ? until - (until - from) / 3 : 0
}
