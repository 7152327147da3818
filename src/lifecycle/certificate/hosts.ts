// The certificates of hosts of links: the owner's files, or ordered by the server where it shows them itself.
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import type { Config } from '../../contract/options.ts'
import { hostTlsFolder } from '../home-files.ts'
import { renewalOf } from './state.ts'

export interface HostFiles {
  readonly cert: string
  readonly key: string
  /** There where the server ordered it. */
  readonly mark: string
}

/** A host of links without its port. */
export function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

export function hostFiles(home: string, name: string): HostFiles {
  const file = (extension: string): string => join(hostTlsFolder(home), `${name}.${extension}`)
  return { cert: file('pem'), key: file('key'), mark: file('ordered') }
}

/** Whether its certificate is a file of the owner's. */
export function isOwners(home: string, name: string): boolean {
  const { cert, mark } = hostFiles(home, name)
  return existsSync(cert) && !existsSync(mark)
}

/** Whether the server orders certificates of hosts of links by itself. */
export function ordersHosts(config: Config): boolean {
  return config['acme.terms_agreed'] && config['tracking.tls_listen'].length > 0
}

/** When the server orders the next for a host; null: never. */
export function hostRenewal(home: string, config: Config, host: string): EpochMs | null {
  const name = nameOf(host)
  if (!ordersHosts(config) || isOwners(home, name)) return null
  try {
    const certificate = new X509Certificate(readFileSync(hostFiles(home, name).cert))
    const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
    return renewalOf({ names: certificate.checkHost(name) === undefined ? [] : [name], from, until, isSelfSigned: false }, [name])
  } catch {
    return 0
  }
}
