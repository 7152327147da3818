// What an administrator of one account may steer of it, and where that ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Principal } from '../../contract/access.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { DELIVERY, installation } from '../../../testkit/installation.ts'
import { principal, serveApi, type Told } from '../../../testkit/management.ts'

interface Around {
  readonly made: ReturnType<typeof installation>
  readonly ours: AccountId
  readonly theirs: AccountId
  /** As the administrator of our account. */
  readonly own: (what: string, body?: unknown) => Promise<Told>
  readonly owner: (what: string, body?: unknown) => Promise<Told>
}

async function withTenant(use: (around: Around) => Promise<void>, config: Parameters<typeof configWith>[0] = {}): Promise<void> {
  using made = installation({ delivery: { ...DELIVERY, config: configWith(config) } })
  const callers = new Map<string, Principal>([['owner', principal()]])
  await using api = await serveApi(made.operations, callers)
  const owner: Around['owner'] = (what, body) => api.call(what, body === undefined ? {} : { body })
  const [ours = 0, theirs = 0] = await Promise.all(
    ['Ours', 'Theirs'].map(async (name) => ((await owner('POST /accounts', { name })).body as { account: { id: AccountId } }).account.id),
  )
  callers.set('tenant', principal({ name: 'tom', role: 'administrator', account: ours as AccountId }))
  const own: Around['own'] = (what, body) => api.call(what, { key: 'tenant', ...(body !== undefined && { body }) })
  const domains: readonly (readonly [string, number, boolean])[] = [
    ['ours.example', ours, true],
    ['later.example', ours, false],
    ['theirs.example', theirs, true],
    ['shop.ours.example', theirs, true],
  ]
  for (const [domain, account, isSeen] of domains) {
    await owner('POST /domains', { domain, account })
    if (isSeen) await owner(`POST /domains/${domain}/verify`, { force: true })
  }
  await use({ made, ours: ours as AccountId, theirs: theirs as AccountId, own, owner })
}

test('DKIM keys are those of verified domains of the account, and of what is below them', () =>
  withTenant(async ({ own, owner, ours }) => {
    const made = await own('POST /dkim', { domain: 'ours.example', algorithm: 'ed25519-sha256', selector: 's' })
    assert.deepEqual([made.status, (made.body as { account: number }).account], [201, ours])
    assert.equal((await own('POST /dkim', { domain: 'Mail.Ours.Example.', algorithm: 'ed25519-sha256', selector: 's' })).status, 201)
    for (const domain of ['theirs.example', 'later.example', 'shop.ours.example', 'a.shop.ours.example', 'example', 'notours.example'])
      for (const call of ['POST /dkim', 'POST /dkim/import']) {
        const refused = await own(call, { domain, selector: 'x', ...(call.endsWith('import') && { privateKey: 'x' }) })
        assert.equal(refused.status, 403, `${call} ${domain}`)
      }
    assert.equal((await own('POST /dkim', { domain: 'ours.example', account: 1000 })).status, 403)
    assert.equal((await own('DELETE /dkim/ours.example/s')).status, 200)
    const { data } = (await owner('GET /dkim')).body as { data: readonly { domain: Domain }[] }
    assert.deepEqual(
      data.map(({ domain }) => domain),
      ['mail.ours.example'],
    )
  }))

test('tracking of the account leads to hosts below its verified domains; what the owner forces stays', () =>
  withTenant(async ({ own, owner, ours, theirs }) => {
    await owner(`PATCH /accounts/${ours}/tracking`, { host: 'click.elsewhere.example', force: true })
    const set = await own(`PATCH /accounts/${ours}/tracking`, { host: 'click.ours.example:8443', opens: true })
    assert.equal(set.status, 200)
    const { tracking } = set.body as { tracking: object }
    assert.deepEqual(tracking, { ...tracking, host: 'click.ours.example:8443', opens: true, force: true })
    for (const change of [{ host: 'click.theirs.example' }, { host: 'click.shop.ours.example' }, { force: false }])
      assert.equal((await own(`PATCH /accounts/${ours}/tracking`, change)).status, 403, JSON.stringify(change))
    assert.equal((await own(`PATCH /accounts/${theirs}/tracking`, { host: 'click.ours.example' })).status, 404)
  }))

test('somebody of an account suspends its mail, and resumes what one of them suspended', () =>
  withTenant(async ({ own, owner, made, ours, theirs }) => {
    const idOf = async (made: Promise<Told>): Promise<number> => ((await made).body as { suspension: { id: number } }).suspension.id
    const mine = await idOf(own('POST /queue/suspensions', { domain: 'example.net' }))
    assert.equal(made.settings.read().suspensions[0]?.account, ours)
    assert.equal((await own('POST /queue/suspensions', { account: theirs })).status, 403)
    const others = [await idOf(owner('POST /queue/suspensions', { account: ours })), await idOf(owner('POST /queue/suspensions', {}))]
    assert.equal((await own(`GET /queue/suspensions/${others[0]}`)).status, 200)
    assert.equal((await own(`GET /queue/suspensions/${others[1]}`)).status, 404)
    for (const id of others) assert.equal((await own(`DELETE /queue/suspensions/${id}`)).status, 404)
    assert.equal((await own(`DELETE /queue/suspensions/${mine}`)).status, 200)
    assert.deepEqual(
      made.settings.read().suspensions.map(({ id }) => id),
      others,
    )
    for (let i = 0; i < 20; i++) assert.equal((await own('POST /queue/suspensions', { mailing: `m${i}` })).status, 201)
    assert.equal((await own('POST /queue/suspensions', { mailing: 'more' })).status, 400)
    assert.equal((await owner('POST /queue/suspensions', { account: ours })).status, 201)
  }))

test('what suppresses its recipients an account decides where the server is set so, on lists of its own', async () => {
  await withTenant(async ({ own, ours }) => assert.equal((await own(`PATCH /suppression/policies/${ours}`, { reject: true })).status, 403))
  await withTenant(
    async ({ own, owner, ours, theirs }) => {
      await own('POST /suppression/lists', { name: 'mine' })
      await owner('POST /suppression/lists', { name: 'everybody' })
      await owner('POST /suppression/lists', { name: 'alien', account: theirs })
      assert.equal((await own(`PATCH /suppression/policies/${ours}`, { check: 'mine', add: 'mine' })).status, 200)
      for (const list of ['everybody', 'alien', 'nothing']) {
        const refused = await own(`PATCH /suppression/policies/${ours}`, { add: list })
        assert.deepEqual([refused.status, (refused.body as { code: string }).code], [404, 'no-list'], list)
      }
      await owner(`PATCH /suppression/policies/${ours}`, { check: 'everybody' })
      assert.equal((await own(`PATCH /suppression/policies/${ours}`, { check: 'everybody', reject: true })).status, 200)
      assert.equal((await own(`PATCH /suppression/policies/${theirs}`, { check: null })).status, 404)
    },
    { 'suppression.policy_by_accounts': true },
  )
})
