// What mail leaves from in the Control Panel: sources, how they are, and what receivers find out about them; pools and routes; warm-up with its
// plan against what was sent.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { type PanelHouse, panelHouse, someMail, somebody } from '../testkit/panel-house.ts'

const RULES = {
  format: 1,
  sources: {
    first: { address: '127.0.0.1', helo: 'first.shop.example', warmup: 'standard' },
    second: { address: '127.0.0.2', helo: 'second.shop.example' },
  },
  pools: { main: { sources: { first: 3, second: 1 } } },
  rules: [{ name: 'all', domain: '*', set: { pool: 'main' } }],
}

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('without sources the page says what mail leaves from and what to do first', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/sources', 'IPs and pools')
  await page.getByText('No sources in your rules').waitFor()
  await owner.look('no sources')
  await page.getByRole('tab', { name: 'Warm-up' }).click()
  await page.getByText('No warm-up in progress').waitFor()
  await owner.look('no warm-up')
})

test('sources are seen with their names and lists, one is paused and used again; pools, a route and a warm-up', async () => {
  const { server, dns } = house
  const named = { '1.0.0.127.in-addr.arpa': { PTR: ['first.shop.example'] }, 'first.shop.example': { A: ['127.0.0.1'] } }
  dns.zones = { ...dns.zones, ...named }
  await someMail(server)
  await server.call('rules.apply', { document: RULES })
  for (const name of ['ann', 'bob', 'eva', 'hugo']) {
    const body = { from: 'orders@shop.example', to: [`${name}@northmail.example`], subject: 'Your order', text: 'x' }
    assert.equal((await inject(server, '/v1/messages', body)).status, 202)
  }
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/sources', 'IPs and pools')
  const table = page.getByRole('region', { name: 'Sources of the rules' })
  const first = table.getByRole('row').filter({ hasText: '127.0.0.1' })
  await first.getByText('OK', { exact: true }).waitFor()
  await table.getByRole('row').filter({ hasText: '127.0.0.2' }).getByText('Missing').waitFor()
  const names = page.getByRole('region', { name: 'Reverse DNS of IP addresses' })
  await names.getByText('2.0.0.127.in-addr.arpa PTR second.shop.example.').waitFor()
  await owner.look('sources')
  await owner.picture('sources')
  await page.getByRole('button', { name: 'Pause second' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('it is listed')
  await owner.look('a source is paused')
  await dialog.getByRole('button', { name: 'Pause' }).click()
  await table.getByText('it is listed').waitFor()
  assert.equal((await server.call('sources.list', {})).find(({ name }) => name === 'second')?.hand, 'suspended')

  await page.getByRole('tab', { name: 'Pools and routes' }).click()
  await page.getByRole('region', { name: 'List of pools' }).getByText('1 of 2').waitFor()
  await page.getByText('first 75%').waitFor()
  await page.getByRole('button', { name: 'Add route…' }).click()
  await dialog.getByRole('textbox', { name: 'Domain or pattern' }).fill('inside.example')
  await dialog.getByRole('textbox', { name: 'Destination' }).fill('nowhere')
  await dialog.getByRole('button', { name: 'Add route' }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('textbox', { name: 'Destination' }).fill('smtp://127.0.0.1:9')
  await dialog.getByRole('button', { name: 'Add route' }).click()
  await page.getByRole('region', { name: 'Fixed routes' }).getByText('smtp://127.0.0.1:9').waitFor()
  await owner.look('pools and routes')
  await owner.picture('sources-pools')
  await page.getByRole('button', { name: 'Remove the route for inside.example' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('No routes yet').waitFor()

  await page.getByRole('tab', { name: 'IP addresses' }).click()
  await page.getByRole('button', { name: 'Use normally: second' }).click()
  await dialog.getByRole('button', { name: 'Use normally', exact: true }).click()
  await table.getByText('it is listed').waitFor({ state: 'detached' })

  await page.getByRole('tab', { name: 'Warm-up' }).click()
  await page.getByRole('img', { name: /Messages per day from first/ }).waitFor()
  await owner.look('warm-up')
  await owner.picture('sources-warmup')
  await page.getByRole('button', { name: 'Hold', exact: true }).click()
  await dialog.getByRole('button', { name: 'Hold', exact: true }).click()
  await page.getByText('Held', { exact: true }).waitFor()
})

test('a viewer sees sources and changes nothing; a user of one account has no such page', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/sources', 'IPs and pools')
  await page.getByRole('region', { name: 'Sources of the rules' }).getByText('127.0.0.2').waitFor()
  assert.equal(await page.getByRole('button', { name: /^(Pause|Drain) / }).count(), 0)
  await page.getByRole('tab', { name: 'Pools and routes' }).click()
  await page.getByText('No routes yet').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Add route…' }).count(), 0)
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using other = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await other.page.getByRole('link', { name: 'IPs and pools' }).count(), 0)
})
