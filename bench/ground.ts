// A server between our own generator and sink, and what one load over it measures.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type HmsOptions, type HmsServer, signaturesEach, startHms } from './hms.ts'
import { countsEach, type KernelCounts, kernelCounts } from './kernel-counts.ts'
import { Generator, OwnSink } from './peers.ts'
import type { GeneratorLoad, Latency, SinkOptions } from './peer-words.ts'
import { titlesOf, watchTree } from './processes.ts'
import { profileOptions, profileTables, type Window } from './profile.ts'
import { type PartTimes, partTimes, perMessage, processSeconds } from './threads.ts'

export interface GroundOptions {
  /** Where homes are made. */
  readonly folder: string
  readonly sink?: Partial<SinkOptions>
  readonly hms?: Omit<Partial<HmsOptions>, 'folder' | 'route' | 'nodeOptions'>
  /** Mail goes by MX to the sites of the sink. */
  readonly byMx?: boolean
  /** Where profiles go. */
  readonly profile?: string | null
}

export interface Measured {
  /** Transactions a second until the last 250. */
  readonly accepted: number
  /** Recipients a second until the last was at the sink, and until all was told. */
  readonly relayed: number
  readonly told: number
  readonly latency: Latency
  /** µs of processor for each recipient. */
  readonly processor: PartTimes
  /** The same of generator and sink. */
  readonly peers: number
  /** For each recipient. */
  readonly kernel: KernelCounts
  readonly peakMiB: number
}

export type LoadOptions = Omit<GeneratorLoad, 'port' | 'login' | 'domains'> & { readonly login?: boolean; readonly domains?: number }

const TOLD_EVERY_MS = 10
const TOLD_WITHIN_MS = 120_000
/** What follows a load at once (write-back, the outbox let go) belongs to it. */
const AFTERMATH_MS = 300

export class Ground implements AsyncDisposable {
  readonly hms: HmsServer
  readonly sink: OwnSink
  readonly generator: Generator
  readonly #options: GroundOptions
  readonly #opened: AsyncDisposableStack
  readonly #windows: Window[] = []
  #messages = 0

  private constructor(
    options: GroundOptions,
    parts: { hms: HmsServer; sink: OwnSink; generator: Generator },
    opened: AsyncDisposableStack,
  ) {
    this.#options = options
    this.hms = parts.hms
    this.sink = parts.sink
    this.generator = parts.generator
    this.#opened = opened
  }

  static async open(options: GroundOptions): Promise<Ground> {
    await using opened = new AsyncDisposableStack()
    const folder = mkdtempSync(join(options.folder, 'hms-bench-'))
    opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
    const sink = opened.use(await OwnSink.start({ sites: 0, ...options.sink }))
    const generator = opened.use(new Generator())
    const { config, ...rest } = options.hms ?? {}
    const mx = { 'dns.servers': sink.dns, 'delivery.allow_private': 'true', 'delivery.port': String(sink.port) }
    const hms = opened.use(
      await startHms({
        folder,
        route: options.byMx === true ? null : sink.port,
        nodeOptions: options.profile ? profileOptions(options.profile) : '',
        config: { 'smtp.sessions_per_address': '2000', ...(options.byMx === true ? mx : {}), ...config },
        ...rest,
      }),
    )
    return new Ground(options, { hms, sink, generator }, opened.move())
  }

  loadOf({ login = false, ...load }: LoadOptions): GeneratorLoad {
    const { port, user, password } = this.hms
    return { domains: 1, ...load, port, ...(login ? { login: { user, password } } : {}) }
  }

  async measure(options: LoadOptions): Promise<Measured> {
    const load = this.loadOf(options)
    const [received, told] = [await this.sink.received(), await this.hms.told()]
    const end = watchTree(this.hms.pid)
    const times = partTimes(this.hms.pid)
    const peers = this.peerSeconds()
    const kernel = kernelCounts(this.hms.pid)
    const began = performance.now()
    const sent = await this.generator.send(load)
    const recipients = sent.accepted * load.recipients
    this.#messages += sent.accepted
    const { lastAt } = await this.sink.until(received.recipients + recipients)
    const relaySeconds = (lastAt - Number(process.hrtime.bigint()) / 1e6 + performance.now() - began) / 1000
    const toldSeconds = await this.untilTold(told.delivered + recipients, began)
    await wait(AFTERMATH_MS)
    this.#windows.push([began, performance.now()])
    const processor = perMessage(times, partTimes(this.hms.pid), recipients)
    return {
      accepted: sent.accepted / sent.seconds,
      relayed: recipients / relaySeconds,
      told: recipients / toldSeconds,
      latency: sent.latency,
      processor,
      peers: ((this.peerSeconds() - peers) * 1e6) / recipients,
      kernel: countsEach(kernel, kernelCounts(this.hms.pid), recipients),
      peakMiB: end().peakMiB,
    }
  }

  /** Processor time of generator and sink so far. */
  peerSeconds(): number {
    return processSeconds(this.generator.pid) + processSeconds(this.sink.pid)
  }

  /** Seconds since `began` until so many deliveries are told of in all. */
  async untilTold(delivered: number, began: number): Promise<number> {
    const last = performance.now() + TOLD_WITHIN_MS
    for (;;) {
      const told = await this.hms.told()
      if (told.delivered >= delivered) return (performance.now() - began) / 1000
      if (performance.now() > last) throw new Error(`hms has told of ${told.delivered} of ${delivered} deliveries`)
      await wait(TOLD_EVERY_MS)
    }
  }

  /** A load that the profile shall cover. */
  covers(window: Window): void {
    this.#windows.push(window)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { profile, hms = {} } = this.#options
    await using _ = this.#opened
    // A bench of signing that signed nothing would prove nothing.
    const [made, wanted] = [await this.hms.signatures(), this.#messages * signaturesEach(hms.dkim ?? 'none')]
    if (made < wanted) throw new Error(`${made} signatures were made of ${wanted}`)
    if (!profile) return
    const titles = titlesOf(this.hms.pid)
    await this.hms.stop()
    console.log(`\n${profile}`)
    console.log(profileTables(profile, titles, this.#windows))
  }
}
