// Totals agree to the message wherever somebody reads them, after kills of workers and desk under load, with mail that is delivered, put off and refused:
// counters, metrics, reports, events, both logs of the account, webhooks and the original's Reporting API.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { ANONYMOUS_ACCOUNT } from '../src/base/brand.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import type { WebhookEvents } from '../src/contract/webhooks.ts'
import { LoadApart } from '../testkit/apart.ts'
import { until } from '../testkit/patience.ts'
import { type Post, PostServer } from '../testkit/post-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

/** Recipients of each outcome, however it is told; `failed`: those that became too old, too. */
interface Totals {
  readonly accepted: number
  readonly delivered: number
  readonly deferred: number
  readonly failed: number
}

type Counted = Map<string, number>

const count = (counted: Counted, what: string, by = 1): void => void counted.set(what, (counted.get(what) ?? 0) + by)

function totalsOf(counted: Counted): Totals {
  const of = (...kinds: readonly string[]): number => kinds.reduce((sum, kind) => sum + (counted.get(kind) ?? 0), 0)
  return { accepted: of('accepted'), delivered: of('delivered'), deferred: of('deferred'), failed: of('failed', 'expired') }
}

const recipientsOf = (event: NumberedEvent): number => (event.kind === 'accepted' ? event.recipients : 1)

/** Of all days, of the account that mail without a login is of. */
function linesOf(server: TestServer, pattern: RegExp): readonly string[] {
  const folder = join(server.home, 'accounts', String(ANONYMOUS_ACCOUNT), 'logfiles')
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
}

async function inStore(server: TestServer): Promise<Totals> {
  const counted: Counted = new Map()
  const seen = new Set<string>()
  for (let before: string | undefined; ;) {
    const page = await server.call('events.find', { limit: 1000, ...(before !== undefined && { before }) })
    for (const event of page.events) {
      assert.ok(!seen.has(event.id), `${event.id} is there twice`)
      seen.add(event.id)
      count(counted, event.kind, recipientsOf(event))
    }
    if (page.next === null) return totalsOf(counted)
    before = page.next
  }
}

function inEventLog(server: TestServer): Totals {
  const counted: Counted = new Map()
  for (const line of linesOf(server, /Events\.jsonl$/)) {
    const event = JSON.parse(line) as NumberedEvent
    count(counted, event.kind, recipientsOf(event))
  }
  return totalsOf(counted)
}

/** Ends alone are in it. */
function inProcessedLog(server: TestServer): Pick<Totals, 'delivered' | 'failed'> {
  const lines = linesOf(server, /^\d{8}Processed\.log$/)
  const of = (outcome: string): number => lines.filter((line) => line.split(' ')[2] === outcome).length
  return { delivered: of('Sent'), failed: of('Failed') }
}

async function inMetrics(server: TestServer): Promise<Totals> {
  const { body } = await server.get('/metrics')
  const pattern = /^hms_recipients_(\w+)_total (\d+)$/gm
  return totalsOf(new Map([...body.matchAll(pattern)].map(([, kind = '', value]) => [kind, Number(value)])))
}

async function inReports(server: TestServer): Promise<Totals> {
  const { total, isBehind } = await server.call('report.query', {})
  assert.equal(isBehind, false)
  const of = ({ recipients, delivered, deferred, failed, expired }: typeof total.figures): Totals => ({
    accepted: recipients,
    delivered,
    deferred,
    failed: failed + expired,
  })
  const all = of(total.figures)
  for (const by of ['account', 'stream', 'mailing', 'domain'] as const) {
    const { rows } = await server.call('report.query', { by, interval: 'day', limit: 1000 })
    const sum = (name: keyof Totals): number => rows.reduce((so, { figures }) => so + of(figures)[name], 0)
    assert.deepEqual({ accepted: sum('accepted'), delivered: sum('delivered'), deferred: sum('deferred'), failed: sum('failed') }, all, by)
  }
  const codes = await server.call('report.query', { by: 'code', limit: 1000 })
  assert.equal(
    codes.rows.reduce((sum, { figures }) => sum + figures.failed + figures.expired, 0),
    all.failed,
  )
  return all
}

/** What was posted: each event once, however often it came. Posts are verified as they come, as they are good for some minutes. */
class Posted {
  readonly #seen = new Set<string>()
  readonly #counted: Counted = new Map()
  readonly #wrong: unknown[] = []

