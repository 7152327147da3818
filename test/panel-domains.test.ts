// Domains in the Control Panel: a domain is added, proved, given a key, looked at, and told what is missing; viewers and users of one account see
// what they may and no more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

const ADDRESS = '11.22.33.44'
const opened = new AsyncDisposableStack()
let house: PanelHouse
let account: AccountId
before(async () => {
  house = opened.use(await panelHouse({ config: { 'delivery.source_address': ADDRESS } }))
  account = house.server.account.id as AccountId
  Object.assign(house.dns.zones, {
    'shop.example': { MX: [[10, 'mx.shop.example']], TXT: [`v=spf1 ip4:${ADDRESS} -all`] },
    '44.33.22.11.in-addr.arpa': { PTR: ['mta.shop.example'] },
    'mta.shop.example': { A: [ADDRESS] },
    'news.example': { TXT: ['v=spf1 -all'] },
  })
})
after(() => opened.disposeAsync())

test('a domain is added, proved, given a key and looked at; what is missing stands beside what was found', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/domains', 'Domains')
  await page.getByText('No domains yet').waitFor()
  await owner.look('no domains')
  await page.getByRole('button', { name: 'Add domain' }).first().click()
  await page.getByRole('textbox', { name: 'Domain', exact: true }).fill('shop.example')
  await page.getByRole('dialog').getByRole('textbox', { name: 'Account' }).fill(String(account))
  await owner.look('add a domain')
  await page.getByRole('dialog').getByRole('button', { name: 'Add domain' }).click()
  await page.getByRole('heading', { level: 1, name: 'shop.example' }).waitFor()
  await page.getByRole('button', { name: 'Check record', exact: true }).click()
  await page.getByText('The record was not found').waitFor()
  const [{ token } = { token: '' }] = await house.server.call('domain.list', {})
  await page.getByText(`hms-verification=${token}`).first().waitFor()
  await owner.look('a domain to prove')
  house.dns.zones['_hms.shop.example'] = { TXT: [`hms-verification=${token}`] }
  await page.getByRole('button', { name: 'Check record', exact: true }).click()
  await page.getByText('Next: create a DKIM key').waitFor()
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('textbox', { name: 'Selector' }).fill('autumn')
  await owner.look('make a key')
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
  const row = page.getByRole('row').filter({ hasText: 'autumn' }).filter({ hasText: 'rsa-sha256' })
  await row.getByText('record not found yet').waitFor()
})

test('a domain says what receivers find, what providers ask for, and what is known of complaints', async () => {
  const [key] = await house.server.call('dkim.list', {})
  assert.ok(key !== undefined)
  house.dns.zones[key.record.name] = { TXT: [key.record.value] }
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/domains/shop.example', 'shop.example')
  await page.getByRole('button', { name: 'Check records' }).click()
  await page.getByText('record found').waitFor()
  await page.getByRole('button', { name: 'Check now' }).first().click()
  await page.getByText('Publish the record; with').waitFor()
  await page.getByRole('region', { name: 'Microsoft' }).getByText('DMARC, p=none or more').waitFor()
  assert.equal(await page.getByText('The provider does not report complaints.').count(), 3)
  await page.getByRole('button', { name: 'Import rates…' }).click()
  const today = new Date().toISOString().slice(0, 10)
  await page.getByRole('textbox', { name: 'CSV' }).fill(`${today},0.35%`)
  await owner.look('import figures')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByText('0.35%').waitFor()
  await page.getByText('Show as zone file').click()
  await page.getByText('_dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=none"').waitFor()
  await owner.look('a domain')
  await page.getByText('Show as zone file').click()
  await page.evaluate('scrollTo(0, 0)')
  await owner.picture('domain')
  await page.getByRole('button', { name: 'Copy TXT Host _dmarc.shop.example' }).click()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), '_dmarc.shop.example')
  await page.getByRole('button', { name: 'Rotate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
  await page.getByText('record not found yet').waitFor()
  await house.server.call('domain.add', { domain: 'news.example', account })
  await owner.open('/domains', 'Domains')
  await page.getByRole('row').filter({ hasText: 'shop.example' }).getByText('Missing').first().waitFor()
  await page.getByRole('row').filter({ hasText: 'news.example' }).getByText('Not yet').waitFor()
  await owner.look('domains')
  await owner.picture('domains')
})

test('a viewer sees domains and may look, and is offered nothing else', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/domains', 'Domains')
  await page.getByRole('link', { name: 'shop.example' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Add domain' }).count(), 0)
  await page.getByRole('link', { name: 'shop.example' }).click()
  await page.getByRole('heading', { name: 'DKIM keys' }).waitFor()
  await page.getByText('autumn', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Check now' }).first().waitFor()
  for (const name of ['Remove', 'Rotate', 'Create key', 'Check records', 'Import rates…'])
    assert.equal(await page.getByRole('button', { name }).count(), 0, name)
})

test('a user of one account sees the domains of that alone', async () => {
  const { account: other } = await house.server.call('account.add', { name: 'other' })
  await house.server.call('domain.add', { domain: 'other.example', account: other.id })
  await using visitor = await somebody(house, 'otto', 'administrator', other.id)
  const { page } = visitor
  await visitor.open('/domains', 'Domains')
  await page.getByRole('link', { name: 'other.example' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'shop.example' }).count(), 0)
  assert.equal(await page.getByRole('textbox', { name: 'Account' }).count(), 0)
  await visitor.open('/domains/shop.example', 'shop.example')
  await page.getByText('Domain not found').waitFor()
  await visitor.look('a domain of another')
})
