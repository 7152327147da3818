// Every operation that changes something leaves a record of the audit with how it was before or is after, and none with a secret.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { ALARM_NAMES } from '../../contract/alarm-table.ts'
import { ROUTES } from '../../contract/management.ts'
import type { OperationName, OperationParams, OperationResult } from '../../contract/operations.ts'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import { WARMUP_DEFAULTS } from '../../contract/warmup.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import type { OperationSurroundings } from './context.ts'
import { hourOf } from '../../policy/suppression/flood.ts'
import { SuppressionStore } from '../../store/sqlite/suppression/suppression.ts'
import type { Addition } from '../../store/sqlite/suppression/suppression-feedback.ts'
import { DELIVERY, installation, NOW } from '../../../testkit/installation.ts'
import {
  BACKUP,
  onePlugin,
  SOME_DATA,
  SOME_LIFECYCLE,
  SOME_REPORTS,
  SOME_TOOLS,
  SOME_WEBHOOKS,
  UPLOAD,
} from '../../../testkit/some-data.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'

const WRITES = new Set<string>(ROUTES.filter((one) => one.does === 'write').map((one) => one.operation))
const SHIPPED: RulesDocument = {
  ...NO_RULES,
  edition: 1,
  warmups: { standard: { ...WARMUP_DEFAULTS, days: [10, 20, 40], providers: {} } },
}
const SMART = 'format: 1\nversion: 2026112201\nproviders: { big: { mx: [mx.big.example] } }\nrules: []\n'
const RULES = {
  format: 1,
  sources: {
    far: { proxy: 'socks5://192.0.2.9:1080' },
    near: { address: '192.0.2.1', warmup: 'standard' },
  },
  pools: { bulk: { sources: { near: 1 } } },
}
/** What is told of these is told with another. */
const PARTS: ReadonlySet<string> = new Set(['job.rows'])
/** Values that are secret, and must be in no record. */
const SECRETS: string[] = ['hunter-22-two-2', 'route-pass-77']

type Call = <N extends OperationName>(name: N, params: OperationParams<N>) => Promise<OperationResult<N>>

async function aboutAccounts(call: Call): Promise<AccountId> {
  const { account, credential } = await call('account.add', { name: 'Shop' })
  const { id } = account
  SECRETS.push(credential.password)
  await call('account.set', { id, change: { delayNotices: true } })
  await call('account.quota', { id, quotas: { messagesPerHour: 100 } })
  await call('account.state', { id, state: 'held', reason: 'a look' })
  await call('account.state', { id, state: 'active' })
  await call('account.streams.add', { id, name: 'news', kind: 'bulk' })
  await call('account.streams.remove', { id, name: 'news' })
  SECRETS.push((await call('account.post.set', { id, add: ['https://shop.example/in'], secret: 'new' })).secret ?? assert.fail())
  await call('account.tracking.set', { id, change: { host: 'click.shop.example', clicks: true } })
  await call('credential.add', { account: id, user: 'extra', password: 'hunter-22-two-2' })
  const key = await call('credential.key', { account: id, kind: 'ses' })
  SECRETS.push('secretAccessKey' in key ? key.secretAccessKey : assert.fail())
  const api = await call('credential.key', { account: id, kind: 'api' })
  SECRETS.push('key' in api ? api.key : assert.fail())
  await call('credential.set', { user: 'extra', stream: 'bulk' })
  await call('credential.quota', { user: 'extra', quotas: { messagesPerHour: 10 } })
  await call('credential.remove', { user: 'extra' })
  await call('template.add', { id: 'hello', text: 'Hello' })
  await call('template.remove', { id: 'hello' })
  await call('brakes.set', { name: 'complaints', hold: null })
  await call('brakes.off', { name: 'peak' })
  await call('brakes.reset', { name: 'peak' })
  await call('tokens.rotate', {})
  return id
}

