// What goes on, in the Control Panel: events as they come, very many of them, and a desk that dies and comes back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { type PanelHouse, panelHouse } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

const letter = (to: string): object => ({ from: 'orders@shop.example', to: [to], subject: 'Live', text: 'Hello' })

test('events are seen as they come', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/messages')
  await page.getByRole('button', { name: 'Follow live' }).click()
  await page.getByText('0 new events').first().waitFor()
  assert.ok((await inject(house.server, '/v1/messages', letter('live@northmail.example'))).status < 300)
  await page.getByRole('row', { name: /Delivered live@northmail\.example/ }).waitFor()
  await owner.look('messages, live')
  await page.getByRole('button', { name: 'Stop following' }).click()
  await page.getByRole('button', { name: 'Follow live' }).waitFor()
})

test('of thirty thousand events at once each is counted, and as many come to the page as it shows', async () => {
  await using owner = await house.owner()
  const { page } = owner
  const { events } = await house.server.call('events.find', { kinds: ['delivered'], limit: 1 })
  const [sample] = events
  let asked: string | null = null
  await page.route('**/api/v1/events/newest*', async (route) => {
    // Once: then the connection is lost, and the next one says nothing for as long as anybody looks.
    if (asked !== null) return
    asked = new URL(route.request().url()).searchParams.get('most')
    const most = Number(asked)
    const told = Array.from({ length: most }, (_, n) => ({ ...sample, id: `0.${n}`, recipient: `n${30_000 - most + n}@northmail.example` }))
    const body = `event: newest\ndata: ${JSON.stringify({ events: told, left: 30_000 - most, last: 'run.30000' })}\nid: run.30000\n\n`
    await route.fulfill({ status: 200, contentType: 'text/event-stream', body })
  })
  await owner.open('/messages')
  await page.getByRole('button', { name: 'Follow live' }).click()
  await page.getByRole('link', { name: 'n29999@northmail.example' }).waitFor()
  await page.getByText('30,000 new events').first().waitFor()
  assert.equal(String(await page.getByRole('rowgroup').last().getByRole('row').count()), asked)
})

test('a desk that dies is told, and figures go on when it is back', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await page.getByText('Mail is flowing.').waitFor()
  // The desk may be back before anybody looks: the page finds it again once this was seen.
  await page.route('**/api/**', (route) => route.abort())
  await house.server.kill9('desk')
  const lost = page.getByText('Connection to the server lost.')
  await lost.waitFor()
  await page.unroute('**/api/**')
  await lost.waitFor({ state: 'detached' })
  await page.getByText('Mail is flowing').first().waitFor()
})
