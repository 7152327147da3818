// Self-signed certificates for tests, made by `openssl` and kept for the life of the process.
import { execFileSync } from 'node:child_process'

export interface TestCertificate {
  /** PEM. Also the root to trust, as the certificate signs itself. */
  readonly cert: string
  readonly key: string
}

const made = new Map<string, TestCertificate>()

/** A certificate for DNS `names`, 127.0.0.1 and ::1, valid for two days. */
export function testCertificate(...names: readonly string[]): TestCertificate {
  const all = names.length > 0 ? names : ['peer.test']
  const known = made.get(all.join())
  if (known !== undefined) return known
  const alternatives = [...all.map((name) => `DNS:${name}`), 'IP:127.0.0.1', 'IP:::1'].join()
  const pem = execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${all[0]} -addext subjectAltName=${alternatives} -keyout - -out -`.split(
      ' ',
    ),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const start = pem.indexOf('-----BEGIN CERTIFICATE-----')
  const keyStart = pem.indexOf('-----BEGIN PRIVATE KEY-----')
  const certificate =
    start > keyStart
      ? { key: pem.slice(keyStart, start), cert: pem.slice(start) }
      : { cert: pem.slice(start, keyStart), key: pem.slice(keyStart) }
  made.set(all.join(), certificate)
  return certificate
}