async function aboutDomains(call: Call, account: AccountId): Promise<void> {
  await call('domain.add', { domain: 'shop.example', account })
  await call('domain.verify', { domain: 'shop.example', force: true })
  await call('complaints.import', { domain: 'shop.example', provider: 'gmail', csv: '2026-11-22,0.12%' })
  await call('dkim.create', { domain: 'shop.example', selector: 's1', algorithm: 'ed25519-sha256' })
  await call('dkim.verify', { domain: 'shop.example', force: true })
  await call('dkim.rotate', { domain: 'shop.example' })
  await call('dkim.remove', { domain: 'shop.example', selector: 's1' })
  const { privateKey } = await generateDkimKey('ed25519-sha256')
  SECRETS.push(privateKey.split('\n')[1] ?? assert.fail())
  await call('dkim.import', { domain: 'other.example', selector: 's9', privateKey })
  await call('domain.remove', { domain: 'shop.example' })
  await call('inbound.add', { domain: 'in.example' })
  await call('inbound.remove', { domain: 'in.example' })
  await call('reporter.add', { who: 'fbl.example' })
  await call('reporter.remove', { who: 'fbl.example' })
  await call('relay.allow', { cidr: '192.0.2.1' })
  await call('relay.deny', { cidr: '192.0.2.1' })
}

async function aboutDelivery(call: Call): Promise<void> {
  await call('rules.apply', { document: RULES })
  await call('rules.apply', { document: { ...RULES, rules: [{ name: 'a', domain: 'a.example', set: { connections: 3 } }] } })
  await call('rules.revert', { version: 1 })
  for (const act of ['suspend', 'drain', 'resume', 'force'] as const) await call(`sources.${act}`, { source: 'far' })
  await call('sources.login', { source: 'far', user: 'hms', password: 'hunter-22-two-2' })
  await call('sources.logout', { source: 'far' })
  await call('warmup.set', { action: 'hold', source: 'near' })
  await call('rules.update', { document: SMART, unsigned: true })
  await call('route.set', { pattern: 'example.com', url: 'smtp://ann:route-pass-77@192.0.2.1:2525' })
  await call('queue.rebind', { selection: { domain: 'example.com' as Domain }, route: 'example.com' })
  await call('queue.unbind', { id: 1 })
  await call('route.remove', { pattern: 'example.com' })
  await call('milter.set', { name: 'one', address: 'inet:127.0.0.1:9', connectTimeout: 500 })
  await call('milter.test', { name: 'one' })
  await call('milter.remove', { name: 'one' })
  await call('plugin.add', { archive: Buffer.from('hunter-22-two-2').toString('base64'), name: 'one' })
  SECRETS.push(Buffer.from('hunter-22-two-2').toString('base64'))
  await call('plugin.set', { name: 'one', enabled: false })
  await call('plugin.settings.set', { name: 'one', values: { word: 'hunter-22-two-2' } })
  await call('plugin.remove', { name: 'one' })
  await call('queue.suspend', { domain: 'example.com' as Domain })
  await call('queue.resume', { id: 1 })
  await call('queue.act', { action: 'delete', selection: { domain: 'example.com' as Domain } })
  await call('effects.extend', { id: 'e1', for: 60_000 })
  await call('effects.end', { id: 'e1' })
  await call('alerts.test', {})
  await call('config.set', { name: 'events.days', value: '60' })
  await call('config.unset', { name: 'events.days' })
  await call('backup.start', { messages: false })
  await call('backup.verify', { file: BACKUP.file })
  await call('backup.open', { file: BACKUP.file })
  await call('restore.try', { file: BACKUP.file })
  await call('restore.start', { file: BACKUP.file, settings: 'backup', forget: true })
  await call('lifecycle.preflight', {})
  await call('support.make', {})
  await call('support.remove', { id: '20261122T070000Z' })
  await call('lifecycle.cleanup', {})
  await call('replies.learn', { pattern: 'no such gizmo', code: 2004 })
  await call('upload.begin', { size: 3, sha256: UPLOAD.sha256 })
  await call('upload.add', { id: 1, from: 0, octets: 'c2VjcmV0' })
  SECRETS.push('c2VjcmV0')
  await call('upload.remove', { id: 1 })
  await call('lifecycle.upgrade', { version: '1.1.0' })
  await call('lifecycle.downgrade', { version: '1.0.0' })
  await call('certificate.order', {})
  const alarm = { name: ALARM_NAMES[0] ?? assert.fail() }
  await call('alarm.set', { ...alarm, off: true })
  await call('alarm.silence', alarm)
  await call('alarm.unsilence', alarm)
  await call('alarm.reset', alarm)
  await call('alarm.test', alarm)
  SECRETS.push('erased@example.com')
  await call('report.rebuild', {})
  await call('erase.start', { address: 'erased@example.com' })
}

