// Users, keys and identity providers in the Control Panel, and everybody's own access: somebody is invited, sets a second factor and a passkey up and
// logs in by it, is locked and unlocked; people come in by a real provider; keys are shown once; nobody is offered what he may not.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TOTP, URI } from 'otpauth'
import type { Page } from 'playwright-core'
import type { PanelPage } from '../testkit/browser.ts'
import { startOidcProvider } from '../testkit/oidc-provider.ts'
import { login, NOT_YOURS, type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

/** A device that knows its user, in the browser of the page. */
async function withDevice({ context, page }: PanelPage): Promise<void> {
  const debugger_ = await context.newCDPSession(page)
  await debugger_.send('WebAuthn.enable')
  await debugger_.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

async function logout(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Logged in as/ }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor()
}

const PASSWORD = 'a password of ann herself'

test('somebody is invited, sets up codes and a passkey, and logs in by it; locked, no way leads in, and the session ends', async () => {
  await using owner = await house.owner()
  await owner.open('/users', 'Users')
  await owner.page.getByRole('button', { name: 'Invite user' }).click()
  const dialog = owner.page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('ann')
  await owner.look('inviting')
  await dialog.getByRole('button', { name: 'Create user' }).click()
  const link = (await dialog.getByLabel('Link', { exact: true }).textContent()) ?? ''
  await owner.look('a link')
  await dialog.getByRole('button', { name: 'I have passed it on' }).click()
  await owner.page.getByText('Invited', { exact: true }).waitFor()
  await owner.page.getByText(link).waitFor({ state: 'detached' })

  await using ann = await house.visit()
  const { page } = ann
  await withDevice(ann)
  await page.goto(link)
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Repeat password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('The password of ann is set.').waitFor()
  await login(ann, 'ann', PASSWORD)
  const codes = await setUpCodes(ann)
  await addPasskey(ann, codes[0] ?? '')
  await ann.look('my access')
  await ann.picture('my-access')
  await logout(page)
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()

  await owner.page.getByRole('link', { name: 'ann' }).click()
  await owner.page.getByRole('heading', { level: 1, name: 'ann' }).waitFor()
  await owner.page.getByRole('cell', { name: 'laptop', exact: true }).waitFor()
  await owner.look('a user')
  await owner.picture('user')
  await owner.page.getByRole('button', { name: 'Lock', exact: true }).click()
  await dialog.getByRole('button', { name: 'Lock user' }).click()
  await owner.page.getByText(/^Locked since/).waitFor()
  await owner.look('a locked user')
  await page.goto('/me')
  await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor()
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByText('ann is locked: an administrator has closed this access.').waitFor()
  await owner.page.getByRole('button', { name: 'Unlock' }).click()
  await owner.page.getByText(/^Locked since/).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByRole('heading', { level: 1, name: 'My profile' }).waitFor()
  await owner.open('/users', 'Users')
  await owner.page.getByRole('cell', { name: 'one-time codes, a passkey' }).waitFor()
  await owner.look('users')
  await owner.picture('users')
})

async function setUpCodes(ann: PanelPage): Promise<readonly string[]> {
  const { page } = ann
  await page.getByRole('button', { name: 'Logged in as ann' }).click()
  await page.getByRole('menuitem', { name: 'My profile' }).click()
  await page.getByRole('heading', { level: 1, name: 'My profile' }).waitFor()
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'One-time codes' }) })
  await card.getByLabel('Current password').fill(PASSWORD)
  await card.getByRole('button', { name: 'Set up one-time codes' }).click()
  await page.getByRole('img', { name: 'QR code with the secret of the one-time codes' }).waitFor()
  await ann.look('a QR code')
  await ann.picture('one-time-codes')
  const uri = (await card.getByLabel('Or use this address (otpauth)', { exact: true }).textContent()) ?? ''
  const totp = URI.parse(uri)
  assert.ok(totp instanceof TOTP)
  await card.getByLabel('Code from the app').fill(totp.generate())
  await card.getByRole('button', { name: 'Turn on' }).click()
  const listed = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await listed.first().waitFor()
  const codes = await listed.allTextContents()
  assert.equal(codes.length, 10)
  await card.getByRole('button', { name: 'I have saved them' }).click()
  await card.getByText('One-time codes are on.').waitFor()
  return codes
}

/** It takes a second factor that was shown a short time ago: a recovery code is one. */
async function addPasskey({ page, look }: PanelPage, code: string): Promise<void> {
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.getByLabel('Name of the device').fill('laptop')
  await page.getByRole('button', { name: 'Add this device' }).click()
  const asked = page.getByRole('dialog', { name: 'Confirm your identity' })
  await asked.getByLabel('One-time code').fill(code)
  await look('asked who it is, above another dialog')
  await asked.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('cell', { name: 'laptop', exact: true }).waitFor()
}

