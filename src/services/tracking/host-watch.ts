// Looks now and then whether each host of links answers by HTTPS, under its own name, with a certificate that proves it, and leads to this
// installation. What workers promise recipients depends on it: it is written into the settings when it changes.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Status } from '../../contract/operations.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { hostProof } from '../../message/tracking/host-proof.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import type { Https } from '../../net/trust/https.ts'

export interface HostWatchParts {
  readonly config: Config
  readonly settings: SettingsStore
  /** As they are now, whoever changed them; the same object while nobody did. */
  readonly newest: () => Settings
  readonly resolver: Resolver
  /** After a change: workers are to know it at once. */
  readonly changed: () => void
  readonly clock: Clock
  readonly log: Log
}

const LOOK_EVERY: Ms = 2000
/** Between two questions to a host that is well, and after the first failure of one; twice as long after each more. */
const WELL: Ms = 60_000
const UNWELL: Ms = 2000
/** A host that was well may fail once: a certificate is put in place, a proxy starts again. */
const FAILURES = 2
const MOST_OCTETS = 1000
const AT_ONCE = 16
const BY = 'hms'

interface Looked {
  readonly at: EpochMs
  readonly failures: number
}

export class HostWatch implements Disposable {
  readonly #parts: HostWatchParts
  readonly #timer: Disposable
  readonly #looked = new Map<string, Looked>()
  #https: Promise<Https> | null = null
  #isLooking = false
  #hosts: Settings['trackingHosts'] = []
  #wanted: { readonly of: Settings; readonly hosts: ReadonlySet<string> } | null = null

  constructor(parts: HostWatchParts) {
    this.#parts = parts
    this.#timer = every(parts.clock, LOOK_EVERY, () => void this.#look())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  alerts(): Status['alerts'] {
    return this.#hosts.flatMap(({ host, trouble, since }) =>
      trouble === null
        ? []
        : [
            {
              at: since,
              what: `Links to ${host} are not put into mail: ${trouble}.`,
              mend: 'It must lead to tracking.listen or tracking.tls_listen by HTTPS, with its own certificate and its own Host.',
            },
          ],
    )
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const settings = this.#parts.newest()
      // There may be very many accounts.
      if (this.#wanted?.of !== settings) this.#wanted = { of: settings, hosts: hostsOf(settings) }
      const { hosts } = this.#wanted
      this.#forget(settings, hosts)
      // Those that never answer hold some others up, and not all.
      const due = [...hosts].filter((host) => this.#isDue(host)).values()
      const lane = async (): Promise<void> => {
        for (const host of due) await this.#ask(host, settings)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane))
      this.#hosts = hosts.size === 0 ? [] : this.#parts.newest().trackingHosts
    } catch (error) {
      this.#parts.log.error('hosts of links cannot be looked at', { reason: messageOf(error) })
    }
    this.#isLooking = false
  }

  #forget({ trackingHosts }: Settings, hosts: ReadonlySet<string>): void {
    for (const { host } of trackingHosts) if (!hosts.has(host)) this.#parts.settings.removeTrackingHost(host, BY)
    for (const host of this.#looked.keys()) if (!hosts.has(host)) this.#looked.delete(host)
  }

  #isDue(host: string): boolean {
    const last = this.#looked.get(host)
    if (last === undefined) return true
    const wait = last.failures === 0 ? WELL : Math.min(WELL, UNWELL * 2 ** Math.min(last.failures - 1, 10))
    return this.#parts.clock.now() - last.at >= wait
  }

  async #ask(host: string, { tokenKeys, trackingHosts }: Settings): Promise<void> {
    const { settings, clock, changed } = this.#parts
    const challenge = randomBytes(16).toString('hex')
    const proof = hostProof(tokenKeys, host, challenge)
    if (proof === null) return
    const trouble = await this.#troubleOf(host, challenge, proof)
    const at = clock.now()
    const failures = trouble === null ? 0 : (this.#looked.get(host)?.failures ?? 0) + 1
    this.#looked.set(host, { at, failures })
    const known = trackingHosts.find((one) => one.host === host)
    if (known?.trouble === trouble || (known?.trouble === null && failures < FAILURES)) return
    settings.putTrackingHost(
      { host, trouble, since: known !== undefined && (known.trouble === null) === (trouble === null) ? known.since : at },
      BY,
    )
    changed()
  }

  async #troubleOf(host: string, challenge: string, proof: string): Promise<string | null> {
    const [name = '', port] = host.split(':')
    this.#https ??= this.#open().catch((error: unknown) => {
      this.#https = null
      throw error
    })
    const https = await this.#https
    const answer = await https({
      host: name,
      port: port === undefined ? 443 : Number(port),
      path: `/proof/${challenge}`,
      most: MOST_OCTETS,
    })
    if (!answer.ok) return answer.kind === 'certificate' ? `its certificate does not prove it (${answer.reason})` : answer.reason
    if (answer.status === 200 && answer.body === proof) return null
    return `another server than this one answers there, or the Host that was asked for does not come through (status ${answer.status})`
  }

  /** Only where there is a host: HTTPS costs a desk some MB. */
  async #open(): Promise<Https> {
    const { config, resolver, clock } = this.#parts
    const { createHttps } = await import('../../net/trust/https.ts')
    const around = { resolver, hostName: '', listeners: [], port: config['delivery.port'], allowPrivate: true, dane: false }
    const file = config['tracking.trust_file']
    const trust = file === '' ? [] : [readFileSync(file, 'utf8')]
    return createHttps({ resolver: createMailResolver(around), allowPrivate: true, clock, trust })
  }
}

export function hostsOf({ accounts }: Pick<Settings, 'accounts'>): ReadonlySet<string> {
  return new Set([...accounts.values()].flatMap(({ tracking: { host } }) => (host === null ? [] : [host])))
}
