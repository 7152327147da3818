// Accounts in the Control Panel: from a new one to its first message, its credentials, limits, brakes and settings, how one is suspended; and
// that a viewer and a user of one account see what they may and no more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { inject } from '../testkit/injecting.ts'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
/** Two of them: one account's own people see one. */
let shop: AccountId
let news: AccountId
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server)
  shop = (await house.server.call('account.list', {})).find(({ id }) => id > 1000)?.id ?? assert.fail('no account')
  const { account } = await house.server.call('account.add', { name: 'Newsletter of the shop' })
  news = account.id
  await house.server.call('suppression.create', { name: 'main' })
  await house.server.call('account.quota', { id: shop, quotas: { messagesPerDay: 100 } })
})
after(() => opened.disposeAsync())

test('accounts say how they stand, what they sent today and what waits; one leads to its page', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/accounts', 'Accounts')
  await page.getByRole('link', { name: 'Newsletter of the shop' }).waitFor()
  await page
    .getByRole('row')
    .filter({ hasText: String(shop) })
    .getByRole('cell', { name: '30', exact: true })
    .first()
    .waitFor()
  await owner.look('accounts')
  await owner.picture('accounts')
  await page
    .getByRole('row')
    .filter({ hasText: String(shop) })
    .getByRole('link')
    .first()
    .click()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
  await page.getByText('Accepted', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'View queue' }).waitFor()
  await owner.look('account')
  await owner.picture('account')
})

test('an account is added with its login shown once, and lines to try it', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/accounts')
  await page.getByRole('link', { name: 'Add account' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Tickets')
  await owner.look('new account')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: /^Tickets is account \d+$/ }).waitFor()
  const swaks = (await page.getByLabel('Over SMTP, with swaks', { exact: true }).textContent()) ?? ''
  assert.match(swaks, /^swaks --server \S+ --port \d+ --tls --auth PLAIN --auth-user account-\d+ --auth-password [a-z0-9]{26} /)
  await page.getByRole('button', { name: 'Create key' }).click()
  const curl = (await page.getByLabel('Over HTTP, with curl', { exact: true }).textContent()) ?? ''
  assert.match(curl, /^curl http:\/\/\S+\/v1\/messages .*Bearer \S+/)
  await owner.look('account made')
  await owner.picture('account-new')
  await page.getByRole('link', { name: 'Open account' }).click()
  await page.getByRole('heading', { level: 1, name: 'Tickets' }).waitFor()
})

test('logins and keys are made, get a new password and an end, and go; secrets are shown once', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/accounts/${news}?tab=credentials`, 'Newsletter of the shop')
  await page.getByRole('button', { name: 'Add credentials' }).click()
  await page.getByLabel('User name').fill('letters')
  await page.getByLabel('Allowed networks').fill('192.0.2.0/24\n198.51.100.7')
  await page.getByLabel('Expires on').fill('2099-03-01')
  await owner.look('add a login')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  const first = await page.getByLabel('Password', { exact: true }).textContent()
  await owner.look('a new login')
  await page.getByRole('button', { name: 'I have saved it' }).click()
  const row = page.getByRole('row').filter({ hasText: 'letters' })
  await row.getByText('192.0.2.0/24, 198.51.100.7').waitFor()
  await owner.look('credentials')
  await owner.picture('account-credentials')
  await page.getByRole('button', { name: 'Actions for letters' }).click()
  await page.getByRole('menuitem', { name: 'New password' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'New password' }).click()
  const second = await page.getByLabel('Password', { exact: true }).textContent()
  assert.notEqual(second, first)
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await page.getByRole('button', { name: 'Actions for letters' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await page.getByLabel('Expires on').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Never').waitFor()
  await page.getByRole('button', { name: 'Actions for letters' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Name of the new stream' }).fill('weekly')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Remove the stream weekly' }).waitFor()
})

test('quotas show what is used and are changed; brakes are set for one account and are as for all again', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/accounts/${shop}?tab=limits`)
  await page.getByText(/^\d+ of 100$/).waitFor()
  await page.getByLabel('Recipients per day').fill('5000')
  await page.getByRole('form', { name: 'Quotas' }).getByRole('button', { name: 'Save' }).click()
  await page
    .getByText(/ of 5,000$/)
    .first()
    .waitFor()
  const { account } = await house.server.call('account.show', { id: shop })
  assert.deepEqual(account.quotas, { messagesPerDay: 100, recipientsPerDay: 5000 })
  await owner.look('limits')
  await owner.picture('account-limits')
  await page.getByRole('button', { name: 'Edit the brake Hard bounces' }).click()
  await page.getByLabel('Hold mail at').fill('15')
  await owner.look('brake')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Hard bounces' })
  await row.getByText('15%').waitFor()
  await page.getByRole('button', { name: 'Edit the brake Hard bounces' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reset to default' }).click()
  await row.getByText('10%').waitFor()
})