test('a key is made with scopes, its secret shown once, and refused once it is removed', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/keys', 'API keys')
  await page.getByText('No API keys yet').waitFor()
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('graphs')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await dialog.getByText('Select at least one scope.').waitFor()
  await dialog.getByRole('radio', { name: 'Status: Read', exact: true }).check()
  await dialog.getByRole('radio', { name: 'Queue: Write' }).check()
  await dialog.getByLabel('Allowed networks').fill('127.0.0.0/8')
  await owner.look('making a key')
  await owner.picture('key-new')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const secret = (await dialog.getByLabel('Secret', { exact: true }).textContent()) ?? ''
  assert.match(secret, /^hms_mgmt_/)
  await owner.look('a secret')
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await page.getByText(secret).waitFor({ state: 'detached' })
  const { key } = { key: await house.server.call('key.show', { name: 'graphs' }) }
  assert.deepEqual([key.scopes, key.networks], [['queue:write', 'status:read'], ['127.0.0.0/8']])
  const call = (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${house.server.panelPort}/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } }).then(
      async (response) => {
        await response.body?.cancel()
        return response.status
      },
    )
  assert.deepEqual([await call('/status'), await call('/users')], [200, 403])
  await owner.open('/keys', 'API keys')
  await page.getByRole('cell', { name: 'queue:write, status:read' }).waitFor()
  await owner.look('keys')
  await owner.picture('keys')
  await page.getByRole('button', { name: 'Remove the key graphs' }).click()
  await dialog.getByRole('button', { name: 'Remove key' }).click()
  await page.getByText('No API keys yet').waitFor()
  assert.equal(await call('/status'), 401)
})

test('people log in by a provider that an owner added here, and no more once it is switched off', async () => {
  const secret = 'the secret of the client'
  await using provider = await startOidcProvider({ id: 'hms', secret, redirect: `${house.base}/login/oidc/company/callback` })
  provider.person = { sub: 'person-7', email: 'dora@example.com', groups: ['mail-admins'] }
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/providers', 'Identity providers')
  await page.getByText('No identity providers yet').waitFor()
  await page.getByRole('button', { name: 'Add provider' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Short name').fill('company')
  await dialog.getByLabel('Issuer').fill(provider.issuer)
  await dialog.getByLabel('Client ID').fill('hms')
  await dialog.getByRole('textbox', { name: 'Client secret' }).fill(secret)
  await dialog.getByLabel('Text of the login button').fill('Company login')
  await dialog.getByLabel('Allowed email domains').fill('example.com')
  await dialog.getByLabel('Create users at their first login').check()
  await dialog.getByLabel('Role claim').fill('groups')
  await dialog.getByLabel('Roles by claim value').fill('mail-admins=boss')
  await dialog.getByText('"mail-admins=boss" is not value=role', { exact: false }).waitFor()
  await dialog.getByLabel('Roles by claim value').fill('mail-admins=operator')
  await dialog.getByLabel('Allow a private IP address').check()
  await owner.look('adding a provider')
  await dialog.getByRole('button', { name: 'Add provider' }).click()
  await page.getByRole('heading', { level: 1, name: 'Company login' }).waitFor()
  assert.equal(await page.locator('pre[aria-label="Redirect URI"]').textContent(), `${house.base}/login/oidc/company/callback`)

  await using dora = await house.visit()
  await dora.open('/login', 'Log in')
  await dora.page.getByRole('link', { name: 'Company login' }).click()
  await dora.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await dora.page.getByRole('button', { name: 'Logged in as dora@example.com' }).waitFor()
  await dora.open('/me', 'My profile')
  await dora.page.getByText('You have no password', { exact: false }).waitFor()
  await dora.look('my access by a provider')
  await page.reload()
  await page.getByRole('cell', { name: 'person-7' }).waitFor()
  await owner.look('a provider')
  await owner.picture('provider')
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  await dora.page.goto('/messages')
  await dora.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor()
  assert.equal(await dora.page.getByRole('link', { name: 'Company login' }).count(), 0)
  await owner.open('/providers', 'Identity providers')
  await page.getByText('Disabled', { exact: true }).waitFor()
  await owner.look('providers')
})

test('a viewer has the own access alone; an administrator of one account sees its users, and makes no more than that', async () => {
  await using viewer = await somebody(house, 'vera', 'viewer')
  for (const name of ['Users', 'API keys', 'Identity providers'])
    assert.equal(await viewer.page.getByRole('link', { name, exact: true }).count(), 0, name)
  await viewer.open('/users', NOT_YOURS)
  assert.equal(await viewer.page.getByRole('button', { name: 'Invite user' }).count(), 0)
  await viewer.open('/me', 'My profile')
  await viewer.page.getByText('this session').waitFor()

  const { account } = await house.server.call('account.add', { name: 'other' })
  await using otto = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = otto
  await otto.open('/users', 'Users')
  await page.getByRole('link', { name: 'otto' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'vera' }).count(), 0)
  assert.equal(await page.getByRole('link', { name: 'Identity providers' }).count(), 0)
  await page.getByRole('button', { name: 'Invite user' }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('combobox', { name: 'Role' })
    .or(dialog.getByRole('textbox', { name: 'Role' }))
    .first()
    .click()
  assert.deepEqual(await page.getByRole('option').allTextContents(), ['Administrator', 'Operator', 'Viewer'])
  await page.keyboard.press('Escape')
  await otto.open('/users/vera', 'Users')
  await page.getByText('User not found').waitFor()
  await otto.look('a user of another')
})
