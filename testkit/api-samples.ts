// A call of every route of the management API with values that are in order, about the things of one account, whose names all hold its word. The
// contract test makes them in this order as the owner; the tenant test makes them about another's things.
import type { RouteName } from '../src/contract/management.ts'
import type { Belongings, Sample, Samples, Sampling } from './api-sample.ts'
import { ACCESS, ALARMS, LIFECYCLE, PROVIDERS, TOOLS } from './server-samples.ts'

const HOUR = 3_600_000

const ACCOUNTS = {
  'GET /accounts': () => ({ query: { limit: 1000 } }),
  'POST /accounts': ({ word }) => ({ body: { name: `${word} second` } }),
  'GET /accounts/{id}': ({ account }) => ({ path: { id: account } }),
  'PATCH /accounts/{id}': ({ account, word }) => ({ path: { id: account }, body: { name: `${word} renamed`, weight: 2 } }),
  'PATCH /accounts/{id}/quotas': ({ account }) => ({ path: { id: account }, body: { messagesPerDay: 5000 } }),
  'PUT /accounts/{id}/state': ({ account }) => ({ path: { id: account }, body: { state: 'limited', reason: 'a test' } }),
  'PUT /accounts/{id}/streams/{name}': ({ account, word }) => ({ path: { id: account, name: word }, body: { kind: 'bulk' } }),
  'DELETE /accounts/{id}/streams/{name}': ({ account, word }) => ({ path: { id: account, name: word } }),
  'PATCH /accounts/{id}/posts': ({ account, word }) => ({
    path: { id: account },
    body: { add: [`https://${word}.example/hook`], secret: 'new' },
  }),
  'PATCH /accounts/{id}/tracking': ({ account, word }) => ({ path: { id: account }, body: { host: `click.${word}.example`, opens: true } }),
  'GET /tracking/hosts': () => ({}),
  'GET /credentials': ({ account }) => ({ query: { account } }),
  'GET /credentials/{user}': ({ user }) => ({ path: { user } }),
  'POST /credentials': ({ account, word }) => ({ body: { account, user: `${word}-new` } }),
  'POST /credentials/keys': ({ account }) => ({ body: { account, kind: 'api' } }),
  'PATCH /credentials/{user}': ({ user }) => ({ path: { user }, body: { stream: 'bulk' } }),
  'PATCH /credentials/{user}/quotas': ({ user }) => ({ path: { user }, body: { messagesPerHour: 100 } }),
  'DELETE /credentials/{user}': ({ gone }) => ({ path: { user: gone } }),
  'PUT /templates/{id}': ({ account, word }) => ({
    path: { id: word },
    body: { account, subject: `Hello ${word}`, text: 'You are {{ name }}.' },
  }),
  'GET /templates': ({ account }) => ({ query: { account } }),
  'GET /templates/{id}': ({ account, word }) => ({ path: { id: word }, query: { account } }),
  'POST /templates/{id}/preview': ({ account, word }) => ({ path: { id: word }, body: { account, data: { name: 'Ann' } } }),
  'GET /templates/{id}/versions': ({ account, word }) => ({ path: { id: word }, query: { account } }),
  'POST /templates/try': ({ word }) => ({ body: { text: `Hello {{ name }} of ${word}`, data: { name: 'Ann' } } }),
  'DELETE /templates/{id}': ({ account, word }) => ({ path: { id: word }, query: { account } }),
} satisfies Samples