test('settings have the names of the original, and each is changed where it stands', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/accounts/${news}?tab=settings`)
  const titles = ['Bounce handling', 'Suppression list', 'Engagement tracking', 'HTTP posts and webhooks', 'Other']
  for (const name of titles) await page.getByRole('heading', { level: 2, name, exact: true }).waitFor()
  await owner.look('settings')
  await owner.picture('account-settings')
  const save = (card: string): Promise<void> =>
    page.getByRole('form', { name: card, exact: true }).getByRole('button', { name: 'Save' }).click()
  const saved = (card: string): Promise<void> => page.getByRole('form', { name: card, exact: true }).getByText('Saved.').waitFor()
  const choose = async (label: string, choice: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: choice, exact: true }).click()
  }
  await page.getByLabel('Notify senders of delays').check()
  await save('Bounce handling')
  await saved('Bounce handling')
  await choose('Check against', 'main')
  await choose('Add to', 'main')
  await choose('After soft bounces, suppress', '90d')
  await save('Suppression list')
  await saved('Suppression list')
  await page.getByLabel('Weight').fill('3')
  await page.getByLabel('Keep copies, in days').fill('30')
  await save('Other')
  await saved('Other')
  await page.getByLabel('Tracking host').fill('click.shop.example')
  await page.getByLabel('Track opens').check()
  await save('Engagement tracking')
  await saved('Engagement tracking')
  await page.getByRole('textbox', { name: 'URL to allow' }).fill('https://hooks.shop.example/')
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByRole('button', { name: 'Stop allowing https://hooks.shop.example/' }).waitFor()
  await page.getByRole('button', { name: 'Sign with a new secret' }).click()
  await page.getByLabel('Secret', { exact: true }).waitFor()
  const { account } = await house.server.call('account.show', { id: news })
  assert.deepEqual(
    [account.delayNotices, account.weight, account.keep, account.tracking.host, account.tracking.opens, account.post?.isSigned],
    [true, 3, { days: 30, bytes: 10e9 }, 'click.shop.example', true, true],
  )
  const policy = await house.server.call('suppression.policy', { account: news })
  assert.deepEqual([policy.check, policy.add, policy.soft.holds], ['main', 'main', 90 * 86_400_000])
  await page.getByLabel('Sender ID in Feedback-ID').fill('no')
  await save('Bounce handling')
  await page.getByRole('alert').waitFor()
})

test('an account is suspended with its mail counted and a reason, and resumed', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/accounts/${shop}`)
  await page.getByRole('button', { name: 'Suspend', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('12 messages with 12 recipients are in its queue now, and stay there until it may send again.').waitFor()
  await dialog.getByLabel('Reason').fill('phishing of 22 November')
  await owner.look('suspend')
  await owner.picture('account-suspend')
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).click()
  await page.getByRole('definition').filter({ hasText: 'phishing of 22 November' }).waitFor()
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await dialog.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('button', { name: 'Suspend', exact: true }).waitFor()
  const { account } = await house.server.call('account.show', { id: shop })
  assert.equal(account.state, 'active')
})

test('an account that does harm is locked: its mail is refused, its user sees why, and it is let go again', async () => {
  await using owner = await house.owner()
  await using user = await somebody(house, 'ulla', 'viewer', shop)
  await user.page.getByText('This account').waitFor({ state: 'detached' })
  const { page } = owner
  await owner.open(`/accounts/${shop}`)
  await page.getByRole('button', { name: 'Suspend', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('mail that its recipients call spam')
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).click()
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor()
  const body = { from: 'orders@shop.example', to: ['ann@northmail.example'], subject: 'More', text: 'x' }
  await house.server.settled()
  assert.equal((await inject(house.server, '/v1/messages', body)).status, 403)
  await user.open('/', 'Overview')
  await user.page.getByText('This account: suspended').waitFor()
  await user.page.getByText('mail that its recipients call spam', { exact: false }).waitFor()
  await user.look('the overview of a locked account')
  await user.picture('overview-locked')
  assert.equal(await user.page.getByRole('button', { name: 'Resume', exact: true }).count(), 0)
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await dialog.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('button', { name: 'Suspend', exact: true }).waitFor()
  await house.server.settled()
  assert.equal((await inject(house.server, '/v1/messages', body)).status, 202)
  await user.open('/', 'Overview')
  await user.page.getByText('This account').waitFor({ state: 'detached' })
})

test('a viewer sees all accounts and changes none', async () => {
  await using viewer = await somebody(house, 'vera', 'viewer')
  const { page } = viewer
  await viewer.open('/accounts')
  await page.getByRole('link', { name: 'Newsletter of the shop' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Add account' }).count(), 0)
  await viewer.open(`/accounts/${shop}?tab=credentials`)
  await page.getByRole('table').first().waitFor()
  assert.equal(await page.getByRole('button', { name: /Add|Suspend|Change state|Actions for/ }).count(), 0)
  await viewer.open(`/accounts/${shop}?tab=limits`)
  await page.getByText('Hard bounces').waitFor()
  assert.equal(await page.getByRole('button', { name: /Save|Edit the brake/ }).count(), 0)
  await viewer.open(`/accounts/${shop}?tab=settings`)
  await page.getByText('After a complaint, suppress').waitFor()
  await viewer.look('settings of a viewer')
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
  assert.equal(await page.getByRole('switch').count(), 0)
})

test('who is of one account sees that one, and changes of it what its provider lets him', async () => {
  await using admin = await somebody(house, 'nora', 'administrator', news)
  const { page } = admin
  await admin.open('/accounts')
  await page.getByRole('link', { name: 'Newsletter of the shop' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Add account' }).count(), 0)
  assert.equal(await page.getByRole('cell', { name: String(shop), exact: true }).count(), 0)
  await admin.open(`/accounts/${shop}`, 'Account')
  await page.getByText('Account not found').waitFor()
  await admin.open(`/accounts/${news}?tab=settings`)
  await page.getByRole('form', { name: 'Suppression list' }).getByRole('button', { name: 'Save' }).waitFor()
  await page.getByRole('form', { name: 'Engagement tracking' }).waitFor()
  assert.equal(await page.getByLabel('Add unsubscribe links').count(), 0)
  assert.equal(await page.getByRole('form', { name: 'Other' }).count(), 0)
  assert.equal(await page.getByRole('button', { name: /Suspend|Change state/ }).count(), 0)
  await admin.open(`/accounts/${news}?tab=credentials`)
  await page.getByRole('button', { name: 'Add credentials' }).waitFor()
  await admin.look('credentials of one account')
})
