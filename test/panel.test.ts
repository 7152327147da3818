// The Control Panel in a real browser, over a real server with mail in it: its frame, the login, the overview, messages. Each page is looked at
// by axe in light and dark, wide and as a phone, and fails its test where its console or its policy complains.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PanelHouse, login, panelHouse, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

/** In the page: octets of all files of it, as they were sent. */
const SENT = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(({ name }) => !name.includes('/api/')).reduce((all, { encodedBodySize }) => all + encodedBodySize, 0)`

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server)
})
after(() => opened.disposeAsync())

test('whoever is not logged in comes to the login and back to where he wanted; a wrong password is told in words', async () => {
  await using visitor = await house.visit()
  const { page } = visitor
  await visitor.open('/messages?domain=strict.example', 'Log in')
  await visitor.look('login')
  await visitor.picture('login')
  await page.locator('input[name=user]').fill('admin')
  await page.locator('input[name=password]').fill('not the password')
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('alert').getByText('The user name or the password is not right.').waitFor()
  await page.locator('input[name=password]').fill(house.server.admin.password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('domain'), 'strict.example')
  await page.getByRole('link', { name: 'ann0@strict.example' }).first().waitFor()
})

test('the overview says what flows, what waits for whom and why', async () => {
  // By the keyboard: what lies under a pointer is fetched before anybody goes there, and is not of the first page.
  await using owner = await house.visit()
  const { page } = owner
  await owner.open('/login', 'Log in')
  await page.locator('input[name=user]').fill(house.server.admin.user)
  await page.locator('input[name=password]').fill(house.server.admin.password)
  await page.locator('input[name=password]').press('Enter')
  await page.getByText('Mail is flowing, but').waitFor()
  await page.getByRole('link', { name: 'mx.citymail.example', exact: true }).waitFor()
  await page.getByText('Delivery time p50').waitFor()
  await page.getByText(/ on \d+ CPUs?/).waitFor()
  await owner.look('overview')
  await owner.picture('overview')
  const octets = await page.evaluate<number>(SENT)
  assert.ok(octets > 50_000 && octets < 250_000, `the first page is ${octets} octets over the wire`)
  await page.getByRole('button', { name: 'As a table' }).first().click()
  await page.getByRole('columnheader', { name: 'Accepted' }).waitFor()
  await page.getByText('As a command').click()
  await page.getByText('hms status', { exact: true }).waitFor()
  await page.getByRole('columnheader', { name: 'Oldest' }).waitFor()
  await page.getByRole('link', { name: 'mx.citymail.example', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'mx.citymail.example' }).waitFor()
  await page.getByRole('link', { name: 'View queue' }).click()
  await page.getByRole('link', { name: 'bob1@citymail.example' }).waitFor()
})

test('messages are searched by what happened; one tells its attempts, and why it waits', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/messages')
  await page.getByRole('table').waitFor()
  await owner.look('messages')
  await owner.picture('messages')
  await page.getByLabel('Search for').fill('*@oldmail.example')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('button', { name: 'Remove the filter Recipient' }).waitFor()
  await page.getByText('450 4.2.2 Mailbox full').first().waitFor()
  assert.equal(await page.getByText('strict.example').count(), 0)
  await page.getByRole('link', { name: 'eva4@oldmail.example' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Message' }).waitFor()
  await page.getByText('3001: mailbox full').first().waitFor()
  await page.getByRole('heading', { name: 'Why it is queued' }).waitFor()
  await owner.look('message')
  await owner.picture('message')
  await page.getByRole('link', { name: 'Destination oldmail.example' }).click()
  await page.getByRole('heading', { level: 1, name: 'oldmail.example' }).waitFor()
})

test('what is done to mail in the queue is counted first, and done to that alone', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/messages?view=queue&domain=oldmail.example')
  await page.getByRole('link', { name: 'ann0@oldmail.example' }).waitFor()
  await owner.look('queue')
  await owner.picture('queue')
  await page.getByRole('button', { name: 'All matching…' }).click()
  await page.getByRole('menuitem', { name: 'Hold', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Holds 6 recipients of 6 messages until somebody releases them.').waitFor()
  await owner.look('confirm')
  await dialog.getByRole('button', { name: 'Hold', exact: true }).click()
  await page.getByRole('cell', { name: 'Held' }).first().waitFor()
  const { recipients } = await house.server.call('queue.count', { selection: { state: 'held' } })
  assert.equal(recipients, 6)
})

test('the palette finds pages, accounts and ids by a few letters, and keys do what the list of them says', async () => {
  await using owner = await house.owner()
  const { page } = owner
  // What the page asked for has come: it hears keys, too.
  await page.getByText('Mail is flowing, but').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('mess')
  await page.getByRole('option', { name: 'Messages' }).waitFor()
  await owner.look('palette')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await owner.look('keys')
})

test('a path that is none says so in the panel; to programs the server says so', async () => {
  await using owner = await house.owner()
  await owner.open('/nowhere/at-all', 'Page not found')
  await owner.look('no such page')
  assert.equal((await house.server.get('/nowhere')).status, 404)
})

test('who may less is shown less, and refused the rest all the same', async () => {
  const { link } = await house.server.hms<{ link: { token: string } }>('user', 'add', 'ann', '--role', 'viewer')
  await using visitor = await house.visit()
  const { page } = visitor
  await visitor.open(`/first#${link.token}`, 'Set your password')
  await visitor.look('first password')
  await page.getByLabel('New password').fill('the password of ann')
  await page.getByLabel('Repeat password').fill('the password of ann')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('The password of ann is set.').waitFor()
  await login(visitor, 'ann', 'the password of ann')
  await visitor.open('/messages?view=queue')
  await page.getByRole('table').waitFor()
  assert.equal(await page.getByRole('checkbox').count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Send a test message' }).count(), 0)
  const refused = await page.evaluate(
    async () =>
      (
        await fetch('/api/v1/queue/delete', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"domain":"oldmail.example"}',
        })
      ).status,
  )
  assert.equal(refused, 403)
})

test('a session that ends under way leads to the login, which says so, and back', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/messages')
  await page.getByRole('table').waitFor()
  await house.server.hms('session', 'end', '--user', house.server.admin.user)
  await page.getByLabel('Search for').fill('ann0@strict.example')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByText('Your session has ended.').waitFor()
  await until(() => new URL(page.url()).searchParams.get('next')?.startsWith('/messages') === true, 'the way back is not in the address')
})