const DOMAINS = {
  'GET /domains': () => ({}),
  'GET /domains/{domain}': ({ domain }) => ({ path: { domain } }),
  'POST /domains': ({ account, word }) => ({ body: { account, domain: `second.${word}.example` } }),
  'POST /domains/{domain}/verify': ({ domain }) => ({ path: { domain }, body: { force: true } }),
  'POST /domains/{domain}/check': ({ domain }) => ({ path: { domain } }),
  'GET /domains/{domain}/health': ({ domain }) => ({ path: { domain } }),
  'GET /health/domains': () => ({}),
  'POST /domains/{domain}/complaints': ({ domain }) => ({ path: { domain }, body: { provider: 'gmail', csv: '2026-11-22,0.12%' } }),
  'GET /health/complaints': () => ({}),
  'DELETE /domains/{domain}': ({ word }) => ({ path: { domain: `second.${word}.example` } }),
  'GET /dkim': () => ({}),
  'POST /dkim': ({ account, word }) => ({ body: { account, domain: `dkim.${word}.example`, algorithm: 'ed25519-sha256', selector: 's' } }),
  'POST /dkim/import': ({ account, word }) => ({
    body: { account, domain: `import.${word}.example`, selector: 'i', privateKey: 'no key' },
    status: 400,
  }),
  'GET /dkim/{domain}/{selector}': ({ domain, selector }) => ({ path: { domain, selector } }),
  'POST /dkim/{domain}/verify': ({ domain }) => ({ path: { domain }, body: { force: true } }),
  'POST /dkim/{domain}/rotate': ({ domain }) => ({ path: { domain } }),
  'DELETE /dkim/{domain}/{selector}': ({ word }) => ({ path: { domain: `dkim.${word}.example`, selector: 's' } }),
  'PUT /inbound/{domain}': ({ account, word }) => ({ path: { domain: `in.${word}.example` }, body: { account } }),
  'GET /inbound': () => ({}),
  'GET /inbound/{domain}': ({ word }) => ({ path: { domain: `in.${word}.example` } }),
  'DELETE /inbound/{domain}': ({ word }) => ({ path: { domain: `in.${word}.example` } }),
  'PUT /reporters/{who}': ({ word }) => ({ path: { who: `${word}.example` } }),
  'GET /reporters': () => ({}),
  'GET /reporters/{who}': ({ word }) => ({ path: { who: `${word}.example` } }),
  'DELETE /reporters/{who}': ({ word }) => ({ path: { who: `${word}.example` } }),
} satisfies Samples

const RULES = {
  format: 1,
  sources: {
    one: { address: '127.0.0.1', helo: 'one.example.com', warmup: 'standard' },
    two: { address: '127.0.0.2', helo: 'two.example.com', proxy: 'socks5://127.0.0.1:9' },
  },
  pools: { main: { sources: { one: 1, two: 1 } } },
}

/** No package: by keys none is taken anyway. */
const PLUGIN = Buffer.from('no package').toString('base64')

