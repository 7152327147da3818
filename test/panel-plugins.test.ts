// Plug-ins in the Control Panel: the first one is added by upload, runs, is set and moved, tells why it is not well, is switched off and removed;
// an administrator brings no code, and who may not see plug-ins sees none.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TOTP, URI } from 'otpauth'
import type { AccountId } from '../src/base/brand.ts'
import type { PluginView } from '../src/contract/plugin-operations.ts'
import type { PanelPage } from '../testkit/browser.ts'
import { inject } from '../testkit/injecting.ts'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'
import { packedPlugin, pluginCode } from '../testkit/plugin-package.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const SETTINGS = `z.object({
  text: z.string().default('This message is confidential.').meta({ description: 'What is added to each message.' }),
  most: z.number().default(3),
  login: z.string().meta({ secret: true }).default('none'),
})`
const ADDS = `received: (event, { settings, log }) => {
  log.info('added: ' + settings.text)
  return { action: 'accept', changes: { header: [{ kind: 'add', name: 'X-Said', value: settings.text }] } }
}`
const DISCLAIMER = { name: 'disclaimer', version: '1.2.0', code: pluginCode('disclaimer', ADDS, SETTINGS) }
const ROUTER = {
  name: 'router',
  version: '0.4.1',
  hooks: ['mxStart'],
  code: pluginCode('router', 'mxStart: () => ({})', 'z.object({ city: z.string() })'),
}

const opened = new AsyncDisposableStack()
const scratch = opened.use(temporaryFolder())
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

async function pluginOf(name: string): Promise<PluginView> {
  const found = (await house.server.call('plugin.list', {})).find((one) => one.name === name)
  assert.ok(found !== undefined, `there is no ${name}`)
  return found
}

/** What the process before the last change has seen is not told any more: there is mail until the page shows some. */
async function mailUntilSeen({ page }: PanelPage): Promise<void> {
  const body = { from: 'orders@shop.example', to: ['ann@northmail.example'], subject: 'Your order', text: 'x' }
  const isSeen = async (): Promise<boolean> => {
    if ((await page.getByRole('cell', { name: 'received' }).count()) > 0) return true
    await inject(house.server, '/v1/messages', body)
    return false
  }
  await until(isSeen, 'the page does not tell that mail was seen', 500)
}

test('an empty page says what to do first; the first plug-in is added by upload, runs, and is set', async () => {
  const file = join(scratch.path, 'disclaimer-1.2.0.tgz')
  writeFileSync(file, await packedPlugin(DISCLAIMER))
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/plugins', 'Plug-ins')
  await page.getByText('No plug-ins yet').waitFor()
  await page.getByText('npm pack ./disclaimer').waitFor()
  await owner.look('no plug-in')
  await owner.picture('plugins-empty')
  await page.getByRole('button', { name: 'Add plug-in' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input[type=file]').setInputFiles(file)
  await dialog.getByText('As a command').click()
  await dialog.getByText('hms plugin add disclaimer-1.2.0.tgz').waitFor()
  await owner.look('add a plug-in')
  await dialog.getByRole('button', { name: 'Add plug-in' }).click()
  await page.getByRole('heading', { level: 1, name: 'disclaimer' }).waitFor()
  await page.getByText('Version 1.2.0').waitFor()

  // A busy machine: mail that has no answer in time would go by.
  const may = page.getByRole('form', { name: 'Access and limits' })
  await may.getByLabel('Accounts').fill('all of them')
  await may.getByText('Enter account IDs').waitFor()
  await may.getByLabel('Accounts').fill('')
  await may.getByLabel('Time limit per call, in ms').fill('60000')
  await may.getByLabel('If it fails or times out').click()
  await page.getByRole('option', { name: 'Defer the mail (451)' }).click()
  await may.getByRole('button', { name: 'Save' }).click()
  await may.getByText('Saved.').waitFor()
  const { budget, onFailure, accounts } = await pluginOf('disclaimer')
  assert.deepEqual([budget, onFailure, accounts], [60_000, 'defer', []])

  await page.getByText('Running', { exact: true }).waitFor()
  await mailUntilSeen(owner)
  await page.getByText('added: This message is confidential.').first().waitFor()

  const settings = page.getByRole('form', { name: 'Settings' })
  await settings.getByLabel('most').fill('many')
  await settings.getByRole('button', { name: 'Save settings' }).click()
  await settings.getByRole('alert').waitFor()
  await owner.look('a wrong setting')
  await settings.getByLabel('most').fill('5')
  await settings.getByLabel('text', { exact: true }).fill('Do not forward this.')
  await settings.getByLabel('login', { exact: true }).fill('hunter-22')
  await settings.getByText('As a command').click()
  const line = settings.getByText(/^hms plugin settings disclaimer/)
  assert.doesNotMatch((await line.textContent()) ?? '', /hunter/)
  await settings.getByRole('button', { name: 'Save settings' }).click()
  await settings.getByText('Saved; takes effect').waitFor()
  const { settings: now } = await house.server.call('plugin.settings', { name: 'disclaimer' })
  assert.deepEqual(
    now.map(({ key, value, isSet }) => [key, value, isSet]),
    [
      ['text', 'Do not forward this.', true],
      ['most', 5, true],
      ['login', null, true],
    ],
  )
  await settings.getByRole('button', { name: 'Use default of most' }).click()
  await settings.getByRole('button', { name: 'Save settings' }).click()
  await settings.getByText('Saved; takes effect').waitFor()
  assert.equal(await settings.getByLabel('most').inputValue(), '3')
  await settings.getByText('As a command').click()
  await page.getByText('Running', { exact: true }).waitFor()
  await mailUntilSeen(owner)
  await owner.look('a plug-in')
  await owner.picture('plugin')
})

test('one waits for its settings, is enabled, and moved before the other', async () => {
  const archive = (await packedPlugin(ROUTER)).toString('base64')
  await house.server.call('plugin.add', { archive })
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/plugins/router', 'router')
  await page.getByText('Invalid settings: it cannot run').waitFor()
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Enable plug-in' }).click()
  await dialog.getByText(/router cannot be switched on/).waitFor()
  await owner.look('one that cannot be enabled')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  const settings = page.getByRole('form', { name: 'Settings' })
  await settings.getByLabel('city').fill('Graz')
  await settings.getByRole('button', { name: 'Save settings' }).click()
  await page.getByText('Invalid settings: it cannot run').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  await dialog.getByRole('button', { name: 'Enable plug-in' }).click()
  await page.getByText('Running', { exact: true }).waitFor()

  await owner.open('/plugins', 'Plug-ins')
  await page.getByRole('button', { name: 'Move router up' }).click()
  await page.getByRole('button', { name: 'Move router down' }).waitFor()
  assert.deepEqual(
    (await house.server.call('plugin.list', {})).map(({ name }) => name),
    ['router', 'disclaimer'],
  )
  await page.getByText('Running', { exact: true }).nth(1).waitFor()
  await owner.look('plug-ins')
  await owner.picture('plugins')
})

test('it tells why it cannot be used, is disabled, and removed', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/plugins', 'Plug-ins')
  await page.getByRole('link', { name: 'router' }).click()
  await page.getByRole('heading', { level: 1, name: 'router' }).waitFor()
  writeFileSync(join(house.server.home, 'plugins', 'router', 'package.json'), '{')
  await page.getByText('The plug-in cannot run', { exact: true }).waitFor()
  await page.getByText('Until then, mail continues without it.').waitFor()
  await owner.look('one that cannot be used')
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Disable plug-in' }).click()
  await page.getByRole('button', { name: 'Enable', exact: true }).waitFor()
  await until(async () => !(await pluginOf('router')).enabled, 'it is not disabled')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await owner.look('remove a plug-in')
  await dialog.getByRole('button', { name: 'Remove plug-in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Plug-ins' }).waitFor()
  await page.getByRole('link', { name: 'router' }).waitFor({ state: 'detached' })
  assert.deepEqual(
    (await house.server.call('plugin.list', {})).map(({ name }) => name),
    ['disclaimer'],
  )
  await owner.open('/plugins/router', 'Plug-ins')
  await page.getByText('Plug-in not found').waitFor()
})

/** Once they are on, what brings code wants one that was shown a short time ago. */
async function setUpCodes({ page }: PanelPage, password: string): Promise<readonly string[]> {
  await page.goto('/me')
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'One-time codes' }) })
  await card.getByLabel('Current password').fill(password)
  await card.getByRole('button', { name: 'Set up one-time codes' }).click()
  const totp = URI.parse((await card.getByLabel('Or use this address (otpauth)', { exact: true }).textContent()) ?? '')
  assert.ok(totp instanceof TOTP)
  await card.getByLabel('Code from the app').fill(totp.generate())
  await card.getByRole('button', { name: 'Turn on' }).click()
  const listed = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await listed.first().waitFor()
  const codes = await listed.allTextContents()
  await card.getByRole('button', { name: 'I have saved them' }).click()
  return codes
}

test('code that takes the place of other code wants a second factor of now', async () => {
  const file = join(scratch.path, 'disclaimer-1.3.0.tgz')
  writeFileSync(file, await packedPlugin({ ...DISCLAIMER, version: '1.3.0' }))
  await using olga = await somebody(house, 'olga', 'owner')
  const { page } = olga
  const [code = ''] = await setUpCodes(olga, 'the password of olga')
  await olga.open('/plugins', 'Plug-ins')
  await page.getByRole('button', { name: 'Add plug-in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add plug-in' })
  await dialog.locator('input[type=file]').setInputFiles(file)
  await dialog.getByRole('button', { name: 'Add plug-in' }).click()
  const asked = page.getByRole('dialog', { name: 'Confirm your identity' })
  await asked.getByLabel('One-time code').fill(code)
  assert.equal((await pluginOf('disclaimer')).version, '1.2.0')
  await asked.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { level: 1, name: 'disclaimer' }).waitFor()
  await page.getByText('Version 1.3.0').waitFor()
  const { version, budget } = await pluginOf('disclaimer')
  assert.deepEqual([version, budget], ['1.3.0', 60_000])
})

test('an administrator switches and sets plug-ins, and is offered neither to add nor to remove code', async () => {
  await using visitor = await somebody(house, 'adam', 'administrator')
  const { page } = visitor
  await visitor.open('/plugins', 'Plug-ins')
  await page.getByRole('link', { name: 'disclaimer' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Add plug-in' }).count(), 0)
  await page.getByRole('link', { name: 'disclaimer' }).click()
  await page.getByRole('button', { name: 'Disable', exact: true }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Remove', exact: true }).count(), 0)
})

for (const [who, name, role, isOfOne] of [
  ['a viewer', 'vera', 'viewer', false],
  ['an administrator of one account', 'otto', 'administrator', true],
] as const)
  test(`${who} is not led to plug-ins, and sees none`, async () => {
    const own = house.server.account.id as AccountId
    await using visitor = isOfOne ? await somebody(house, name, role, own) : await somebody(house, name, role)
    const { page } = visitor
    assert.equal(await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Plug-ins' }).count(), 0)
    for (const path of ['/plugins', '/plugins/disclaimer']) {
      await visitor.open(path, NOT_YOURS)
      assert.equal(await page.getByText('1.3.0').count(), 0)
    }
    await visitor.look('plug-ins of nobody')
  })
