// The certificate that listeners show: read from two files and read again when they change, without a restart. A pair
// that does not work never takes the place of one that does.
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'

export interface ServerCertificateOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** 48 random octets that all workers share, so that a session of one can be resumed at another. */
  readonly ticketKeys?: Buffer
  readonly clock: Clock
  readonly log: Log
  /** Time between two looks at the files; default 5 s. */
  readonly poll?: Ms
}

/** Take them anew for each connection: they change with the files, both together. Disposing stops the watch. */
export interface ServerCertificate extends Disposable {
  readonly context: SecureContext
  /** What the context is made of. */
  readonly options: SecureContextOptions
}

const POLL: Ms = 5000

/** Loads the pair and watches it. Throws a `Fault` where the first pair cannot be used. */
export function loadServerCertificate(options: ServerCertificateOptions): ServerCertificate {
  const { clock, log, certFile } = options
  let seen = stamp(options)
  let loaded = load(options)
  let stopped = false
  const look = (): void => {
    if (stopped) return
    const now = stamp(options)
    if (now !== seen) {
      seen = now
      try {
        loaded = load(options)
        log.info('the certificate was renewed', { file: certFile })
      } catch (error) {
        log.error('a new certificate cannot be used, the one before stays', { file: certFile, reason: messageOf(error) })
      }
    }
    timer = clock.after(options.poll ?? POLL, look)
  }
  let timer = clock.after(options.poll ?? POLL, look)
  return {
    get context() {
      return loaded.context
    },
    get options() {
      return loaded.options
    },
    [Symbol.dispose]() {
      stopped = true
      timer[Symbol.dispose]()
    },
  }
}

/** Changes whenever one of the files does; a file that is not there, or may not be looked at, has a stamp too. */
function stamp({ certFile, keyFile }: ServerCertificateOptions): string {
  return `${stampOf(certFile)} ${stampOf(keyFile)}`
}

function stampOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    return messageOf(error)
  }
}

function load({ certFile, keyFile, minVersion, ticketKeys }: ServerCertificateOptions): Omit<ServerCertificate, typeof Symbol.dispose> {
  try {
    const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion, ...(ticketKeys && { ticketKeys }) }
    return { context: createSecureContext(options), options }
  } catch (error) {
    throw new Fault('bad-certificate', `The certificate ${certFile} with the key ${keyFile} cannot be used: ${messageOf(error)}.`, {
      blame: 'owner',
      mend: 'Both must be PEM, the key must belong to the first certificate, and hms must be allowed to read them.',
      cause: error,
    })
  }
}