const DELIVERY = {
  'POST /relays': () => ({ body: { cidr: '192.0.2.0/24' } }),
  'GET /relays': () => ({}),
  'GET /relays/{cidr}': () => ({ path: { cidr: '192.0.2.0/24' } }),
  'DELETE /relays/{cidr}': () => ({ path: { cidr: '192.0.2.0/24' } }),
  'PUT /routes/{pattern}': ({ word }) => ({ path: { pattern: `${word}.test` }, body: { url: 'smtp://127.0.0.1:9' } }),
  'GET /routes': () => ({}),
  'GET /routes/{pattern}': ({ word }) => ({ path: { pattern: `${word}.test` } }),
  'DELETE /routes/{pattern}': ({ word }) => ({ path: { pattern: `${word}.test` } }),
  'PUT /milters/{name}': ({ word }) => ({
    path: { name: word },
    body: { address: 'inet:127.0.0.1:9', onFailure: 'accept', enabled: false },
  }),
  'GET /milters': () => ({}),
  'GET /milters/{name}': ({ word }) => ({ path: { name: word } }),
  'POST /milters/{name}/test': ({ word }) => ({ path: { name: word }, body: { sample: 'plain' } }),
  'DELETE /milters/{name}': ({ word }) => ({ path: { name: word } }),
  'POST /plugins': ({ word }) => ({ body: { archive: PLUGIN, name: word, enabled: false }, status: 403 }),
  'GET /plugins': () => ({}),
  'GET /plugins/{name}': ({ word }) => ({ path: { name: word }, status: 404 }),
  'PATCH /plugins/{name}': ({ word }) => ({ path: { name: word }, body: { enabled: false }, status: 404 }),
  'GET /plugins/{name}/settings': ({ word }) => ({ path: { name: word }, status: 404 }),
  'PATCH /plugins/{name}/settings': ({ word }) => ({ path: { name: word }, body: { values: { text: 'x' } }, status: 404 }),
  'GET /plugins/{name}/log': ({ word }) => ({ path: { name: word }, status: 404 }),
  'DELETE /plugins/{name}': ({ word }) => ({ path: { name: word }, status: 404 }),
  'PUT /rules': () => ({ body: { document: RULES } }),
  'GET /rules': () => ({}),
  'GET /rules/versions': () => ({}),
  'POST /rules/try': () => ({ body: { text: 'format: 1\n', traffic: true } }),
  'GET /rules/difference': () => ({ query: { from: 0, to: 0, whose: 'smart' } }),
  'GET /rules/explain': ({ account }) => ({ query: { domain: 'example.org', account, mx: 'mx.example.org' } }),
  'GET /rules/findings': () => ({}),
  'POST /rules/smart': () => ({ body: { document: 'format: 1\n' }, status: 422 }),
  'GET /sources': () => ({}),
  'GET /sources/{name}': () => ({ path: { name: 'one' } }),
  'GET /blocklists': () => ({}),
  'GET /reverse-names': () => ({}),
  'POST /sources/{source}/suspend': () => ({ path: { source: 'one' }, body: { note: 'a test' } }),
  'POST /sources/{source}/drain': () => ({ path: { source: 'one' } }),
  'POST /sources/{source}/force': () => ({ path: { source: 'one' } }),
  'POST /sources/{source}/resume': () => ({ path: { source: 'one' } }),
  'PUT /sources/{source}/login': () => ({ path: { source: 'two' }, body: { user: 'u', password: 'p' } }),
  'DELETE /sources/{source}/login': () => ({ path: { source: 'two' } }),
  'GET /warmup': () => ({}),
  'POST /warmup/{action}': () => ({ path: { action: 'start' }, body: { source: 'one', provider: 'google' } }),
  'POST /rules/revert': () => ({ body: { version: 0, whose: 'smart' } }),
  'GET /brakes': ({ account }) => ({ query: { account } }),
  'GET /brakes/{name}': ({ account }) => ({ path: { name: 'hard-bounces' }, query: { account } }),
  'PATCH /brakes/{name}': ({ account }) => ({ path: { name: 'hard-bounces' }, body: { account, least: 50 } }),
  'POST /brakes/{name}/off': ({ account }) => ({ path: { name: 'hard-bounces' }, body: { account } }),
  'DELETE /brakes/{name}': ({ account }) => ({ path: { name: 'hard-bounces' }, query: { account } }),
  'GET /effects': () => ({}),
  'GET /effects/{id}': () => ({ path: { id: 'e1' }, status: 404 }),
  'POST /effects/{id}/extend': () => ({ path: { id: 'e1' }, body: { for: HOUR }, status: 404 }),
  'DELETE /effects/{id}': () => ({ path: { id: 'e1' }, status: 404 }),
} satisfies Samples

const one = ({ message }: Belongings): Sample => ({ path: { ids: message } })
const all = ({ account, word }: Belongings): Sample => ({ body: { account, recipient: `*@${word}.test` } })

const QUEUE = {
  'GET /queue': ({ account }) => ({ query: { account, limit: 5 } }),
  'GET /queue/count': ({ account }) => ({ query: { account } }),
  'GET /queue/{id}': ({ message }) => ({ path: { id: message } }),
  'GET /queue/{id}/dialogs': ({ message }) => ({ path: { id: message } }),
  'GET /queue/why': ({ message }) => ({ query: { message } }),
  'POST /queue/hold': all,
  'POST /queue/release': all,
  'POST /queue/retry': all,
  'POST /queue/{ids}/hold': one,
  'POST /queue/{ids}/release': one,
  'POST /queue/{ids}/retry': one,
  'GET /sites': ({ account }) => ({ query: { account } }),
  'GET /sites/providers': () => ({}),
  'GET /sites/replies': () => ({ query: { site: 'mx.example.org' } }),
  'POST /queue/rebindings': ({ account }) => ({ body: { selection: { account }, pool: 'main', dryRun: true } }),
  'GET /queue/rebindings': () => ({}),
  'GET /queue/rebindings/{id}': () => ({ path: { id: 1 }, status: 404 }),
  'DELETE /queue/rebindings/{id}': () => ({ path: { id: 1 }, status: 404 }),
  'POST /queue/suspensions': ({ account, word }) => ({ body: { account, note: word } }),
  'GET /queue/suspensions': () => ({}),
  'GET /queue/suspensions/{id}': () => ({ path: { id: 1 } }),
  'DELETE /queue/suspensions/{id}': () => ({ path: { id: 1 } }),
  'GET /status': () => ({}),
  'GET /events': ({ account }) => ({ query: { account, kinds: 'accepted,deferred' } }),
  'GET /events/tail': () => ({}),
  'GET /events/newest': ({ account }) => ({ query: { account, most: 10 } }),
  'GET /sent': ({ word }) => ({ query: { address: `ann@${word}.test` } }),
  'GET /tokens/{token}': ({ token }) => ({ path: { token } }),
  'GET /tokens/keys': () => ({}),
  'POST /tokens/keys': () => ({}),
  'GET /reports/mail': () => ({ query: { by: 'domain', interval: 'day', from: '2026-11-01', to: '2026-11-30', zone: 'Europe/Vienna' } }),
  'POST /reports/mail/rebuild': () => ({}),
  'GET /reports/dmarc': ({ domain }) => ({ query: { domain, days: 7 } }),
  'GET /reports/tls': ({ domain }) => ({ query: { domain, byReporter: true } }),
  'GET /alerts': () => ({}),
  'POST /alerts/test': () => ({}),
  'POST /spool/check': () => ({}),
  'POST /queue/bounce': ({ account, word }) => ({ body: { account, recipient: `nobody@${word}.test` } }),
  'POST /queue/delete': ({ account, word }) => ({ body: { account, recipient: `nobody@${word}.test` } }),
  'POST /queue/{ids}/bounce': () => ({ path: { ids: '0000000000000000' } }),
  'POST /queue/{ids}/delete': one,
} satisfies Samples

