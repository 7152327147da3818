// Destinations in the Control Panel: what waits where and why, what was answered how often, and mail that is kept back, tried now, or sent
// another way; viewers see it and change nothing, users of one account do not see it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const SITE = 'mx.citymail.example'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('a server that sent nothing says what to do first', async () => {
  await using owner = await house.owner()
  await owner.open('/destinations', 'Destinations')
  await owner.page.getByText('No active destinations').waitFor()
  await owner.look('destinations without mail')
})

test('the owner finds what holds mail to a provider, what it answers, keeps it back, and lets it go', async () => {
  const { server } = house
  const sources = { reserve: { address: '127.0.0.1', helo: 'reserve.shop.example' } }
  const providers = { city: { mx: [SITE] }, north: { mx: ['mx.northmail.example'] } }
  const document = { format: 1, sources, pools: { reserve: { sources: { reserve: 1 } } }, providers }
  await server.call('rules.apply', { document })
  await someMail(server)
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/destinations', 'Destinations')
  const city = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'city', exact: true }) })
  await city.getByText('Too many messages from your network').waitFor()
  await city.getByRole('cell').nth(1).filter({ hasText: /^6$/ }).waitFor()
  await owner.look('destinations')
  await owner.picture('destinations')
  await page.getByText('By site', { exact: true }).click()
  await page.getByRole('link', { name: SITE, exact: true }).waitFor()
  await owner.look('destinations by site')

  await page.getByRole('textbox', { name: 'Why is it queued?' }).fill('ann0@citymail.example')
  await page.getByRole('button', { name: 'Explain' }).click()
  const answer = page.getByRole('region', { name: 'Why mail is queued: ann0@citymail.example' })
  await answer.getByText('451 4.7.1 Too many messages').waitFor()
  await owner.look('why an address waits')
  await page.getByRole('textbox', { name: 'Why is it queued?' }).fill('not a thing')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('Enter a domain, an email address or a message ID.').waitFor()
  await page.getByRole('textbox', { name: 'Why is it queued?' }).fill('citymail.example')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByRole('link', { name: 'Open domain' }).click()
  await page.getByRole('heading', { level: 1, name: 'citymail.example' }).waitFor()
  await page.getByRole('region', { name: 'Replies by frequency' }).getByText('451 4.7.1 Too many messages').waitFor()
  await owner.look('a domain')

  await owner.open('/destination?provider=city', 'city')
  const replies = page.getByRole('region', { name: 'Replies by frequency' })
  await replies.getByRole('cell', { name: '451 4.7.1 Too many messages from your network' }).waitFor()
  await owner.look('a provider')
  await owner.open(`/destination?site=${SITE}`, SITE)
  await replies.getByText('Deferred').first().waitFor()
  await owner.look('a site')
  await owner.picture('destination')

  await page.getByRole('button', { name: 'Pause' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('6 recipients of 6 messages').waitFor()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('their filter is broken')
  await owner.look('a pause')
  await dialog.getByRole('button', { name: 'Pause' }).click()
  await page.getByText(`${SITE}: their filter is broken`).waitFor()
  assert.equal((await server.call('queue.suspensions', {}))[0]?.site, SITE)
  await until(
    async () => (await server.call('queue.count', { selection: { state: 'held', site: SITE } })).recipients === 6,
    'nothing is held',
  )
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByText(`${SITE}: their filter is broken`).waitFor({ state: 'detached' })
  assert.deepEqual(await server.call('queue.suspensions', {}), [])

  const answered = async (): Promise<number> =>
    (await server.call('sites.replies', { site: SITE })).reduce((sum, { count }) => sum + count, 0)
  const earlier = await answered()
  await page.getByRole('button', { name: 'Retry now' }).click()
  await dialog.getByText('Retries 6 recipients of 6 messages now').waitFor()
  await dialog.getByRole('button', { name: 'Retry now' }).click()
  await until(async () => (await answered()) > earlier, 'it was not tried again')

  await page.getByRole('button', { name: 'Reroute' }).click()
  await dialog.getByText('6 recipients of 6 messages are queued there now').waitFor()
  await dialog.getByRole('combobox', { name: 'Route through' }).click()
  await page.getByRole('option', { name: 'Pool reserve' }).click()
  await owner.look('another way')
  await dialog.getByRole('button', { name: 'Reroute' }).click()
  await page.getByText('Mail queued at that time leaves through Pool reserve').waitFor()
  assert.equal((await server.call('queue.rebindings', {}))[0]?.pool, 'reserve')
  await page.getByRole('button', { name: 'Undo reroute' }).click()
  await page.getByText('Mail queued at that time leaves through Pool reserve').waitFor({ state: 'detached' })
})

test('a viewer sees destinations and why mail waits, and is offered no change', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open(`/destination?site=${SITE}`, SITE)
  await page.getByRole('region', { name: 'Replies by frequency' }).getByText('Deferred').first().waitFor()
  for (const name of ['Pause', 'Retry now', 'Reroute']) assert.equal(await page.getByRole('button', { name }).count(), 0, name)
})

test('a user of one account has no such page, and the server tells him nothing of it', async () => {
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  assert.equal(await page.getByRole('link', { name: 'Destinations' }).count(), 0)
  await visitor.open('/destinations', NOT_YOURS)
  await visitor.open(`/destination?site=${SITE}`, NOT_YOURS)
  assert.equal(await page.getByText(SITE).count(), 0)
})
