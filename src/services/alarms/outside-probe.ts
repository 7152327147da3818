// What the outside says of us: DKIM, SPF, MX and PTR, looked up now and then, and the certificates that listeners and hosts of links show. Each
// name has its turn a few times a day, a few names at once, and sooner again where something is wrong.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { isMissing, messageOf } from '../../base/fault.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import { hostFiles, nameOf } from '../../lifecycle/certificate/hosts.ts'
import { tlsFiles } from '../../lifecycle/home-files.ts'
import { Names } from '../../lifecycle/network/names.ts'
import { createResolver, type Resolver } from '../../net/dns/resolver.ts'
import { dkimProblem, Published } from '../../net/proof/published.ts'
import { Baseline, type Seen } from '../../policy/alarms/baseline.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import { alarmKey } from '../../policy/alarms/terms.ts'
import type { AlertBook } from '../alerts/alert-book.ts'
import { hostsOf } from '../tracking/host-watch.ts'
import type { Probe } from './probe.ts'

export interface OutsideProbeParts {
  readonly home: string
  readonly config: Config
  readonly settings: () => Settings
  readonly book: AlertBook
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random?: () => number
}

/** One thing to look at. Undefined: nobody answered, which says nothing. */
interface Matter {
  readonly names: readonly AlarmName[]
  readonly subject: string
  readonly look: () => Promise<readonly (readonly [AlarmName, Reading | null])[] | undefined>
}

interface Looked {
  readonly due: EpochMs
  readonly readings: readonly (readonly [AlarmName, Reading | null])[]
}

const LOOK_EVERY: Ms = 10_000
const WELL: Ms = 6 * 3_600_000
const FILES: Ms = 600_000
const UNWELL: Ms = 300_000
const AT_ONCE = 16
const DAY: Ms = 86_400_000
const OUTSIDE = ['certificate-ending', 'certificate-changed', 'dkim-record', 'spf-record', 'ptr-record', 'mx-record'] as const

export class OutsideProbe implements Probe, Disposable {
  readonly #parts: OutsideProbeParts
  readonly #opened = new DisposableStack()
  readonly #published: Published
  readonly #names: Names
  readonly #baseline: Baseline
  readonly #looked = new Map<string, Looked>()
  #matters: readonly Matter[] | null = null
  #of: Settings | null = null
  #isBusy = false