const job = ({ job }: Belongings): Sample => ({ path: { id: job } })

const JOBS = {
  'GET /jobs': () => ({}),
  'POST /jobs': ({ account, word }) => ({
    body: {
      document: {
        account,
        name: `${word} job`,
        message: { from: `news@${word}.example`, subject: 'Hello', text: 'Hello {{ name }}' },
        start: '2040-01-01T00:00:00Z',
      },
    },
  }),
  'GET /jobs/{id}': job,
  'POST /jobs/{id}/rows': (its) => ({
    ...job(its),
    body: { after: 0, rows: [{ line: 1, to: `ann@${its.word}.test`, data: { name: 'Ann' } }] },
  }),
  'GET /jobs/{id}/bad': job,
  'GET /jobs/{id}/preview': (its) => ({ ...job(its), query: { limit: 1 } }),
  'POST /jobs/{id}/begin': job,
  'POST /jobs/{id}/pause': job,
  'POST /jobs/{id}/resume': job,
  'POST /jobs/{id}/cancel': job,
  'DELETE /jobs/{id}': job,
} satisfies Samples

const READINGS = {
  'POST /replies/classify': () => ({ body: { replies: ['550 5.1.1 user unknown'] } }),
  'GET /replies/unknown': () => ({}),
  'POST /replies/learn': ({ word }) => ({ body: { pattern: `gizmo of ${word}`, code: 2004, dryRun: true } }),
  'POST /replies/try': () => ({ body: { reply: '450 4.2.1 try again later' } }),
  'GET /replies/lists': () => ({}),
  'POST /returned/read': ({ word }) => ({ body: { message: `From: x@${word}.test\n\nHello` } }),
  'GET /settings': () => ({}),
  'GET /settings/{name}': () => ({ path: { name: 'smtp.listen' } }),
  'PUT /settings/{name}': () => ({ path: { name: 'events.days' }, body: { value: '31' } }),
  'DELETE /settings/{name}': () => ({ path: { name: 'events.days' } }),
  'GET /settings/problems': () => ({}),
  'GET /disk': () => ({}),
  'GET /machine': () => ({}),
  'GET /audit': ({ account }) => ({ query: { account, since: 0 } }),
  'GET /accounts/{account}/kept': ({ account }) => ({ path: { account }, query: { since: 0 } }),
  'GET /accounts/{account}/kept/{message}': ({ account }) => ({ path: { account, message: '0000000000000000' }, status: 404 }),
  'GET /accounts/{account}/kept/{message}/raw': ({ account }) => ({ path: { account, message: '0000000000000000' }, status: 404 }),
  'POST /erasures': ({ word }) => ({ body: { address: `nobody@${word}.test`, dryRun: true } }),
  'GET /erasures': () => ({}),
  'GET /erasures/{id}': () => ({ path: { id: 1 } }),
} satisfies Samples