async function aboutTools(call: Call): Promise<void> {
  await call('doctor.check', {})
  await call('mail.test', { to: ['success@simulator.hms.test'] })
  await call('config.merge', { rest: 'mine' })
}

async function aboutWebhooks(call: Call, account: AccountId): Promise<void> {
  const { webhook, secret } = await call('webhook.add', { account, url: 'https://hooks.example.com/mail' })
  const { id } = webhook
  SECRETS.push(secret)
  await call('webhook.set', { id, kinds: ['delivered'] })
  SECRETS.push((await call('webhook.rotate', { id })).secret)
  await call('webhook.test', { id, kind: 'delivered' })
  await call('webhook.resume', { id })
  await call('webhook.replay.start', { id, from: NOW - 1000, to: NOW })
  await call('webhook.replay.cancel', { id, n: 1 })
  await call('webhook.remove', { id })
}

async function aboutJobs(call: Call, account: AccountId): Promise<void> {
  const message = { from: 'a@shop.example', subject: 'Hello', text: 'Dear {{ name }}' }
  const { id } = await call('job.add', { document: { account, message } })
  await call('job.rows', { id, after: 0, rows: [{ line: 1, to: 'b@b.example', data: { name: 'Ben' } }] })
  await call('job.begin', { id })
  await call('job.pause', { id })
  await call('job.resume', { id })
  await call('job.cancel', { id })
  await call('job.forget', { id })
}

async function aboutSuppression(call: Call, store: SuppressionStore, account: AccountId): Promise<void> {
  const list = 'main'
  await call('suppression.create', { name: list })
  await call('suppression.policy', { account, change: { check: list } })
  await call('suppression.add', { list, targets: ['ann@x.example'] })
  await call('suppression.remove', { list, targets: ['ann@x.example'] })
  await call('suppression.import', { list, rows: [{ target: 'ben@x.example' }], origin: 'file', last: { rows: 1 } })
  const seen = {
    stream: null,
    reason: 'Failure',
    at: NOW,
    expires: null,
    site: 'mx',
    domain: 'x.example' as Domain,
    reply: '550 no',
  } as const
  const additions = (doubtful: boolean): Addition[] =>
    Array.from({ length: 42 }, (_, i) => ({ kind: 'add', list, target: `f${i}@x.example`, origin: `event ${i}`, doubtful, ...seen }))
  await store.take({ shard: 0, upTo: 1, now: NOW, acts: additions(false), tallies: [] })
  await call('suppression.undo', { site: 'mx', since: 0, until: NOW + 1 })
  for (const upTo of [2, 3])
    await store.take({
      shard: 0,
      upTo,
      now: NOW,
      acts: additions(true),
      tallies: [{ site: 'mx', hour: hourOf(NOW), tried: 130, hard: 42 }],
    })
  assert.equal((await call('suppression.review', {})).length, 1)
  await call('suppression.settle', { site: 'mx', accept: false })
  await call('suppression.policy', { account, change: { check: null } })
  await call('suppression.drop', { name: list })
}

