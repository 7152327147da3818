// Answers whoever opens an image, follows a link or unsubscribes. A GET changes nothing, as scanners follow every link; a POST is answered
// after the commit of what it asked for. Nothing is redirected to that was not signed for the host that was asked.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { EngagementEvent, UnsubscribedEvent } from '../../contract/events.ts'
import type { Settings } from '../../contract/settings.ts'
import { brokenPage, donePage, NO_VOICE, type Page, type PageVoice, questionPage } from '../../message/pages/unsubscribe-page.ts'
import { openToken, type TokenFacts } from '../../message/token.ts'
import { hostProof } from '../../message/tracking/host-proof.ts'
import { fromSecond, openClickTarget, openUnsubscription, type Unsubscription } from '../../message/tracking/links.ts'
import { machineOf } from '../../policy/machines.ts'
import { domainOf, Visits, type VisitsOptions } from './visits.ts'

export interface TrackingRequest {
  readonly method: string
  /** As the client named it, in lower case, with the port where it gave one. */
  readonly host: string
  /** Without the query. */
  readonly path: string
  readonly body: string
  readonly client: string
  readonly agent: string | null
  /** `Accept-Language`. */
  readonly language: string | null
  /** `Sec-Purpose` and what came before it. */
  readonly purpose: string | null
}

export interface WebAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export interface TrackerOptions extends Pick<VisitsOptions, 'sent'> {
  readonly settings: () => Settings
  readonly clock: Clock
  readonly log: Log
  readonly tell: (events: readonly (EngagementEvent | UnsubscribedEvent)[]) => Promise<void>
}

/** One transparent pixel. */
const IMAGE = Buffer.from('R0lGODlhAQABAPAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')
const LONGEST_AGENT = 300
/** Who unsubscribed a moment ago, so that a second try is not written again. No longer: he may have been put back on the list since. */
const MOST_REMEMBERED = 10_000
const REMEMBERED_FOR: Ms = 60_000
const NOTHING = 'There is nothing here.\n'

export class Tracker {
  readonly visits: Visits
  readonly #options: TrackerOptions
  readonly #unsubscribed = new Map<string, EpochMs>()

  constructor(options: TrackerOptions) {
    this.#options = options
    this.visits = new Visits(options)
  }

  async answer(request: TrackingRequest): Promise<WebAnswer> {
    const [, kind = '', first = '', second = ''] = request.path.split('/', 5)
    if (kind === 'u') return await this.#unsubscribe(request, first)
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD.\n', { allow: 'GET, HEAD' })
    if (kind === 'c') return this.#click(request, first, second)
    if (kind === 'o') return this.#open(request, first, second)
    if (kind === 'proof') return this.#prove(request, first)
    return kind === 'robots.txt' ? text(200, 'User-agent: *\nDisallow: /\n') : text(404, NOTHING)
  }

  #open(request: TrackingRequest, token: string, second: string): WebAnswer {
    const facts = openToken(this.#keys, token.replace(/\.gif$/, ''))
    // Nobody signed the time: it says no more than that a machine was quick.
    if (facts !== null) this.#visit('opened', request, facts, { url: null, link: null, at: fromSecond(second.replace(/\.gif$/, '')) })
    return { status: 200, headers: { 'content-type': 'image/gif', ...UNCACHED }, body: IMAGE }
  }

  #click(request: TrackingRequest, token: string, target: string): WebAnswer {
    const found = openClickTarget(this.#keys, request.host, target)
    if (found === null) return html(404, brokenPage(NO_VOICE, request.language))
    const facts = openToken(this.#keys, token)
    // Whoever follows a link gets there, also where a mail program spoiled the token.
    if (facts !== null && facts.account === found.account) this.#visit('clicked', request, facts, found)
    return { status: 302, headers: { location: found.url, ...UNCACHED }, body: '' }
  }

  #visit(
    kind: 'opened' | 'clicked',
    { method, agent, client, purpose }: TrackingRequest,
    { account, message, n }: TokenFacts,
    { url, link, at: acceptedAt }: { readonly url: string | null; readonly link: string | null; readonly at: EpochMs },
  ): void {
    const at = this.#options.clock.now()
    const machine = machineOf({ kind, method, agent, client, purpose, after: at - acceptedAt })
    const unknown = { clientId: null, mailing: null, stream: null, recipient: '', domain: domainOf('') }
    const whom = { account, message, ...unknown }
    this.visits.add({ event: { kind, at, ...whom, client, agent: agentOf(agent), machine, url, link }, n })
  }

