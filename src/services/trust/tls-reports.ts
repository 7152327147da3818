// Reports on TLS to the domains that want them (rfc:8460), once a day for the day before (UTC): by mail or HTTPS, some time after midnight
// that is another for each server and day, so that not all the world reports at once. Made by the first worker alone.
import { createHash, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { LocalMessage } from '../../engine/accept/post.ts'
import { composeTlsReportMail } from '../../message/tls-report.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import type { Https } from '../../net/trust/https.ts'
import { composeReport, dayOf, reportFile, reportPlaces, type ReportPlace } from '../../policy/trust/tls-report.ts'
import type { CountedPolicy } from '../../policy/trust/tls-results.ts'
import { parseMailbox } from '../../smtp/address.ts'
import type { ResultFolder } from '../../store/trust/result-files.ts'
import { pause } from '../pause.ts'

export interface TlsReportOptions {
  readonly folder: ResultFolder
  readonly resolver: Resolver
  readonly https: Https
  readonly hostName: string
  /** Address in From, and whom to ask about a report. */
  readonly from: string
  /** Whether a key signs mail of the domain in `from`: reports by mail must be signed (rfc:8460#3). */
  readonly isSigned: (domain: Domain) => boolean
  readonly post: (message: LocalMessage) => Promise<void>
  /** False while another process is the one that reports. */
  readonly mayReport: () => boolean
  readonly clock: Clock
  readonly log: Log
}

/** `later`: another try may do; `never`: none will. */
type HandedIn = 'taken' | 'later' | 'never'

interface Made {
  readonly domain: string
  readonly day: string
  readonly id: string
  /** Compressed. */
  readonly report: Buffer
}

const DAY: Ms = 86_400_000
const FIRST_LOOK: Ms = 5000
const LOOK_EVERY: Ms = 600_000
/** Workers have written what they counted before midnight by then. */
const AFTER_MIDNIGHT: Ms = 900_000
const MOST_JITTER: Ms = 4 * 3_600_000
/** A report that could not be handed in for so long is of use to nobody. */
const GIVEN_UP_AFTER: Ms = 3 * DAY
const LONGEST_AT_STOP: Ms = 1000
const LARGEST_ANSWER = 64 * 1024

export class TlsReports implements AsyncDisposable {
  readonly #options: TlsReportOptions
  #timer: Disposable
  #looking: Promise<void> = Promise.resolve()
  #isEnded = false

  constructor(options: TlsReportOptions) {
    this.#options = options
    this.#timer = this.#arm(FIRST_LOOK)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    this.#timer[Symbol.dispose]()
    // A server that is slow to take a report does not hold up a stop.
    await Promise.race([this.#looking, pause(LONGEST_AT_STOP)])
  }

  #arm(wait: Ms): Disposable {
    return this.#options.clock.after(wait, () => {
      this.#looking = this.look().finally(() => {
        if (!this.#isEnded) this.#timer = this.#arm(LOOK_EVERY)
      })
    })
  }

  /** Reports each day whose time has come. Never rejects. */
  async look(): Promise<void> {
    const { folder, mayReport, clock, log } = this.#options
    if (!mayReport()) return
    try {
      for (const day of await folder.days()) {
        const now = clock.now()
        const begin = Date.parse(`${day}T00:00:00Z`)
        if (day >= dayOf(now) || this.#isEnded) return
        if (now < this.#dueAt(day, begin)) continue
        const isWhole = await this.#report(day)
        if (isWhole || now > begin + DAY + GIVEN_UP_AFTER) await folder.remove(day)
      }
    } catch (error) {
      log.warn('Reports on TLS could not be made; they are tried again.', { reason: messageOf(error) })
    }
  }

  #dueAt(day: string, begin: EpochMs): EpochMs {
    const chance = createHash('sha256').update(`${this.#options.hostName} ${day}`).digest().readUInt32BE(0)
    return begin + DAY + AFTER_MIDNIGHT + (chance % MOST_JITTER)
  }

  /** True where nothing is left to try. */
  async #report(day: string): Promise<boolean> {
    const { folder } = this.#options
    const done = await folder.done(day)
    let isWhole = true
    for (const [domain, policies] of await folder.read(day)) {
      if (done.has(domain)) continue
      if (this.#isEnded) return false
      if (await this.#reportTo(domain, day, policies)) await folder.markDone(day, domain)
      else isWhole = false
    }
    return isWhole
  }

  /** True where the domain wants none, or one of its places has it, or none will ever. */
  async #reportTo(domain: string, day: string, policies: readonly CountedPolicy[]): Promise<boolean> {
    const { resolver, hostName, from } = this.#options
    const answer = await resolver.query(`_smtp._tls.${domain}`, 'TXT')
    if (answer.kind === 'trouble') return false
    const places = answer.kind === 'records' ? reportPlaces(answer.records) : []
    if (places.length === 0) return true
    const id = `${day}.${randomUUID()}`
    const report = gzipSync(composeReport({ organization: hostName, contact: from, id, day, domain, policies }))
    const handed: HandedIn[] = []
    for (const place of places) handed.push(await this.#handIn(place, { domain, day, id, report }))
    const taken = handed.filter((one) => one === 'taken').length
    this.#options.log.info('A report on TLS was made.', { domain, day, places: places.length, taken })
    return taken > 0 || !handed.includes('later')
  }

  async #handIn(place: ReportPlace, made: Made): Promise<HandedIn> {
    const { https, log } = this.#options
    if (place.kind === 'mail') return await this.#mail(place.address, made)
    const { host, port, path } = place
    const post = { type: 'application/tlsrpt+gzip', body: made.report }
    const answer = await https({ host, port, path, most: LARGEST_ANSWER, post })
    if (answer.ok && answer.status >= 200 && answer.status < 300) return 'taken'
    const reason = answer.ok ? `it answered ${answer.status}` : answer.reason
    log.info('A report on TLS was not taken.', { domain: made.domain, host, reason })
    return 'later'
  }

  async #mail(to: string, { domain, day, id, report }: Made): Promise<HandedIn> {
    const { from, hostName, isSigned, post, clock, log } = this.#options
    const [author, recipient] = [parseMailbox(from, false), parseMailbox(to, false)]
    if (typeof author === 'string' || typeof recipient === 'string') return 'never'
    if (!isSigned(author.domain)) {
      log.info('A report on TLS was not mailed, as no DKIM key signs for its sender.', { domain, from })
      return 'never'
    }
    const about = { domain, submitter: hostName, id, day, file: reportFile(hostName, domain, day), report }
    const octets = composeTlsReportMail({ from: author.address, to: recipient.address, at: clock.now(), ...about })
    await post({ to: recipient.address, authorDomain: author.domain, octets, tls: 'optional' })
    return 'taken'
  }
}