  constructor(parts: OutsideProbeParts) {
    const { config, clock, book } = parts
    this.#parts = parts
    const resolver: Resolver = createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], mostEntries: 0, clock })
    this.#opened.use(resolver)
    this.#published = new Published(resolver)
    this.#names = new Names(resolver)
    this.#baseline = new Baseline(book.kept('seen') as readonly Seen[])
    this.#opened.use(every(clock, LOOK_EVERY, () => void this.#look()))
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  /** Of an alarm that was looked at everywhere. */
  *readings(): Iterable<readonly [AlarmName, readonly Reading[]]> {
    if (this.#matters === null) return
    for (const name of OUTSIDE) {
      const found = this.#matters.filter(({ names }) => names.includes(name)).map((matter) => this.#looked.get(placeOf(matter)))
      if (found.some((one) => one === undefined)) continue
      yield [
        name,
        found.flatMap((one) => one?.readings.flatMap(([of, reading]) => (of === name && reading !== null ? [reading] : [])) ?? []),
      ]
    }
  }

  /** What is there now is right. */
  accept(name: AlarmName, subject: string | null): void {
    const gone = this.#baseline.forget(name, subject)
    this.#parts.book.keep('seen', new Map(gone.map((key) => [key, undefined])))
    for (const key of this.#looked.keys()) if (subject === null || key.endsWith(` ${subject}`)) this.#looked.delete(key)
  }

  async #look(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const { clock, settings, random = Math.random } = this.#parts
    const now = clock.now()
    const newest = settings()
    if (this.#of !== newest) this.#matters = this.#mattersOf(newest)
    this.#of = newest
    const all = this.#matters ?? []
    const places = new Set(all.map(placeOf))
    for (const key of this.#looked.keys()) if (!places.has(key)) this.#looked.delete(key)
    const due = all.filter((matter) => (this.#looked.get(placeOf(matter))?.due ?? 0) <= now).slice(0, AT_ONCE)
    await Promise.all(
      due.map(async (matter) => {
        const readings = await matter.look()
        const known = this.#looked.get(placeOf(matter))
        const isWell = readings !== undefined && readings.every(([, reading]) => reading === null || reading.value > 1)
        const wait = isWell ? (matter.names.includes('certificate-ending') ? FILES : WELL) : UNWELL
        this.#looked.set(placeOf(matter), { due: now + wait * (0.9 + 0.2 * random()), readings: readings ?? known?.readings ?? [] })
      }),
    )
    this.#isBusy = false
  }

  #mattersOf(settings: Settings): readonly Matter[] {
    const { home, config } = this.#parts
    const keys = settings.dkimKeys.filter(({ seenAt }) => seenAt !== null)
    const files = [
      [config['host.name'] || 'listeners', tlsFiles(home, config).cert] as const,
      ...[...hostsOf(settings)].map((host) => [nameOf(host), hostFiles(home, nameOf(host)).cert] as const),
    ]
    const record = (name: AlarmName, subject: string, what: string, look: () => Promise<readonly string[] | null>): Matter => ({
      names: [name],
      subject,
      look: async () => {
        const found = await look()
        return found === null ? undefined : [this.#compared(name, subject, what, found)]
      },
    })
    return [
      ...files.map(([subject, file]) => this.#certificate(subject, file)),
      ...keys.map((key) => this.#dkim(key)),
      ...[...settings.senderDomains.values()]
        .filter(({ verifiedAt }) => verifiedAt !== null)
        .map(({ domain }) => record('spf-record', domain, `The SPF record of ${domain}`, () => this.#published.spf(domain))),
      ...[...settings.ownDomains.keys()].map((domain) =>
        record('mx-record', domain, `The MX of ${domain}`, () => this.#published.mx(domain)),
      ),
      ...addressesOf(settings, config).map((address) =>
        record('ptr-record', address, `The name of ${address}`, () => this.#names.ptr(address)),
      ),
    ]
  }

  #dkim(key: Settings['dkimKeys'][number]): Matter {
    const subject = `${key.selector}._domainkey.${key.domain}`
    return {
      names: ['dkim-record'],
      subject,
      look: async () => {
        const comparison = await this.#published.dkim(key)
        if (comparison === null) return undefined
        const problem = dkimProblem(comparison)
        return [['dkim-record', problem === null ? null : { subject, value: 1, words: `DKIM, ${subject}: ${problem}.` }]]
      },
    }
  }

  #certificate(subject: string, file: string): Matter {
    return {
      names: ['certificate-ending', 'certificate-changed'],
      subject,
      look: async () => {
        try {
          const certificate = new X509Certificate(readFileSync(file))
          const days = (Date.parse(certificate.validTo) - this.#parts.clock.now()) / DAY
          const key = createHash('sha256')
            .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
            .digest('hex')
          const words = `The certificate for ${subject} (${file}) ends ${days < 0 ? 'or has ended' : `in ${Math.floor(days)} days`}.`
          const ending: readonly [AlarmName, Reading] = ['certificate-ending', { subject, value: days, words }]
          return [ending, this.#compared('certificate-changed', subject, `The key of the certificate for ${subject}`, [key])]
        } catch (error) {
          // A host of links may have its certificate elsewhere, and those of ours are made at the first start.
          if (isMissing(error)) return []
          const words = `The certificate for ${subject} cannot be read: ${messageOf(error)}.`
          return [['certificate-changed', { subject, value: 1, words }]]
        }
      },
    }
  }

  #compared(name: AlarmName, subject: string, what: string, found: readonly string[]): readonly [AlarmName, Reading | null] {
    const { words, fresh } = this.#baseline.compare(name, subject, found)
    if (fresh !== null) this.#parts.book.keep('seen', new Map([[alarmKey(name, subject), fresh]]))
    return [name, words === null ? null : { subject, value: 1, words: `${what} ${words}.` }]
  }
}

function placeOf({ names, subject }: Pick<Matter, 'names' | 'subject'>): string {
  return `${names[0] ?? ''} ${subject}`
}

/** What mail leaves from, where that is said. */
function addressesOf({ rules }: Settings, config: Config): readonly string[] {
  const addresses = Object.values(rules.document.sources).flatMap(({ address }) => address ?? [])
  const own = config['delivery.source_address']
  return [...new Set([...addresses, ...(own === '' ? [] : [own])])]
}
