// Bounces and complaints in the Control Panel: what comes back is counted and shown one by one; a complaint is handled from the page to the reason
// why its recipient is suppressed; a reply that nobody knows is classified; viewers and users of one account see what they may and no more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { comingBack } from '../testkit/coming-back.ts'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('before anything came back the page says what to do first', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/bounces', 'Bounces and complaints')
  await page.getByText('Bounce messages cannot be received yet').waitFor()
  await page.getByText('Nothing in this period').waitFor()
  await owner.look('nothing came back')
  await page.getByRole('button', { name: 'Add bounce domain' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Domain' }).fill('returns.shop.example')
  await owner.look('a domain for what comes back')
  await dialog.getByRole('button', { name: 'Add domain' }).click()
  await dialog.getByText('Publish: returns.shop.example. MX 10 mta.shop.example.').waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Bounces are received at returns.shop.example.').waitFor()
})

test('a complaint is seen, its recipient is suppressed, and the page says why', async () => {
  const { server } = house
  await server.call('suppression.create', { name: 'main' })
  await server.call('suppression.policy', { account: server.account.id as AccountId, change: { check: 'main', add: 'main' } })
  const back = await comingBack(server, house.peer)
  await someMail(server, 4)
  await back.complain(await back.mail('grace@northmail.example'))
  await back.bounce(await back.mail('gone@northmail.example'))
  await back.bounce(await back.mail('full@postbox.example'), { status: '5.2.2', diagnostic: '552 5.2.2 The mailbox is full' })
  const events = async (): Promise<boolean> =>
    (await server.call('events.find', { kinds: ['bounced', 'complained'], limit: 9 })).events.length >= 3
  await until(events, 'not all of it was told')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/bounces', 'Bounces and complaints')
  const events1 = page.getByRole('region', { name: 'Bounces, complaints and unsubscriptions, newest first' })
  await events1.getByRole('link', { name: 'grace@northmail.example', exact: true }).waitFor()
  await events1.getByText('Hard').waitFor()
  await events1.getByText('3001: mailbox full').waitFor()
  await page.getByRole('link', { name: 'Messages of strict.example' }).waitFor()
  await owner.look('bounces')
  await owner.picture('bounces')
  await page.getByText('Reason', { exact: true }).first().click()
  await page.getByRole('cell', { name: '2001: invalid address' }).first().waitFor()
  await page.getByText('Provider', { exact: true }).first().click()
  await page.getByRole('cell', { name: 'mx.strict.example' }).waitFor()
  await page.getByText('Mailing', { exact: true }).first().click()
  await page.getByRole('link', { name: 'Messages of autumn-news' }).waitFor()
  await page.getByText('Account', { exact: true }).first().click()
  await page.getByRole('link', { name: `Messages of ${server.account.id}` }).click()
  await page.getByRole('button', { name: 'Remove the filter Account' }).waitFor()
  await owner.open('/bounces?by=account', 'Bounces and complaints')
  await events1.getByText('3001: mailbox full').waitFor()

  await page.getByText('Complaints', { exact: true }).last().click()
  await events1.getByText('gone@northmail.example').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Look up grace@northmail.example' }).click()
  await page.getByRole('heading', { level: 1, name: 'Suppression' }).waitFor()
  await page.getByRole('link', { name: 'Why grace@northmail.example is suppressed' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('abuse').waitFor()
  await dialog.getByRole('link', { name: 'Message', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Message' }).waitFor()
  await page.getByText('Complained').first().waitFor()
})

test('a reply that no rule knows is classified, after the rule was seen; a reporter is believed, and no more', async () => {
  const { server } = house
  const back = await comingBack(server, house.peer)
  const odd = { status: '5.0.0', diagnostic: '550 flurbed by the gizmo of the northern gate' }
  await back.bounce(await back.mail('odd@northmail.example'), odd)
  const unknown = async (): Promise<boolean> => (await server.call('replies.unknown', {})).some(({ sample }) => sample.includes('flurbed'))
  await until(unknown, 'the reply was not collected')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/bounces', 'Bounces and complaints')
  await page.getByRole('button', { name: /^Classify… 550 .*flurbed/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Classify as' }).click()
  await page.getByRole('option', { name: '2004: address no longer valid' }).click()
  await dialog.getByText(/^Matches 1 unclassified reply/).waitFor()
  await owner.look('classify')
  await dialog.getByRole('button', { name: 'Create rule' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Reply' }).fill('550 flurbed by the gizmo of the northern gate')
  const known = async (): Promise<boolean> => {
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    return (await page.getByText('2004: address no longer valid.').count()) > 0
  }
  await until(known, 'the rule does not count')

  await page.getByRole('button', { name: 'Add sender' }).click()
  await dialog.getByRole('textbox', { name: 'Domain or IP address' }).fill('fbl.partner.example')
  await dialog.getByRole('button', { name: 'Trust', exact: true }).click()
  await page.getByRole('button', { name: 'Stop trusting fbl.partner.example' }).click()
  await page.getByRole('cell', { name: 'fbl.partner.example', exact: true }).waitFor({ state: 'detached' })
})

test('a viewer sees all of it and changes nothing; a user of one account sees what is of it', async () => {
  {
    await using visitor = await somebody(house, 'vera', 'viewer')
    const { page } = visitor
    await visitor.open('/bounces', 'Bounces and complaints')
    await page.getByRole('heading', { name: 'Feedback loops' }).waitFor()
    await page.getByRole('link', { name: 'grace@northmail.example', exact: true }).waitFor()
    for (const name of ['Add sender', 'Classify…', 'Stop trusting']) assert.equal(await page.getByRole('button', { name }).count(), 0, name)
  }
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/bounces', 'Bounces and complaints')
  await page.getByText('Nothing in this period').waitFor()
  assert.equal(await page.getByText('grace@northmail.example').count(), 0)
  assert.equal(await page.getByRole('heading', { name: 'Feedback loops' }).count(), 0)
  await visitor.look('bounces of one account')
})