async function aboutAccess(call: Call, access: OperationSurroundings['access']): Promise<void> {
  const { link } = await call('user.add', { name: 'ben', role: 'viewer' })
  SECRETS.push(link.token)
  await call('user.set', { name: 'ben', role: 'operator' })
  SECRETS.push((await call('user.password', { name: 'ben' })).token)
  const passkey = { id: 'x', user: 'ben', name: 'laptop', host: 'mta.example', key: new Uint8Array(1), counter: 0 }
  access.passkeys.add({ ...passkey, transports: [], synced: false, madeAt: NOW }, null)
  await call('user.passkeys.remove', { name: 'ben', id: 'x' })
  await call('user.lock', { name: 'ben' })
  await call('user.unlock', { name: 'ben' })
  await call('user.factors.remove', { name: 'ben' })
  access.addSession({ hash: 'x', user: 'ben', address: '192.0.2.1', agent: 'test', at: NOW, ends: NOW * 2, fresh: null })
  await call('session.end', { user: 'ben' })
  await call('user.remove', { name: 'ben' })
  SECRETS.push((await call('key.add', { name: 'shop', role: 'viewer' })).secret)
  await call('key.remove', { name: 'shop' })
  await aboutProviders(call, access)
}

async function aboutProviders(call: Call, { providers }: OperationSurroundings['access']): Promise<void> {
  const [first, second] = ['the first client secret', 'the second client secret']
  SECRETS.push(first, second)
  await call('provider.add', {
    name: 'company',
    issuer: 'https://login.example.com',
    clientId: 'hms',
    panel: 'https://mta.example.com',
    clientSecret: first,
  })
  await call('provider.set', { name: 'company', clientSecret: second })
  assert.equal(providers.secretOf('company'), second)
  await call('provider.link', { name: 'company', user: 'ann', subject: 'subject' })
  assert.equal(providers.userOf('company', 'subject'), 'ann')
  await call('provider.unlink', { name: 'company', user: 'ann' })
  await call('provider.remove', { name: 'company' })
}

test('every operation that writes leaves a record with the states before and after, of who called it, and without a secret', async () => {
  using folder = temporaryFolder()
  await using store = new SuppressionStore(join(folder.path, 'suppression.db'))
  using at = installation({
    suppression: store,
    delivery: { ...DELIVERY, shipped: SHIPPED },
    data: SOME_DATA,
    reports: SOME_REPORTS,
    lifecycle: SOME_LIFECYCLE,
    plugins: onePlugin(),
    tools: SOME_TOOLS,
    webhooks: SOME_WEBHOOKS,
  })
  at.answers.set('queue.act', [{ recipients: 3 }])
  at.answers.set('queue.count', [{ messages: 1, recipients: 3 }])
  at.answers.set('effects.change', [{ found: true }])
  const written = new Set<string>()
  const call: Call = async (name, params) => {
    const before = at.settings.audited({ limit: 1 }).records[0]?.id ?? 0
    const operation = at.operations.as({ by: 'ann', via: 'api', address: '192.0.2.77' })[name] as (params: unknown) => Promise<never>
    const result = await operation(params)
    if (!WRITES.has(name)) return result
    const records = at.settings.audited({ operation: name }).records.filter(({ id }) => id > before)
    const told = records.find((one) => one.before !== null || one.after !== null)
    assert.ok(PARTS.has(name) || told !== undefined, `${name} left no record with what it changed`)
    for (const { by, via, address, action } of records) {
      assert.deepEqual([by, via, address], ['ann', 'api', '192.0.2.77'], name)
      assert.doesNotMatch(action, /\./, 'an action is told in words')
    }
    written.add(name)
    return result
  }
  await at.call('user.add', { name: 'ann', role: 'owner' })
  await aboutAccess(call, at.access)
  const account = await aboutAccounts(call)
  await aboutDomains(call, account)
  await aboutDelivery(call)
  await aboutJobs(call, account)
  await aboutWebhooks(call, account)
  await aboutTools(call)
  await aboutSuppression(call, store, account)
  const missing = [...WRITES].filter((name) => !written.has(name))
  assert.deepEqual(missing, [], 'each operation that writes is called here: a new one is to be added')
  const all = JSON.stringify(at.settings.audited({ limit: 1000 }).records)
  for (const secret of SECRETS) assert.ok(!all.includes(secret), `the audit holds ${secret}`)
})
