// The certificates that tracking.tls_listen shows, by the name that a client asks for: those of hosts of links, as files that may come, change
// and go while the server runs, and for all other names the one of SMTP.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { hostTlsFolder, tlsFiles } from '../../lifecycle/home-files.ts'
import { loadServerCertificate, type ServerCertificate } from '../../net/tls/server-certificate.ts'
import type { Launch } from '../launch.ts'

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/
/** Of hosts without a file: what a stranger asks for is not looked up on the disk each time. */
const LOOK_AGAIN = 10_000
const MOST_MISSING = 1000

export class HostCertificates implements Disposable {
  readonly #launch: Launch
  readonly #log: Log
  readonly #fallback: ServerCertificate
  readonly #hosts = new Map<string, ServerCertificate>()
  readonly #missing = new Map<string, number>()

  /** Throws a Fault where the certificate of SMTP cannot be used. */
  constructor(launch: Launch, log: Log) {
    this.#launch = launch
    this.#log = log
    const { cert, key } = tlsFiles(launch.home, launch.config)
    this.#fallback = this.#load(cert, key)
  }

  [Symbol.dispose](): void {
    this.#fallback[Symbol.dispose]()
    for (const certificate of this.#hosts.values()) certificate[Symbol.dispose]()
  }

  contextFor(name: string): ServerCertificate['context'] {
    const host = name.toLowerCase()
    return (this.#hosts.get(host) ?? this.#find(host) ?? this.#fallback).context
  }

  #find(host: string): ServerCertificate | null {
    const now = systemClock.mono()
    if (!NAME.test(host) || host.includes('..') || now < (this.#missing.get(host) ?? 0)) return null
    const [cert, key] = ['pem', 'key'].map((extension) => join(hostTlsFolder(this.#launch.home), `${host}.${extension}`))
    if (cert !== undefined && key !== undefined && existsSync(cert) && existsSync(key)) {
      try {
        const certificate = this.#load(cert, key)
        this.#hosts.set(host, certificate)
        return certificate
      } catch (error) {
        this.#log.error('the certificate of a host of links cannot be used', { host, reason: messageOf(error) })
      }
    }
    if (this.#missing.size >= MOST_MISSING) this.#missing.clear()
    this.#missing.set(host, now + LOOK_AGAIN)
    return null
  }

  #load(certFile: string, keyFile: string): ServerCertificate {
    const ticketKeys = Buffer.from(this.#launch.ticketKeys, 'base64')
    const minVersion = this.#launch.config['smtp.tls_min']
    return loadServerCertificate({ certFile, keyFile, minVersion, ticketKeys, clock: systemClock, log: this.#log })
  }
}
