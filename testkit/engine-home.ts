// A whole engine over the real store, the real outbound side and a small DNS server, in one process, for tests of the engine:
// messages are handed to its handler as a server session would, and its events are read from the outbox.
import type { AccountId, Domain, MessageId } from '../src/base/brand.ts'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import { type Config, OPTIONS } from '../src/contract/options.ts'
import { NO_RULES } from '../src/contract/rules.ts'
import { type Account, newAccount, type Route, type Settings } from '../src/contract/settings.ts'
import type { DeliveryFilters } from '../src/engine/ports/delivery-filters.ts'
import type { DialogKeeper } from '../src/engine/ports/dialogs.ts'
import type { Inbox } from '../src/engine/ports/feedback.ts'
import type { SessionFilters } from '../src/engine/ports/filters.ts'
import type { Signer } from '../src/engine/ports/signer.ts'
import { createWorkerSigner } from '../src/services/signing/worker-signer.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import type { Suppressions } from '../src/engine/ports/suppression.ts'
import { LocalEffects } from '../src/engine/effects/local-effects.ts'
import { LocalLimits } from '../src/engine/limits/local-limits.ts'
import { shareKept } from '../src/policy/limits/priority-use.ts'
import { createResolver } from '../src/net/dns/resolver.ts'
import { createMailResolver } from '../src/net/dns/mail-resolver.ts'
import type { SessionResult } from '../src/policy/trust/tls-results.ts'
import { createOutbound } from '../src/net/outbound/outbound.ts'
import { createHttps } from '../src/net/trust/https.ts'
import { createStsPolicies } from '../src/net/trust/sts-policies.ts'
import type { Client, Mailbox, MailRequest, RecipientRequest } from '../src/smtp/server/handler.ts'
import { parseRecipientPath } from '../src/smtp/post-address.ts'
import { formatReply, type Reply } from '../src/smtp/reply.ts'
import type { SpoolOptions, SqliteSpool } from '../src/store/sqlite/spool/spool.ts'
import { DnsServer, type DnsZones } from './dns-server.ts'
import { eventsAfter } from './event-lines.ts'
import { PATIENT } from './outbound.ts'
import { PATIENCE_MS } from './patience.ts'
import { MemoryShelf, type PolicyServer } from './policy-server.ts'
import type { FakeClock } from './fake-clock.ts'
import { spoolIn, temporaryFolder } from './spool-samples.ts'

export const ACCOUNT: Account = { ...newAccount(1001 as AccountId, 'tests'), bounceMail: true }

/** The events of one kind; some members of the union have two. */
type EventOf<K> = NumberedEvent extends infer E
  ? E extends { kind: infer Own }
    ? K extends Own
      ? E & NumberedEvent
      : never
    : never
  : never

export const CLIENT: Client = {
  address: '127.0.0.1',
  port: 40_000,
  localAddress: '127.0.0.1',
  localPort: 2525,
  helo: 'client.example',
  tls: null,
  user: null,
  protocol: 'ESMTP',
}

/** A test that has mail put off says what comes of it: nothing eases off by itself. */
const NOT_BY_ITSELF = { 'delivery.backoff': false } as const

export function configWith(change: Partial<Config> = {}): Config {
  const defaults = Object.fromEntries(Object.entries(OPTIONS).map(([name, option]) => [name, option.default]))
  return { ...(defaults as unknown as Config), 'delivery.retry_first': 1000, 'delivery.retry_longest': 4000, ...NOT_BY_ITSELF, ...change }
}

export function settingsWith(change: Partial<Settings> = {}): Settings {
  const anonymous = { ...ACCOUNT, id: 1000 as AccountId }
  const bound = { domain: 'sender.example' as Domain, account: 1000 as AccountId, token: 't', verifiedAt: 1 }
  return {
    version: 1,
    accounts: new Map([anonymous, ACCOUNT].map((account) => [account.id, account])),
    credentials: new Map(),
    injectionKeys: new Map(),
    relays: [{ cidr: '127.0.0.0/8' }],
    routes: [],
    milters: [],
    dkimKeys: [],
    senderDomains: new Map([[bound.domain, bound]]),
    suspensions: [],
    alarms: [],
    brakes: [],
    sourceStates: [],
    exitLogins: [],
    rebindings: [],
    tokenKeys: [],
    ownDomains: new Map(),
    reporters: [],
    trackingHosts: [],
    postSecrets: new Map(),
    rules: { version: 0, document: NO_RULES },
    smartRules: { version: 0, document: null, pinned: false },
    warmups: new Map(),
    ...change,
  }
}

export function routeTo(port: number, change: Partial<Route> = {}): Route {
  return { pattern: '*', host: '127.0.0.1', port, tls: 'may', implicitTls: false, user: null, password: null, ...change }
}

function mailbox(address: string): Mailbox {
  const posted = address.startsWith('post@http') ? parseRecipientPath(address, false) : undefined
  if (posted !== undefined && typeof posted !== 'string') return posted
  const at = address.lastIndexOf('@')
  return { address, local: address.slice(0, at), domain: address.slice(at + 1) as Domain }
}