  take({ body, headers }: Post, secret: string): void {
    try {
      const { data } = new Webhook(secret).verify(body, headers as Record<string, string>) as WebhookEvents
      for (const event of data.filter(({ id }) => !this.#seen.has(id))) {
        this.#seen.add(event.id)
        count(this.#counted, event.type.replace('message.', ''), 'recipients' in event.data ? event.data.recipients : 1)
      }
    } catch (error) {
      this.#wrong.push(error)
    }
  }

  totals(): Totals {
    assert.deepEqual(this.#wrong, [])
    return totalsOf(this.#counted)
  }
}

async function inReportingApi(server: TestServer): Promise<Omit<Totals, 'deferred'>> {
  const { secret } = await server.call('key.add', { name: 'totals', role: 'viewer', account: ANONYMOUS_ACCOUNT })
  const of = async (call: string): Promise<number> => {
    const headers = { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` }
    const response = await fetch(`http://127.0.0.1:${server.panelPort}/v1/${call}?count=1`, { headers })
    assert.equal(response.status, 200)
    return ((await response.json()) as { totalCount: number }).totalCount
  }
  return { accepted: await of('messagesQueued'), delivered: await of('messagesProcessed'), failed: await of('messagesFailed') }
}

/** Each is told by a process or thread of its own, soon. */
async function agree<T extends object>(where: string, totals: T, seen: () => T | Promise<T>): Promise<void> {
  let last: T | undefined
  await until(
    async () => isDeepStrictEqual((last = await seen()), totals),
    () => `${where}: ${JSON.stringify(last)} is not ${JSON.stringify(totals)}`,
  )
}

test('counters, metrics, reports, events, logs, webhooks and the Reporting API agree to the message after kills', async () => {
  const crashFile = join(tmpdir(), `hms-totals-crash-${process.pid}`)
  // Of ten recipients one does not exist, and one is put off at first.
  const putOff = new Set<string>()
  const rcpt = (line: string): string | undefined => {
    const [, number = ''] = /<m(\d+)@/.exec(line) ?? []
    if (number.endsWith('3')) return '550 5.1.1 No such user here'
    if (!number.endsWith('7') || putOff.has(number)) return undefined
    putOff.add(number)
    return '451 4.3.0 Not now'
  }
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  // Every fifth post is refused, and some are taken without an answer.
  await using posts = await PostServer.start([])
  const posted = new Posted()
  let secret = ''
  posts.answer = (response, post) => {
    posted.take(post, secret)
    if (posts.posts.length % 5 === 0) response.writeHead(500).end()
    else if (posts.posts.length % 7 === 0) response.destroy()
    else response.end()
  }
  await using server = await startServer({
    workers: 2,
    config: { 'delivery.retry_first': '1s', 'webhooks.allow_private': 'true' },
    environment: { HMS_TEST_CRASH: crashFile },
  })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  for (const name of ['hard-bounces', 'unknown-users'] as const) await server.call('brakes.off', { name })
  const added = await server.call('webhook.add', {
    account: ANONYMOUS_ACCOUNT,
    url: `http://127.0.0.1:${posts.port}/`,
    batch: { events: 50, wait: 100 },
  })
  secret = added.secret
  await server.settled()
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 6 })
  for (const kill of ['desk', 0, 1, 'desk', 0] as const) {
    await load.more(60)
    await server.kill9(kill)
  }
  for (const point of ['commit-written', 'events-committed'] as const) {
    writeFileSync(crashFile, `${point} 2`)
    await load.more(30)
    await until(() => !existsSync(crashFile), `the server comes to ${point}`)
  }
  const acknowledged = await load.stop()
  const { accepted, delivered, deferred, failed } = await server.until(
    (status) => status.queued === 0 && status.accepted >= acknowledged.length && status.delivered + status.failed === status.accepted,
  )
  const totals = { accepted, delivered, deferred, failed }
  assert.ok(failed > 20 && deferred > 20, JSON.stringify(totals))
  await agree('events', totals, () => inStore(server))
  await agree('log of events', totals, () => inEventLog(server))
  await agree('processed log', { delivered, failed }, () => inProcessedLog(server))
  await agree('metrics', totals, () => inMetrics(server))
  await until(async () => !(await server.call('report.query', {})).isBehind, 'all is counted')
  assert.deepEqual(await inReports(server), totals, 'reports')
  assert.deepEqual(await inReportingApi(server), { accepted, delivered, failed }, 'Reporting API')
  await until(async () => {
    const { health } = await server.call('webhook.show', { id: added.webhook.id })
    return health.behindSince === null && health.aside === 0 && posted.totals().accepted >= accepted
  }, 'all is posted')
  await agree('webhook', totals, () => posted.totals())
})
