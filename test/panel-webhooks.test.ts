// Webhooks in the Control Panel: a webhook is added, tried, fails, is followed in its log, told again what is past; viewers and users of one
// account see what they may and no more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'
import { PostServer } from '../testkit/post-server.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
let posts: PostServer
before(async () => {
  posts = opened.use(await PostServer.start([]))
  house = opened.use(await panelHouse({ config: { 'webhooks.allow_private': 'true' } }))
})
after(() => opened.disposeAsync())

test('a webhook is added with its secret shown once, tried, and its posts are told; a time is told again', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/webhooks', 'Webhooks')
  await page.getByText('No webhooks yet').waitFor()
  await page.getByRole('button', { name: 'Add webhook' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Account' }).fill(String(house.server.account.id))
  await dialog.getByRole('textbox', { name: 'URL' }).fill(`http://127.0.0.1:${posts.port}/mail`)
  await dialog.getByRole('textbox', { name: 'Name' }).fill('orders')
  await owner.look('add a webhook')
  await dialog.getByRole('button', { name: 'Add webhook' }).click()
  const secret = await dialog.getByLabel('Secret', { exact: true }).textContent()
  assert.match(secret ?? '', /^whsec_/)
  await owner.look('a secret')
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor()
  await page.getByText(secret ?? '').waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'Send test event' }).click()
  await page.getByText('The endpoint accepted it', { exact: true }).waitFor()
  const body = { from: 'orders@shop.example', to: ['ann@northmail.example'], subject: 'Your order', text: 'x' }
  posts.answer = (response) => response.writeHead(500).end('the database is away')
  const { status } = await inject(house.server, '/v1/messages', body)
  assert.equal(status, 202)
  await page.getByText('Why the last post failed').waitFor()
  await page.getByText('the database is away').first().waitFor()
  await owner.look('a webhook that fails')
  posts.answer = (response) => response.end('taken\n')
  await until(async () => (await house.server.call('webhook.list', {}))[0]?.health.state === 'well', 'it is not well again')
  await page.getByText('Why the last post failed').waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'Replay events…' }).click()
  await owner.look('a replay')
  await dialog.getByRole('button', { name: 'Start replay' }).click()
  await page.getByRole('region', { name: 'Replays of this webhook' }).getByText('Done', { exact: true }).waitFor()
  const { id } = (await house.server.call('webhook.list', {}))[0] ?? { id: '' }
  const [replay] = await house.server.call('webhook.replay.list', { id })
  assert.ok((replay?.told ?? 0) > 0, 'nothing was told again')
  await page.getByText('Failed', { exact: true }).first().click()
  await page.getByRole('cell', { name: '500' }).first().waitFor()
  await owner.look('a webhook')
  await page.evaluate('scrollTo(0, 0)')
  await owner.picture('webhook')
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await dialog.getByRole('button', { name: 'Rotate secret' }).click()
  assert.notEqual(await dialog.getByLabel('Secret', { exact: true }).textContent(), secret)
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await owner.open('/webhooks', 'Webhooks')
  await page.getByRole('link', { name: 'orders' }).waitFor()
  await owner.look('webhooks')
  await owner.picture('webhooks')
})

test('one that is gone says so, and resumes', async () => {
  await using owner = await house.owner()
  const { page } = owner
  posts.answer = (response) => response.writeHead(410).end('moved away')
  await owner.open('/webhooks', 'Webhooks')
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor()
  const body = { from: 'orders@shop.example', to: ['bob@northmail.example'], subject: 'Your order', text: 'x' }
  assert.equal((await inject(house.server, '/v1/messages', body)).status, 202)
  await page.getByText('Nothing is posted to it any more.').waitFor()
  await owner.look('a webhook that is gone')
  posts.answer = (response) => response.end('taken\n')
  await page.getByRole('button', { name: 'Resume where it stopped' }).click()
  await page.getByText('Nothing is posted to it any more.').waitFor({ state: 'detached' })
})

test('a viewer sees webhooks and their posts, and is offered no change', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/webhooks', 'Webhooks')
  assert.equal(await page.getByRole('button', { name: 'Add webhook' }).count(), 0)
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByRole('heading', { name: 'Posts', exact: true }).waitFor()
  for (const name of ['Remove', 'Edit', 'Rotate secret', 'Send test event', 'Replay events…'])
    assert.equal(await page.getByRole('button', { name }).count(), 0, name)
})

test('a user of one account sees no webhook of another', async () => {
  const [webhook] = await house.server.call('webhook.list', {})
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/webhooks', 'Webhooks')
  await page.getByText('No webhooks yet').waitFor()
  await visitor.open(`/webhooks/${webhook?.id ?? ''}`, 'Webhooks')
  await page.getByText('Webhook not found').waitFor()
  await visitor.look('a webhook of another')
})

test('one that somebody removes meanwhile is gone from its page, too', async () => {
  const [webhook] = await house.server.call('webhook.list', {})
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/webhooks/${webhook?.id ?? ''}`, webhook?.name ?? '')
  await house.server.call('webhook.remove', { id: webhook?.id ?? '' })
  await page.getByText('Webhook not found').waitFor()
})
