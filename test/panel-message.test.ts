// What the pages about messages keep and tell beside the mail itself: searches of a person, the same in every browser and nobody else's; posts to
// webhooks about a message; what was said in its attempts, and where the next is seen; an export with its stream.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
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

test('a search is kept at the server: there in another browser, gone when it is forgotten, and nobody sees that of another', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/messages?recipient=*%40citymail.example', 'Messages')
  await page.getByRole('button', { name: 'Saved searches' }).click()
  await page.getByRole('menuitem', { name: 'Save this search…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Mail to Citymail')
  await owner.look('a search to be kept')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })

  await using elsewhere = await house.owner()
  await elsewhere.open('/messages', 'Messages')
  await elsewhere.page.getByRole('button', { name: 'Saved searches' }).click()
  await elsewhere.page.getByRole('menuitem', { name: 'Mail to Citymail', exact: true }).click()
  await elsewhere.page.waitForURL(/citymail/)
  await using visitor = await somebody(house, 'vera', 'viewer')
  await visitor.open('/messages', 'Messages')
  await visitor.page.getByRole('button', { name: 'Saved searches' }).click()
  await visitor.page.getByText('None yet.').waitFor()

  await elsewhere.page.getByRole('button', { name: 'Saved searches' }).click()
  await elsewhere.page.getByRole('menuitem', { name: 'Delete the search Mail to Citymail' }).click()
  await elsewhere.page.getByRole('button', { name: 'Saved searches' }).click()
  await elsewhere.page.getByText('None yet.').waitFor()
})

test('a message shows its posts to webhooks and what was said in its attempt, and leads to the live dialog; an export has the stream', async () => {
  const { server } = house
  const { id: account } = server.account
  await server.call('webhook.add', { account: account as AccountId, url: `http://127.0.0.1:${posts.port}/mail`, name: 'orders' })
  const body = { from: 'orders@shop.example', to: ['ann@citymail.example'], subject: 'Your\u200b order', text: 'x' }
  const { status } = await inject(server, '/v1/messages', body)
  assert.equal(status, 202)
  const message = await until(async () => {
    const { events } = await server.call('events.find', { recipient: 'ann@citymail.example', kinds: ['deferred'], limit: 1 })
    return events[0]?.message ?? null
  }, 'it is not deferred')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/messages/${message}`, 'Message')
  // What cannot be seen is written out.
  await page
    .getByText(String.raw`Your\u200b order`)
    .first()
    .waitFor()
  const sent = page.getByRole('region', { name: 'Webhook posts about this message' })
  await sent.getByRole('cell', { name: '200' }).first().waitFor()
  await page
    .getByText(/^SMTP dialog with /)
    .first()
    .click()
  const said = page.getByRole('region', { name: /^Dialog with / })
  await said.getByText('RCPT TO:<ann@citymail.example>').first().waitFor()
  await said.getByText('451 4.7.1 Too many messages').first().waitFor()
  await owner.look('a message with its posts, and what was said')
  await page.getByRole('link', { name: 'Watch the next attempt live' }).click()
  await page.getByRole('heading', { level: 1, name: 'Live trace' }).waitFor()
  assert.equal(await page.getByRole('textbox', { name: 'Sender or recipient domain' }).inputValue(), 'citymail.example')

  await owner.open('/messages', 'Messages')
  await page.getByRole('link', { name: 'ann@citymail.example' }).first().waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()])
  const [head = '', first = ''] = readFileSync(await download.path(), 'utf8').split('\r\n')
  assert.match(head, /,Stream,/)
  assert.match(first, /ann@citymail\.example/)
})
