// Webhooks: where an account has its events posted to. Endpoints are settings; how they are, what was tried and what is told again is asked of
// the desk.
import { randomBytes, randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import type { MessageId } from '../../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEventKind } from '../../../contract/events.ts'
import { findStream } from '../../../contract/streams.ts'
import type { Account } from '../../../contract/settings.ts'
import {
  WEBHOOK_BOUNDS,
  WEBHOOK_FORMATS,
  type WebhookBatch,
  type WebhookFormat,
  type WebhookHealth,
  type WebhookView,
} from '../../../contract/webhooks.ts'
import type { ListedWebhook, StoredWebhook, Webhooks } from '../../../engine/ports/webhooks.ts'
import { isPublicAddress } from '../../../net/address-guard.ts'
import { writeSecret } from '../../../policy/alerts/webhook.ts'
import { eventId } from '../../../policy/webhooks/payload.ts'
import { rotated, secretProblem, secretsNow } from '../../../policy/webhooks/secrets.ts'
import { parsePosted, placeOf, urlOf } from '../../../smtp/post-address.ts'
import { existingAccount, existingStream } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const SECRET_OCTETS = 32
const ID_LENGTH = 12
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ID = /^wh_[a-z0-9]{12}$/
const DAY = 86_400_000
const LATEST = 8_640_000_000_000_000
const LONGEST_REPLAY = 400 * DAY

/** As shipped: one event a post, as most receivers expect; SendGrid's lists are a choice. */
const USUAL = { format: 'standard', kinds: null, streams: null, batch: { events: 1, wait: 1000 }, connections: 8, on: true } as const

const UNKNOWN: Omit<WebhookHealth, 'since'> = {
  state: 'new',
  tookAt: null,
  failure: null,
  nextTry: null,
  told: 0,
  givenUp: 0,
  aside: 0,
  behindSince: null,
}

type Around = Pick<OperationContext, 'settings' | 'webhooks' | 'delivery' | 'events' | 'now' | 'by'>
/** Of one message: what has more is a mailing. */
const MOST_EVENTS = 1000
type Fields = Pick<StoredWebhook, 'name' | 'url' | 'format' | 'kinds' | 'streams' | 'batch' | 'connections' | 'on'>
type Replaying = 'webhook.replay.start' | 'webhook.replay.list' | 'webhook.replay.cancel'
type Looking = 'webhook.list' | 'webhook.show' | 'webhook.log' | 'webhook.test' | 'webhook.resume'

function newId(): string {
  return `wh_${Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
}

function newSecret(): string {
  return writeSecret(randomBytes(SECRET_OCTETS))
}

/** The endpoint that a call names, of the account that it names. */
function existing({ settings }: Pick<Around, 'settings'>, params: Params): ListedWebhook {
  const id = params.text('id', 40)
  const account = params.optional('account', () => params.account('account'))
  const found = ID.test(id) ? settings.webhooks.find(id) : null
  if (found !== null && (account === undefined || found.account === account)) return found
  throw refused(`There is no webhook ${JSON.stringify(id)}.`, "List them with 'hms webhook ls'.", 'no-webhook')
}

/** The same, with its secrets. */
function opened(around: Pick<Around, 'settings'>, params: Params): StoredWebhook {
  const { id } = existing(around, params)
  const found = around.settings.webhooks.unsealed(id)
  if (found === null) throw new Error('what was found is there')
  return found
}

async function viewsOf(
  { webhooks, now }: Pick<Around, 'webhooks' | 'now'>,
  stored: readonly ListedWebhook[],
): Promise<readonly WebhookView[]> {
  const health = await webhooks.health(stored.map(({ id }) => id))
  return stored.map((one) => viewOf(one, health.get(one.id), now()))
}

function viewOf({ secrets, ...webhook }: ListedWebhook, health: WebhookHealth | undefined, now: number): WebhookView {
  const known = health ?? { ...UNKNOWN, since: webhook.at }
  const state = webhook.on || known.state === 'dead' || known.state === 'gone' ? known.state : 'off'
  return { ...webhook, secrets: secretsNow(secrets, now).map(({ since, until }) => ({ since, until })), health: { ...known, state } }
}

export function webhookOperations(around: Around): OperationsOf<'webhook'> {
  return { ...lookingOperations(around), ...changingOperations(around), ...replayOperations(around) }
}

/** `webhook-id`s of posts of its single events. */
async function postsOf({ events, settings }: Around, message: MessageId): Promise<readonly string[]> {
  const installation = settings.installation()
  return (await events.find({ message }, null, MOST_EVENTS)).map((event) => eventId(event, installation))
}

function lookingOperations(around: Around): Pick<OperationsOf<'webhook'>, Looking> {
  const { settings, webhooks, now } = around
  return {
    'webhook.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      params.done()
      return viewsOf(around, settings.webhooks.list(account))
    },
    'webhook.show': async (values) => {
      const params = new Params(values)
      const found = existing(around, params)
      params.done()
      return shownOf(around, found)
    },
    'webhook.log': async (values) => {
      const params = new Params(values)
      const { id } = existing(around, params)
      const failed = params.flag('failed')
      const message = params.optional('message', () => params.message('message'))
      const after = params.optional('after', () => params.count('after', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? null
      const limit = params.count('limit', { least: 1, most: 1000 })
      params.done()
      const posts = message === undefined ? {} : { posts: await postsOf(around, message) }
      const found = await webhooks.attempts(id, { failed, ...posts, after, limit: limit + 1 })
      const attempts = found.slice(0, limit)
      return { attempts, next: found.length > limit ? (attempts.at(-1)?.n ?? null) : null }
    },
    'webhook.test': async (values) => {
      const params = new Params(values)
      const found = existing(around, params)
      const kind = params.optional('kind', () => params.choice('kind', MAIL_EVENT_KINDS))
      params.done()
      requireSecret(found)
      return { tests: await webhooks.test(found.id, kind === undefined ? (found.kinds ?? MAIL_EVENT_KINDS) : [kind]) }
    },
    'webhook.resume': async (values) => {
      const params = new Params(values)
      const found = existing(around, params)
      const from = params.optional('from', () => params.choice('from', ['stopped', 'now'])) ?? 'stopped'
      params.done()
      await webhooks.resume(found.id, from, now())
      return shownOf(around, found)
    },
  }
}

async function shownOf(around: Around, stored: ListedWebhook): Promise<WebhookView> {
  const [view] = await viewsOf(around, [stored])
  if (view === undefined) throw new Error('one is shown as one')
  return view
}

function requireSecret({ id, secrets }: ListedWebhook): void {
  if (secrets.length > 0) return
  throw refused(`The secret of webhook ${id} was lost in a restore.`, `'hms webhook rotate ${id}' gives it another.`, 'key-mismatch')
}

function changingOperations(
  around: Around,
): Pick<OperationsOf<'webhook'>, 'webhook.add' | 'webhook.set' | 'webhook.remove' | 'webhook.rotate'> {
  const { settings, webhooks, now, by } = around
  const secretOf = (params: Params, format: WebhookFormat): string => {
    const text = params.optional('secret', () => params.text('secret', 200)) ?? newSecret()
    const problem = secretProblem(text, format)
    if (problem !== null) throw refused(`The secret ${problem}.`, 'Leave it out, and one is drawn.')
    return text
  }
  return {
    'webhook.add': async (values) => {
      const params = new Params(values)
      const account = existingAccount(settings.read(), params.account('account'))
      requireRoom(settings.webhooks.count(account.id), account)
      const url = urlOfParams(around, params)
      const fields = fieldsOf(params, account, { ...USUAL, url, name: new URL(url).hostname.slice(0, 100) })
      const secret = secretOf(params, fields.format)
      params.done()
      const secrets = [{ text: secret, since: now(), until: null }]
      const stored: StoredWebhook = { id: newId(), account: account.id, ...fields, by, at: now(), secrets }
      settings.putWebhook(stored, by)
      await webhooks.changed(stored.id, true)
      return { webhook: await shownOf(around, stored), secret }
    },
    'webhook.set': async (values) => {
      const params = new Params(values)
      const before = opened(around, params)
      const url = params.has('url') ? urlOfParams(around, params) : before.url
      const stored = { ...before, ...fieldsOf(params, existingAccount(settings.read(), before.account), { ...before, url }) }
      params.done()
      const [newest] = stored.secrets
      const problem = newest === undefined ? null : secretProblem(newest.text, stored.format)
      if (problem !== null)
        throw refused(`The format ${stored.format} takes another secret: that of now ${problem}.`, 'Add a webhook of that format.')
      settings.putWebhook(stored, by)
      await webhooks.changed(stored.id)
      return shownOf(around, stored)
    },
    'webhook.remove': async (values) => {
      const params = new Params(values)
      const { id } = existing(around, params)
      params.done()
      const removed = settings.removeWebhook(id, by)
      await webhooks.changed(id)
      return { removed }
    },
    'webhook.rotate': async (values) => {
      const params = new Params(values)
      const before = opened(around, params)
      const keep = params.optional('keep', () => params.count('keep', { least: 0, most: 30 * DAY })) ?? DAY
      const secret = secretOf(params, before.format)
      params.done()
      const stored = { ...before, secrets: rotated(before.secrets, secret, { now: now(), keep }) }
      settings.putWebhook(stored, by)
      await webhooks.changed(stored.id)
      return { webhook: await shownOf(around, stored), secret }
    },
  }
}

function requireRoom({ own, all }: ReturnType<Webhooks['count']>, { id }: Account): void {
  const { each, all: most } = WEBHOOK_BOUNDS
  if (own >= each) throw refused(`Account ${id} has ${each} webhooks, as many as it may have.`, 'Remove one first.', 'too-many-webhooks')
  if (all >= most) throw refused(`There are ${most} webhooks, as many as there may be.`, 'Remove some first.', 'too-many-webhooks')
}

function urlOfParams({ delivery }: Pick<Around, 'delivery'>, params: Params): string {
  const text = params.text('url', 890)
  const parsed = parsePosted(`post@${text}`) ?? 'it is no https:// address that can be posted to'
  if (typeof parsed === 'string')
    throw refused(`${JSON.stringify(text)} is no address of a webhook: ${parsed}.`, 'Such as https://hooks.example.com/mail.')
  const url = urlOf(parsed.address)
  const { host, isSecure } = placeOf(parsed.domain)
  if (delivery.config['webhooks.allow_private']) return url
  if (!isSecure) throw refused('Webhooks are at https:// addresses.', 'The owner may allow others with webhooks.allow_private.')
  // Where names lead is judged at each connection.
  if (isIP(host) !== 0 && !isPublicAddress(host))
    throw refused(`${host} is no public address: nothing would be posted.`, 'The owner may allow such with webhooks.allow_private.')
  return url
}

/** What is named of it; the rest stays. */
function fieldsOf(params: Params, account: Account, before: Fields): Fields {
  const { name, url, format, kinds, streams, batch, connections, on } = before
  const fields = {
    name: params.optional('name', () => params.text('name', 100)) ?? name,
    url,
    format: params.optional('format', () => params.choice('format', WEBHOOK_FORMATS)) ?? format,
    kinds: params.has('kinds') ? kindsOf(params) : kinds,
    streams: params.has('streams') ? streamsOf(params, account) : streams,
    batch: params.has('batch') ? batchOf(params, batch) : batch,
    connections: params.optional('connections', () => params.count('connections', { least: 1, most: 32 })) ?? connections,
    on: params.has('on') ? params.flag('on') : on,
  }
  if (fields.format === 'engine' && fields.batch.events > 1)
    throw refused('A post of the format engine is one event.', 'Leave batch out, or choose the format standard.')
  return fields
}

function kindsOf(params: Params): readonly MailEventKind[] | null {
  if (params.raw('kinds') === null) return null
  const kinds = params.list('kinds', MAIL_EVENT_KINDS.length).map((value) => {
    const kind = MAIL_EVENT_KINDS.find((known) => known === value)
    if (kind === undefined) throw refused(`kinds may hold ${MAIL_EVENT_KINDS.join(', ')}.`)
    return kind
  })
  if (kinds.length === 0) throw refused('kinds is empty: nothing would be told.', 'Say null for all, or switch the webhook off.')
  return [...new Set(kinds)]
}

function streamsOf(params: Params, account: Account): readonly string[] | null {
  if (params.raw('streams') === null) return null
  const names = params.list('streams', 102).map((value) => existingStream(account, typeof value === 'string' ? value : ''))
  if (names.length === 0) throw refused('streams is empty: nothing would be told.', 'Say null for all, or switch the webhook off.')
  return [...new Set(names)].filter((name) => findStream(account, name) !== undefined)
}

function batchOf(params: Params, before: WebhookBatch): WebhookBatch {
  const given = new Params(params.raw('batch'), 'batch')
  const events = given.optional('events', () => given.count('events', { least: 1, most: 1000 })) ?? before.events
  const wait = given.optional('wait', () => given.count('wait', { least: 0, most: 60_000 })) ?? before.wait
  given.done()
  return { events, wait }
}

function replayOperations(around: Around): Pick<OperationsOf<'webhook'>, Replaying> {
  const { webhooks, now, by } = around
  return {
    'webhook.replay.start': async (values) => {
      const params = new Params(values)
      const found = existing(around, params)
      const [from, to] = (['from', 'to'] as const).map((name) => params.count(name, { least: 0, most: LATEST }))
      const kinds = params.has('kinds') ? kindsOf(params) : null
      params.done()
      if (from === undefined || to === undefined || to <= from) throw refused('to must be later than from.')
      if (to - from > LONGEST_REPLAY) throw refused('A replay is of 400 days at most.')
      requireSecret(found)
      return webhooks.startReplay(found.id, { from, to, kinds, by, at: now() })
    },
    'webhook.replay.list': async (values) => {
      const params = new Params(values)
      const { id } = existing(around, params)
      params.done()
      return webhooks.replays(id)
    },
    'webhook.replay.cancel': async (values) => {
      const params = new Params(values)
      const { id } = existing(around, params)
      const n = params.count('n', { least: 1, most: Number.MAX_SAFE_INTEGER })
      params.done()
      return { cancelled: await webhooks.cancelReplay(id, n, now()) }
    },
  }
}
