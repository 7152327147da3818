// The Reporting API of the original on a running server: each call in each form about real mail, who sees what, and what is refused.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { OperationParams } from '../src/contract/operations.ts'
import { csvRecords } from '../src/base/records.ts'
import { readXml } from '../src/policy/jobs/xml.ts'
import { inject } from '../testkit/injecting.ts'
import { LinkHost } from '../testkit/link-host.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage, complaintMessage } from '../testkit/report-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const NAMES = ['ann', 'ben', 'dan', 'eve', 'full', 'gone', 'left'] as const
type Name = (typeof NAMES)[number]

const opened = new AsyncDisposableStack()
let server: TestServer
/** Keys of the management API: of the account, of the whole server. */
let own: string
let whole: string
let account: AccountId

before(async () => {
  const links = opened.use(await LinkHost.open('click.shop.test'))
  const rcpt = (line: string): string | undefined => {
    if (line.includes('gone@')) return '550 5.1.1 =cmd|x <no> "such" user & co'
    return line.includes('full@') ? '552 5.2.2 Mailbox is full' : undefined
  }
  const peer = opened.use(await SmtpPeer.start({ on: { rcpt } }))
  server = opened.use(await startServer({ config: links.config }))
  account = server.account.id as AccountId
  const id = String(account)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  await server.hms('inbound', 'add', 'in.shop.test', '--account', id)
  await server.hms('account', 'set', id, '--return-path', 'in.shop.test')
  await links.serve(server, account, '--clicks', 'on', '--opens', 'on', '--mail-domain', 'in.shop.test')
  await server.hms('suppression', 'create', 'shop')
  await server.hms('suppression', 'policy', id, '--check', 'shop')
  await server.hms('suppression', 'add', 'left@people.test', '--list', 'shop')
  await server.settled()
  own = await keyed({ account, role: 'viewer' })
  whole = await keyed({ role: 'viewer' })

  const message = {
    from: 'a@shop.test',
    subject: 'Hello {{ name }}',
    html: '<p>{{ name }}: <a href="https://shop.test/{{ name }}?a=1&amp;b=2">x</a></p>',
    mailing: 'may',
    stream: 'bulk',
  }
  const recipients = NAMES.map((name) => ({ to: `${name}@people.test`, data: { name }, messageId: `id-${name}` }))
  assert.equal((await inject(server, '/v1/messages/batch', { message, recipients })).status, 200)
  for (const name of NAMES) await server.outcome(`${name}@people.test`)
  const got = (name: Name): string =>
    peer.messages.find((one) => one.recipients.includes(`${name}@people.test`))?.data.toString() ?? assert.fail(`nothing came for ${name}`)
  const found = (name: Name, pattern: RegExp): string => pattern.exec(got(name))?.[1] ?? assert.fail(got(name))
  assert.equal((await links.visit(server, found('ann', /href="([^"]*)"/)))[0], 302)
  assert.equal((await links.visit(server, found('ben', /src="([^"]*)"/)))[0], 200)
  using stranger = await SmtpClient.open(server.smtpPort)
  const returnPath = peer.messages.find((one) => one.recipients.includes('dan@people.test'))?.sender ?? ''
  assert.equal((await stranger.send({ from: '', to: [returnPath], data: bounceMessage('dan@people.test') })).code, 250)
  const complaint = complaintMessage('', got('eve').split('\r\n\r\n')[0])
  assert.equal((await stranger.send({ from: 'feedback@fbl.test', to: ['fbl@in.shop.test'], data: complaint })).code, 250)
  // Nothing proves that one: anybody could have written it.
  assert.equal((await stranger.send({ from: 'x@y.test', to: ['fbl@in.shop.test'], data: complaintMessage('ann@people.test') })).code, 250)
  const kinds = ['opened', 'clicked', 'bounced', 'complained'] as const
  await until(async () => (await server.call('events.find', { kinds: [...kinds], limit: 9 })).events.length >= 5, 'all of it is told')
})
after(() => opened.disposeAsync())

let made = 0
async function keyed(given: Omit<OperationParams<'key.add'>, 'name'>): Promise<string> {
  return (await server.call('key.add', { name: `reports-${made++}`, ...given })).secret
}

interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function call(what: string, key: string | null = own, given: RequestInit = {}): Promise<Told> {
  const headers = { ...(key !== null && { authorization: `Basic ${Buffer.from(`whoever:${key}`).toString('base64')}` }), ...given.headers }
  const response = await fetch(`http://127.0.0.1:${server.panelPort}/v1/${what}`, { ...given, headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

type Item = Readonly<Record<string, string | number>>
interface Listed {
  readonly timestamp: string
  readonly totalCount: number
  readonly totalPages: number
  readonly count: number
  readonly collection: readonly Item[]
}

async function listed(what: string, key = own): Promise<Listed> {
  const { status, text } = await call(what, key)
  assert.equal(status, 200, text)
  return JSON.parse(text) as Listed
}

const LISTS: Readonly<Record<string, { readonly fields: readonly string[]; readonly to: readonly Name[] }>> = {
  messagesQueued: { fields: ['MessageSize'], to: NAMES },
  messagesProcessed: { fields: ['Disposition', 'LocalIp', 'MessageSize', 'Response'], to: ['ann', 'ben', 'dan', 'eve'] },
  messagesFailed: { fields: ['FailureType', 'FailureCode', 'Reason'], to: ['dan', 'full', 'gone', 'left'] },
  messagesFblReported: { fields: ['OriginalRecipient', 'Type', 'UserAgent'], to: ['eve'] },
  messagesOpenClick: { fields: ['OriginalRecipient', 'EventType', 'ClientIp', 'UserAgent', 'Url'], to: ['ann', 'ben'] },
}

test('each list is the same in JSON, XML and CSV, with the fields of the original in their order', async () => {
  for (const [name, { fields, to }] of Object.entries(LISTS)) {
    const all = ['ServerId', 'DateTime', 'MessageId', 'MailingId', 'ToAddress', 'FromAddress', ...fields, 'SystemMessageId']
    const { totalCount, totalPages, count, collection, timestamp } = await listed(`${name}?serverId=${account}&type=json`)
    assert.deepEqual([totalCount, totalPages, count], [to.length, 1, to.length], name)
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 600_000)
    assert.deepEqual(
      collection.map((item) => item['ToAddress']).toSorted(),
      to.map((one) => `${one}@people.test`),
      name,
    )
    for (const item of collection) {
      assert.deepEqual(Object.keys(item), all, name)
      const local = String(item['ToAddress']).split('@')[0]
      assert.deepEqual([item['ServerId'], item['MessageId'], item['MailingId']], [account, `id-${local}`, 'may'])
      assert.match(String(item['DateTime']), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    }

    const xml = await call(`${name}?serverId=${account}&type=XML`)
    assert.equal(xml.headers.get('content-type'), 'application/xml; charset=utf-8')
    const { name: root, value } = readXml(xml.text) as unknown as { name: string; value: Record<string, { item: unknown }> }
    assert.deepEqual([root, value['totalCount'], value['count']], ['response', String(to.length), String(to.length)])
    const items = [value['collection']?.item].flat() as unknown as Item[]
    assert.deepEqual(
      items,
      collection.map((item) => Object.fromEntries(Object.entries(item).map(([field, one]) => [field, String(one)]))),
      name,
    )

    const csv = await call(`${name}?serverId=${account}&type=csv`)
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv; charset=utf-8/)
    assert.equal(csv.headers.get('x-total-count'), String(to.length))
    const reader = csvRecords(',')
    const rows = [...reader.push(csv.text), ...reader.end()].map((row) => ('is' in row ? row.is : assert.fail(row.problem)))
    assert.deepEqual(rows, [all, ...collection.map((item) => Object.values(item).map(String))], name)
  }
})

test('failures have the kinds and codes of the original, opens and clicks theirs', async () => {
  const { collection } = await listed('messagesFailed')
  const failures = new Map(
    collection.map((item) => [item['MessageId'], [item['FailureType'], item['FailureCode'], item['Reason'], item['FromAddress']]]),
  )
  assert.deepEqual(failures.get('id-gone'), [1, 2001, '550 5.1.1 =cmd|x <no> "such" user & co', 'a@shop.test'])
  assert.deepEqual(failures.get('id-full'), [0, 3001, '552 5.2.2 Mailbox is full', 'a@shop.test'])
  assert.deepEqual(failures.get('id-left')?.slice(0, 2), [2, 1001])
  assert.deepEqual(failures.get('id-dan')?.slice(0, 2), [1, 2001])
  assert.match(String(failures.get('id-dan')?.[2]), /User unknown/)
  const engaged = (await listed('messagesOpenClick')).collection
  assert.deepEqual(engaged.map((item) => [item['MessageId'], item['EventType'], item['Url']]).toSorted(), [
    ['id-ann', 0, 'https://shop.test/ann?a=1&b=2'],
    ['id-ben', 1, ''],
  ])
  const [complaint] = (await listed('messagesFblReported')).collection
  assert.deepEqual([complaint?.['OriginalRecipient'], complaint?.['Type']], ['eve@people.test', 'abuse'])
})

test('pages, directions and choices', async () => {
  const all = (await listed('messagesQueued')).collection.map((item) => item['MessageId'])
  const pages = await Promise.all([0, 3, 6, 9].map((index) => listed(`messagesQueued?index=${index}&count=3`)))
  assert.deepEqual(
    pages.flatMap(({ collection }) => collection.map((item) => item['MessageId'])),
    all,
  )
  assert.deepEqual(
    pages.map(({ totalCount, totalPages, count }) => [totalCount, totalPages, count]),
    [
      [7, 3, 3],
      [7, 3, 3],
      [7, 3, 1],
      [7, 3, 0],
    ],
  )
  const down = (await listed('messagesQueued?sortDirection=DESC')).collection.map((item) => item['MessageId'])
  assert.deepEqual(down, all.toReversed())
  assert.equal((await listed('messagesQueued?messageId=id-ben')).totalCount, 1)
  assert.equal((await listed('messagesQueued?mailingId=june')).totalCount, 0)
  assert.equal((await listed('messagesQueued?mailingId=may&startDate=&endDate=&count=&index=&timeZone=')).totalCount, 7)
  // Empty lists are lists all the same.
  assert.equal((readXml((await call('messagesQueued?mailingId=june&type=xml')).text).value as Record<string, unknown>)['collection'], '')
})

test('dates are read and written in the zone that is named', async () => {
  const [first] = (await listed('messagesQueued?count=1')).collection
  const at = Date.parse(String(first?.['DateTime']))
  const [there] = (await listed('messagesQueued?count=1&timeZone=-360')).collection
  assert.match(String(there?.['DateTime']), /-06:00$/)
  assert.equal(Date.parse(String(there?.['DateTime'])), at)
  const local = (time: number): string => new Date(time - 6 * 3_600_000).toISOString().slice(0, 19).replace('T', '%20')
  const around = (from: number, to: number): string => `messagesQueued?timeZone=-360&startDate=${local(from)}&endDate=${local(to)}`
  assert.equal((await listed(around(at, at))).totalCount > 0, true)
  assert.equal((await listed(around(at - 60_000, at - 1000))).totalCount, 0)
  assert.equal((await listed(`messagesQueued?startDate=${new Date(at + DAY).toISOString().slice(0, 10)}`)).totalCount, 0)
})
const DAY = 86_400_000

test('a key of an account sees that account alone; one of the server names it; scopes and networks hold', async () => {
  const { account: other } = await server.call('account.add', { name: 'other' })
  const otherKey = await keyed({ account: other.id, role: 'viewer' })
  assert.equal((await listed('messagesQueued', otherKey)).totalCount, 0)
  const stolen = await call(`messagesQueued?serverId=${account}`, otherKey)
  assert.deepEqual([stolen.status, JSON.parse(stolen.text).code], [403, 'not-yours'])
  assert.doesNotMatch(stolen.text, /people\.test/)
  assert.equal((await listed(`messagesQueued?accountId=${account}`, whole)).totalCount, 7)
  const unnamed = await call('messagesQueued', whole)
  assert.deepEqual([unnamed.status, JSON.parse(unnamed.text).code], [400, 'invalid-parameter'])
  assert.deepEqual((await call('messagesQueued?serverId=4711', whole)).status, 404)
  const scoped = await keyed({ account, role: 'viewer', scopes: ['accounts:read'] })
  assert.equal((await call('messagesFailed', scoped)).status, 403)
  assert.equal((await call('accountData', scoped)).status, 200)
  const elsewhere = await keyed({ account, role: 'viewer', networks: ['192.0.2.0/24'] })
  assert.equal((await call('messagesFailed', elsewhere)).status, 403)
  // The same key as a Bearer.
  assert.equal((await call('messagesQueued', null, { headers: { authorization: `Bearer ${own}` } })).status, 200)
})

test('who shows no key, a wrong one, or the session of a browser is asked for one, in the form that was asked for', async () => {
  for (const key of [null, 'hms_mgmt_wrong', '', server.account.apiKey, server.admin.password]) {
    const { status, headers, text } = await call('messagesFailed?type=xml', key)
    assert.equal(status, 401)
    assert.match(headers.get('www-authenticate') ?? '', /^Basic realm=/)
    assert.match(String((readXml(text).value as Record<string, unknown>)['result']), /Send a key/)
  }
  const cookie = await call('messagesFailed', null, { headers: { cookie: 'hms_session=abc; __Host-hms_session=abc' } })
  assert.equal(cookie.status, 401)
})

test('what is asked for wrongly is refused in the form that was asked for, and nothing else answers there', async () => {
  const json = await call('messagesFailed?count=1000')
  assert.equal(json.status, 400)
  assert.deepEqual(Object.keys(JSON.parse(json.text)), ['timestamp', 'result', 'code'])
  const xml = await call('messagesFailed?type=xml&startDate=%3Cx%3E')
  assert.equal(
    (readXml(xml.text).value as Record<string, string>)['result'],
    'startDate is "<x>": it is a time such as 2026-11-22 07:12:00, or a date.',
  )
  assert.match((await call('messagesFailed?type=csv&endDate=%3D1')).text, /^Result,Code\r\n"endDate is ""=1""/)
  assert.match((await call('messagesFailed?type=jsonp&jsonp=alert')).text, /JSONP is not answered/)
  assert.deepEqual(
    [
      (await call('messagesFailed', own, { method: 'POST', body: '{}' })).status,
      (await call('messagesfailed')).status,
      (await call('accounts')).status,
    ],
    [405, 404, 404],
  )
  const far = await call('messagesFailed?index=100001&startDate=2026-11-20')
  assert.match(JSON.parse(far.text).result, /Begin again with startDate/)
  assert.equal((await call('messagesFailed?type=JSON', own, { method: 'HEAD' })).status, 200)
})

test('accountData has the fields of the original, what was counted, and what the quota allows', async () => {
  await server.hms('account', 'quota', String(account), '--messages-per-month', '1000')
  await server.settled()
  const dataOf = async (): Promise<Record<string, unknown>> =>
    (JSON.parse((await call('accountData')).text) as { object: Record<string, unknown> }).object
  const object = await until(async () => {
    const data = await dataOf()
    return Number(data['BillingPeriodMessageCount']) > 0 && data
  }, 'what was handed in is counted')
  const { total } = await server.call('report.query', { account })
  assert.deepEqual(
    [object['BillingPeriodMessageCount'], object['BillingPeriodBandwidthCountInBytes'], object['BillingPeriodBandwidthCountInGigabytes']],
    [total.figures.messages, total.figures.octets, 0],
  )
  assert.deepEqual(
    [object['ServerId'], object['AccountId'], object['MessageAllowance'], object['IsOverMessageAllowance']],
    [account, account, 1000, false],
  )
  assert.equal(Object.keys(object).length, 21)
  const xml = (readXml((await call('accountData?type=xml')).text).value as { object: Record<string, string> }).object
  assert.deepEqual(Object.keys(xml), Object.keys(object))
  const csv = (await call(`accountData?type=csv&accountId=${account}`, whole)).text.split('\r\n')
  assert.deepEqual([csv.length, csv[0]], [3, Object.keys(object).join(',')])
})

test('what a key of an account asks of reports wrongly is told in a sentence', async () => {
  const asked = async (query: string): Promise<{ readonly status: number; readonly detail: string; readonly mend: string }> => {
    const url = `http://127.0.0.1:${server.panelPort}/api/v1/reports/mail?${query}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${own}` } })
    return { status: response.status, ...((await response.json()) as { detail: string; mend: string }) }
  }
  for (const [query, detail, mend] of [
    ['from=2026-02-30', /"2026-02-30" is no time/, /such as/],
    ['by=code&mailing=may', /not counted by mailing and code together/, /mailing with domain/],
    ['interval=hour&from=2026-01-01&to=2026-11-01', /more than 2400 rows/, /shorter span/],
  ] as const) {
    const told = await asked(query)
    assert.equal(told.status, 400)
    assert.match(told.detail, detail)
    assert.match(told.mend, mend)
  }
})

test('hms report has all rows as CSV, says where it shows fewer, and no figures that its rows cannot have', async () => {
  for (let n = 0; n < 25; n++) {
    const message = { from: 'a@shop.test', to: ['ben@people.test'], subject: 'x', text: 'x', mailing: `june-${n}` }
    assert.equal((await inject(server, '/v1/messages', message)).status, 202)
  }
  const report = async (...args: readonly string[]): Promise<string> => (await server.run('report', '--zone', 'UTC', ...args)).stdout
  await until(async () => (await report('--by', 'mailing', '--csv')).match(/^,\d+,june-\d+,/gm)?.length === 25, 'all mailings')
  const shown = await report('--by', 'mailing')
  assert.ok((shown.match(/june-/g)?.length ?? 0) < 25)
  assert.match(shown, /There are more: --limit shows them\.$/m)
  assert.match(shown, /^ACCOUNT +MAILING +RECIPIENTS +DELIVERED +FAILED/m)
  assert.match(await report('--by', 'site'), /^SITE +(?:PROVIDER +)?DELIVERED +/m)
  const codes = await report('--by', 'code', '--domain', 'people.test')
  assert.match(codes, /^CODE +FAILED/m)
  assert.doesNotMatch(codes, /^other/m)
})