export interface Submission {
  readonly sender?: string
  readonly to?: readonly string[]
  readonly text?: string | Buffer
  readonly client?: Client
  readonly notify?: Partial<RecipientRequest['notify']>
  readonly returnContent?: 'full' | 'headers'
  readonly envelopeId?: string
  /** ORCPT of every recipient. */
  readonly originalRecipient?: string
  readonly utf8?: boolean
  readonly requireTls?: true
  readonly hold?: MailRequest['hold']
  /** Octets of a chunk. */
  readonly chunk?: number
  readonly longestLine?: number
}

export interface HomeOptions {
  readonly config?: Partial<Config>
  readonly settings?: Partial<Settings>
  readonly zones?: DnsZones
  readonly workers?: number
  readonly folder?: string
  readonly spool?: Partial<SpoolOptions>
  /** What the engine gets in place of the spool. */
  readonly wrapSpool?: (spool: SqliteSpool) => SqliteSpool
  /** The engine's; sockets and DNS keep to the system's. */
  readonly clock?: FakeClock
  /** Roots in PEM that peers are trusted by. */
  readonly trust?: readonly string[]
  /** Where MTA-STS policies are fetched; without it none is looked up. */
  readonly policies?: PolicyServer
  /** Signs as a worker does; otherwise nothing is signed. */
  readonly signs?: true
  /** Reads mail for own domains; without it none is read. */
  readonly inbox?: Inbox
  /** Who is suppressed; nobody unless given. */
  readonly suppressions?: Suppressions
  /** Where TLS sessions are counted. */
  readonly tlsResults?: { count(result: SessionResult): unknown }
  /** Milliseconds that a peer may take for an answer; longer than a busy machine is. */
  readonly patience?: number
  /** Who looks at what comes in, in this order. */
  readonly filters?: readonly SessionFilters[]
  /** Who is asked about mail on its way. */
  readonly deliveryFilters?: DeliveryFilters
  /** Takes what was said in attempts; without it nothing is remembered. */
  readonly dialogs?: DialogKeeper
  /** Milliseconds between looks for what expired. */
  readonly sweepEvery?: number
}

function signerOf({ signs }: HomeOptions, settings: () => Settings): Signer {
  if (signs !== true) return { sign: () => Promise.resolve(new Uint8Array(0)), operations: 0 }
  return createWorkerSigner(settings, () => systemClock.now(), 1)
}

function askedOf({ filters, deliveryFilters, dialogs }: HomeOptions): Pick<HomeOptions, 'filters' | 'deliveryFilters' | 'dialogs'> {
  return { ...(filters && { filters }), ...(deliveryFilters && { deliveryFilters }), ...(dialogs && { dialogs }) }
}

/** The patience of a stop is time, too. */
async function stopped(engine: Engine, clock?: FakeClock): Promise<void> {
  const ticking = setInterval(() => clock?.pass(10), 10)
  await engine.stop(1000)
  clearInterval(ticking)
}

export class EngineHome implements AsyncDisposable {
  settings: Settings
  readonly engine: Engine
  readonly spool: SqliteSpool
  readonly dns: DnsServer
  readonly config: Config
  readonly signer: Signer
  readonly #end: AsyncDisposableStack

  private constructor(parts: {
    signer: Signer
    engine: Engine
    spool: SqliteSpool
    dns: DnsServer
    config: Config
    settings: { now: Settings }
    end: AsyncDisposableStack
  }) {
    this.engine = parts.engine
    this.spool = parts.spool
    this.dns = parts.dns
    this.config = parts.config
    this.signer = parts.signer
    this.settings = parts.settings.now
    this.#end = parts.end
    this.#shared = parts.settings
  }

  readonly #shared: { now: Settings }