  async #unsubscribe(request: TrackingRequest, value: string): Promise<WebAnswer> {
    const dot = value.indexOf('.')
    const token = value.slice(0, Math.max(0, dot))
    const facts = openToken(this.#keys, token)
    const whom = facts === null ? null : openUnsubscription(this.#keys, token, value.slice(dot + 1))
    if (facts === null || whom === null) return html(404, brokenPage(NO_VOICE, request.language))
    const voice = this.#voiceOf(facts.account)
    if (request.method === 'GET' || request.method === 'HEAD') return html(200, questionPage(voice, request.language, whom.address))
    if (request.method !== 'POST') return text(405, 'Only GET and POST.\n', { allow: 'GET, HEAD, POST' })
    const by = wish(request.body)
    if (by === null) return html(400, questionPage(voice, request.language, whom.address))
    if (!(await this.#tell(request, value, { facts, whom, by })))
      return text(503, 'Please try again in a minute.\n', { 'retry-after': '60' })
    return by === 'one-click' ? text(200, 'Unsubscribed.\n') : html(200, donePage(voice, request.language, whom.address))
  }

  /** Whether it is committed. */
  async #tell({ client, agent }: TrackingRequest, value: string, { facts, whom, by }: Wished): Promise<boolean> {
    const at = this.#options.clock.now()
    if (at - (this.#unsubscribed.get(value) ?? -Infinity) < REMEMBERED_FOR) return true
    const { account, message } = facts
    const { address: recipient, clientId, mailing, stream } = whom
    const told = { account, message, clientId, mailing, stream, recipient, domain: domainOf(recipient) }
    try {
      await this.#options.tell([{ kind: 'unsubscribed', at, ...told, by, client, agent: agentOf(agent) }])
    } catch (error) {
      this.#options.log.error('An unsubscription could not be written down.', { id: message, error: messageOf(error) })
      return false
    }
    this.#remember(value, at)
    return true
  }

  #remember(value: string, at: EpochMs): void {
    const [oldest] = this.#unsubscribed.keys()
    if (oldest !== undefined && this.#unsubscribed.size >= MOST_REMEMBERED) this.#unsubscribed.delete(oldest)
    this.#unsubscribed.set(value, at)
  }

  /** Shows whoever has the keys that this installation is reached by this name. */
  #prove({ host }: TrackingRequest, challenge: string): WebAnswer {
    const proof = hostProof(this.#keys, host, challenge)
    return proof === null ? text(404, NOTHING) : text(200, proof)
  }

  get #keys(): Settings['tokenKeys'] {
    return this.#options.settings().tokenKeys
  }

  #voiceOf(account: AccountId): PageVoice {
    return this.#options.settings().accounts.get(account)?.tracking ?? NO_VOICE
  }
}

interface Wished {
  readonly facts: TokenFacts
  readonly whom: Unsubscription
  readonly by: 'one-click' | 'page'
}

/** What a form says, in either of the two encodings of forms (rfc:8058#3.2): of one click, or of the button of the page. */
const WISHES: Readonly<Record<Wished['by'], readonly RegExp[]>> = {
  'one-click': [
    /(?:^|&)List-Unsubscribe=One-Click(?:&|\s*$)/i,
    /name="?List-Unsubscribe"?\s*\r?\n(?:[^\r\n]{1,200}\r?\n){0,4}\r?\nOne-Click/i,
  ],
  page: [/(?:^|&)confirm=yes(?:&|\s*$)/, /name="?confirm"?\s*\r?\n(?:[^\r\n]{1,200}\r?\n){0,4}\r?\nyes\b/],
}

function wish(body: string): Wished['by'] | null {
  const said = (by: Wished['by']): boolean => WISHES[by].some((form) => form.test(body))
  return said('one-click') ? 'one-click' : said('page') ? 'page' : null
}

function agentOf(agent: string | null): string | null {
  return agent === null ? null : agent.slice(0, LONGEST_AGENT)
}

const UNCACHED = { 'cache-control': 'no-store, private', 'referrer-policy': 'no-referrer' }

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): WebAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...UNCACHED, ...headers }, body }
}

function html(status: number, { language, html: body }: Page): WebAnswer {
  // A form of the page posts to where it came from; nothing else is loaded or run, and nobody shows it in a frame to lead clicks astray.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Language',
      ...UNCACHED,
    },
    body,
  }
}