const onList = ({ list }: Belongings): Readonly<Record<string, string>> => ({ list })

const SUPPRESSION = {
  'GET /suppression/lists': () => ({}),
  'POST /suppression/lists': ({ account, word }) => ({ body: { account, name: `${word}-second` } }),
  'GET /suppression/lists/{name}': ({ list }) => ({ path: { name: list } }),
  'POST /suppression/lists/{list}/entries': (its) => ({ path: onList(its), body: { targets: [`bad@${its.word}.test`] } }),
  'GET /suppression/lists/{list}/entries': (its) => ({
    path: onList(its),
    query: { limit: 1, match: `*@${its.word}.test`, reason: 'Manual', origin: 'hms', since: 0, until: 4_000_000_000_000 },
  }),
  'GET /suppression/lists/{list}/against': (its) => ({ path: onList(its), query: { target: `bad@${its.word}.test` } }),
  'POST /suppression/lists/{list}/import': (its) => ({
    path: onList(its),
    body: { rows: [{ target: `worse@${its.word}.test` }], origin: 'a test', last: { rows: 1 } },
  }),
  'POST /suppression/lists/{list}/entries/remove': (its) => ({ path: onList(its), body: { targets: [`worse@${its.word}.test`] } }),
  'GET /suppression/entries': ({ word }) => ({ query: { target: `bad@${word}.test` } }),
  'GET /suppression/policies/{account}': ({ account }) => ({ path: { account } }),
  'PATCH /suppression/policies/{account}': ({ account, list }) => ({ path: { account }, body: { check: list } }),
  'POST /suppression/undo': ({ word }) => ({ body: { site: `${word}.test`, since: 0, until: 1, dryRun: true } }),
  'GET /suppression/floods': () => ({}),
  'POST /suppression/floods/{site}/settle': ({ word }) => ({ path: { site: `${word}.test` }, body: { accept: true } }),
  'DELETE /suppression/lists/{name}': ({ word }) => ({ path: { name: `${word}-second` } }),
} satisfies Samples

const webhook = ({ webhook: id }: Belongings): Sample => ({ path: { id } })
const WEBHOOKS = {
  'GET /webhooks': () => ({}),
  'POST /webhooks': ({ account, word }) => ({
    body: { account, url: `https://hooks.${word}.example/second`, kinds: ['delivered', 'failed'], on: false },
  }),
  'GET /webhooks/{id}': webhook,
  'PATCH /webhooks/{id}': ({ webhook: id, word }) => ({ path: { id }, body: { name: `${word} hook`, batch: { events: 10 } } }),
  'POST /webhooks/{id}/secret': ({ webhook: id }) => ({ path: { id }, body: { keep: HOUR } }),
  'POST /webhooks/{id}/test': ({ webhook: id }) => ({ path: { id }, body: { kind: 'delivered' } }),
  'GET /webhooks/{id}/log': ({ webhook: id }) => ({ path: { id }, query: { failed: true } }),
  'POST /webhooks/{id}/resume': ({ webhook: id }) => ({ path: { id }, body: { from: 'now' } }),
  'POST /webhooks/{id}/replays': ({ webhook: id }) => ({ path: { id }, body: { from: 0, to: HOUR } }),
  'GET /webhooks/{id}/replays': webhook,
  'POST /webhooks/{id}/replays/{n}/cancel': ({ webhook: id }) => ({ path: { id, n: 1 } }),
  'DELETE /webhooks/{id}': webhook,
} satisfies Samples

/** By method and path. A route without one does not compile. */
export const SAMPLES: Readonly<Record<RouteName, Sampling>> = {
  ...ACCOUNTS,
  ...DOMAINS,
  ...DELIVERY,
  ...QUEUE,
  ...JOBS,
  ...SUPPRESSION,
  ...READINGS,
  ...ACCESS,
  ...PROVIDERS,
  ...ALARMS,
  ...WEBHOOKS,
  ...LIFECYCLE,
  ...TOOLS,
}

/** Method and address of a call. */
export function callOf(what: string, { path = {}, query = {} }: Sample): string {
  const filled = what.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name] ?? '')))
  const asked = new URLSearchParams(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))).toString()
  return asked === '' ? filled : `${filled}?${asked}`
}