  static async start(options: HomeOptions = {}): Promise<EngineHome> {
    const end = new AsyncDisposableStack()
    const folder = options.folder ?? end.use(temporaryFolder()).path
    const dns = end.use(await DnsServer.start(options.zones ?? {}))
    const config = configWith({ 'dns.servers': [dns.address], ...options.config })
    const settings = { now: settingsWith(options.settings) }
    const late: { engine?: Engine } = {}
    const listener: SpoolOptions['listener'] = {
      adopted: (shard) => late.engine?.listener.adopted(shard),
      health: (shard, health) => late.engine?.listener.health(shard, health),
    }
    const spool = await spoolIn(folder, { listener, ...options.spool })
    end.use(spool)
    const resolver = end.use(createResolver({ servers: config['dns.servers'], timeout: PATIENCE_MS, clock: systemClock }))
    const hostName = 'hms.test'
    const log = jsonLog('test', process.env['HMS_TEST_LOG'] === undefined ? 'error' : 'debug', (line) => process.stderr.write(line))
    const { patience } = options
    const timeouts =
      patience === undefined ? PATIENT : { ...PATIENT, greeting: patience, command: patience, data: patience, final: patience }
    const allowPrivate = config['delivery.allow_private']
    const mail = createMailResolver({
      resolver,
      hostName,
      listeners: [],
      port: config['delivery.port'],
      allowPrivate,
      dane: config['delivery.dane'],
    })
    const { policies, tlsResults } = options
    const https = createHttps({ resolver: mail, allowPrivate, clock: systemClock, trust: policies === undefined ? [] : [policies.root] })
    const signer = signerOf(options, () => settings.now)
    const engine = createEngine({
      spool: options.wrapSpool?.(spool) ?? spool,
      ...(options.sweepEvery === undefined ? {} : { sweepEvery: options.sweepEvery }),
      outbound: createOutbound({ timeouts, clock: systemClock, log, remembers: options.dialogs !== undefined, trust: options.trust ?? [] }),
      resolver: mail,
      ...(policies && {
        sts: createStsPolicies({ resolver, https, shelf: new MemoryShelf(), clock: systemClock, log, port: policies.port }),
      }),
      ...(options.inbox && { inbox: options.inbox }),
      ...askedOf(options),
      ...(options.suppressions && { suppressions: options.suppressions }),
      ...(tlsResults && { tlsResults: { count: (result) => void tlsResults.count(result) } }),
      signer,
      settings: () => settings.now,
      config,
      smartRules: NO_RULES,
      hostName,
      limits: new LocalLimits({ clock: options.clock ?? systemClock, log, store: null, share: shareKept(config) }),
      effects: new LocalEffects({ clock: options.clock ?? systemClock, log, before: [], store: null }),
      workers: options.workers ?? 1,
      secret: Buffer.alloc(32, 7),
      clock: options.clock ?? systemClock,
      log,
      random: () => 0.5,
    })
    late.engine = engine
    end.defer(() => stopped(engine, options.clock))
    return new EngineHome({ engine, spool, dns, config, settings, signer, end })
  }

  change(settings: Partial<Settings>): void {
    this.#shared.now = { ...this.#shared.now, ...settings }
    this.settings = this.#shared.now
    this.engine.settingsChanged()
  }

  /** Hands a message in; returns the reply on one line, of whatever step refused it. */
  async submit(submission: Submission = {}): Promise<string> {
    const { sender = 'bob@sender.example', to = ['ann@example.com'], client = CLIENT } = submission
    const { text = `From: ${sender}\r\nSubject: hello\r\n\r\nhello\r\n`, chunk = 64 * 1024 } = submission
    const handler = this.engine.handlerFor()
    const said = (reply: Reply): string => formatReply(reply).trimEnd()
    try {
      const { returnContent = null, envelopeId = null, utf8 = false } = submission
      const refusal =
        (await handler.connected(client)) ??
        (await handler.mail(
          {
            sender: sender === '' ? null : mailbox(sender),
            size: null,
            body: '8BITMIME',
            utf8,
            returnContent,
            envelopeId,
            ...(submission.requireTls && { requireTls: true }),
            ...(submission.hold && { hold: submission.hold }),
          },
          client,
        ))
      if (refusal !== null) return said(refusal)
      const notify = { given: submission.notify !== undefined, success: false, failure: false, delay: false, ...submission.notify }
      for (const address of to) {
        const refused = await handler.recipient(
          { recipient: mailbox(address), notify, originalRecipient: submission.originalRecipient ?? null },
          client,
        )
        if (refused !== null) return said(refused)
      }
      const sink = await handler.begin(client)
      if (!('write' in sink)) return said(sink)
      const octets = typeof text === 'string' ? Buffer.from(text) : text
      for (let at = 0; at < octets.length; at += chunk) await sink.write(octets.subarray(at, at + chunk))
      return said(await sink.end({ longestLine: submission.longestLine ?? 80, eightBit: false, nul: false, wireReady: false }))
    } finally {
      handler.closed()
    }
  }

  /** Events so far, oldest first. */
  async events(): Promise<readonly NumberedEvent[]> {
    const events: NumberedEvent[] = []
    for (const shard of this.spool.shards()) events.push(...(await eventsAfter(this.spool, shard)))
    return events
  }

  /** The events of a kind, once there are `count` of them. */
  async waitFor<K extends NumberedEvent['kind']>(kind: K, count = 1, most = PATIENCE_MS): Promise<readonly EventOf<K>[]> {
    const end = performance.now() + most
    for (;;) {
      const events = await this.events()
      const found = events.filter((event): event is EventOf<K> => event.kind === kind)
      if (found.length >= count) return found
      if (performance.now() > end)
        throw new Error(`no ${count} × ${kind} within ${most} ms; events: ${JSON.stringify(events.slice(-10), null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
  }

  /** Resolves when `queued` recipients are left, as the status tells: it follows the events by a moment. */
  async untilQueued(queued: number, most = PATIENCE_MS): Promise<void> {
    const end = performance.now() + most
    while (this.engine.status().queued !== queued) {
      if (performance.now() > end) throw new Error(`${this.engine.status().queued} recipients are queued, not ${queued}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async queued(id?: MessageId) {
    return this.engine.queue.list(id === undefined ? {} : { ids: [id] }, null, 1000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync()
  }
}
