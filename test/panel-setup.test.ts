// The set-up in a browser: a fresh server, its first domain whose records appear in the DNS while somebody looks, the checks of the network, a
// smart host, a second factor, and a test message that is followed to its end.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TOTP, URI } from 'otpauth'
import { type PanelHouse, panelHouse } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('a fresh server says what to do first, and the set-up leads to a domain that is verified', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await page.getByText('No mail yet').waitFor()
  await owner.look('overview of a fresh server')
  await owner.picture('overview-fresh')
  await page.getByRole('link', { name: 'Start set-up' }).click()
  await page.getByRole('heading', { level: 1, name: 'Set-up' }).waitFor()
  await page.getByRole('textbox', { name: 'Domain' }).fill('shop.example')
  await page.getByRole('button', { name: 'Add domain' }).click()
  await page.getByText('The domain is not verified yet').waitFor()
  await page.getByRole('button', { name: 'Create DKIM key' }).click()
  await page.getByRole('cell', { name: '_hms.shop.example' }).first().waitFor()
  await page
    .getByRole('cell', { name: /_domainkey\.shop\.example/ })
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Copy TXT Value _hms.shop.example' }).click()
  const value = await page.evaluate<string>('navigator.clipboard.readText()')
  house.dns.zones['_hms.shop.example'] = { TXT: [value], ttl: 1 }
  const card = page.getByRole('region', { name: 'First domain' })
  await card.getByRole('button', { name: 'Check now' }).click()
  await page.getByText('The domain is verified.').waitFor()
  await owner.look('set-up')
  await owner.picture('setup')
})

test('the network is checked when asked, and all mail goes through a smart host and back', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/setup')
  const card = page.getByRole('region', { name: 'Network and port 25' })
  await card.getByRole('button', { name: 'Check now' }).click()
  await card.getByText('This server calls itself mta.shop.example.').waitFor()
  await owner.look('checks of the network')
  await card.getByLabel('URL').fill('smtp://127.0.0.1:2600')
  await card.getByRole('button', { name: 'Send all mail through it' }).click()
  await card.getByText('All mail is sent through 127.0.0.1:2600.').waitFor()
  await card.getByRole('button', { name: 'Deliver directly' }).click()
  await card.getByLabel('URL').waitFor()
})

test('a test message is followed to its end', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/setup')
  const card = page.getByRole('region', { name: 'Test message' })
  await card.getByRole('button', { name: 'Send and follow' }).click()
  await card.getByText('Delivered.').waitFor()
  await card.getByRole('link', { name: 'Open message' }).click()
  await page.getByText('Delivered', { exact: true }).first().waitFor()
})

test('one-time codes are set up, and asked for at the next login; a recovery code does as well, once', async () => {
  const { user, password } = house.server.admin
  const recovery = await (async () => {
    await using owner = await house.owner()
    const { page } = owner
    await owner.open('/setup')
    const card = page.getByRole('region', { name: 'Your login' })
    await card.getByLabel('Current password').last().fill(password)
    await card.getByRole('button', { name: 'Set up one-time codes' }).click()
    const uri = (await card.getByLabel('Or use this address (otpauth)', { exact: true }).textContent()) ?? ''
    const code = URI.parse(uri)
    assert.ok(code instanceof TOTP)
    await card.getByLabel('Code from the app').fill(code.generate())
    await card.getByRole('button', { name: 'Turn on' }).click()
    await card.getByText('Recovery codes', { exact: true }).waitFor()
    return (await card.getByRole('listitem').first().textContent()) ?? ''
  })()
  await using visitor = await house.visit()
  const { page } = visitor
  await visitor.open('/login', 'Log in')
  await page.locator('input[name=user]').fill(user)
  await page.locator('input[name=password]').fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Second factor' }).waitFor()
  await visitor.look('second factor')
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recovery)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await visitor.open('/setup', 'Set-up')
  await page.getByText('A second factor is on.').waitFor()
})
