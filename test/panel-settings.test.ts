// Settings in the Control Panel: found, changed with the server's checks, taken back; who changed them; the merge with a new default side by side;
// what viewers and users of one account see of it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { refreshConfig } from '../src/lifecycle/config/refresh.ts'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

const file = (name = 'hms.yaml'): string => join(house.server.home, 'config', name)

test('a setting is found, a wrong value is refused in words, a right one is written, and counts at the next start', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/settings', 'Settings')
  const table = page.getByRole('region', { name: 'Settings', exact: true })
  await table.getByRole('link', { name: 'events.days' }).waitFor()
  await page.getByRole('textbox', { name: 'Search by name' }).fill('days events are kept')
  await page.getByRole('textbox', { name: 'Search by name' }).fill('events.days')
  await table.getByRole('link', { name: 'smtp.listen', exact: true }).waitFor({ state: 'detached' })
  await table.getByRole('link', { name: 'events.days' }).click()
  await page.getByRole('heading', { level: 1, name: 'events.days' }).waitFor()
  const value = page.getByRole('textbox', { name: 'New value' })
  await value.fill('many')
  await page.getByRole('button', { name: 'Save to file' }).click()
  await page.getByText('events.days takes a whole number').waitFor()
  await owner.look('a value that is refused')
  await value.fill('60')
  await page.getByRole('button', { name: 'Save to file' }).click()
  await page.getByText('Saved; the file is valid').waitFor()
  assert.match(readFileSync(file(), 'utf8'), /^events\.days: 60$/m)
  await page.getByRole('region', { name: 'Changes of settings' }).getByText(house.server.admin.user).waitFor()
  await owner.look('a setting')
  await owner.picture('setting')

  await page.getByRole('link', { name: 'All settings' }).click()
  await page.getByText('1 setting takes effect after a restart').waitFor()
  await page.getByText('Needs restart').first().click()
  await table.getByRole('link', { name: 'smtp.listen', exact: true }).waitFor({ state: 'detached' })
  await table.getByText('Needs restart').waitFor()
  await table.getByRole('link', { name: 'events.days' }).click()
  await page.getByRole('button', { name: 'Reset to default' }).click()
  await until(() => !/^events\.days:/m.test(readFileSync(file(), 'utf8')), 'it is not taken out of the file')
  await page.getByText('Saved; the file is valid').waitFor({ state: 'detached' })
  await owner.open('/settings/nothing.such', 'Settings')
  await page.getByText('Setting not found').waitFor()
})

test('a new default is merged side by side, and a file that is not in order is told', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/settings/merge', 'Merge configuration')
  await page.getByText('Nothing to merge').waitFor()
  await owner.look('nothing to merge')
  const shipped = readFileSync(file(), 'utf8')
  writeFileSync(file(), shipped.replace('#logs.days: 30', '# for the auditors\nlogs.days: 90').replace('#workers: 0', 'workers: 3'))
  const next = shipped.replace('#logs.days: 30', '#logs.days: 14').replace('# Worker processes. 0:', '# Worker processes; 0 means')
  refreshConfig(house.server.home, { version: '7.0.0', files: new Map([['hms.yaml', next]]) })

  await owner.open('/settings', 'Settings')
  await page.getByText('A new version has a new default configuration').waitFor()
  await owner.look('settings')
  await owner.picture('settings')
  await page.getByRole('link', { name: 'Compare and merge' }).click()
  await page.getByText('logs.days: 90').first().waitFor()
  await page.getByText('#logs.days: 14').first().waitFor()
  assert.ok(await page.getByRole('button', { name: 'Merge' }).isDisabled())
  for (const group of await page.getByRole('radiogroup').all()) await group.getByText('Keep yours').click()
  await owner.look('a merge')
  await owner.picture('settings-merge')
  await page.getByRole('button', { name: 'Merge' }).click()
  await page.getByText('Merged; the file is valid').waitFor()
  assert.match(readFileSync(file(), 'utf8'), /^logs\.days: 90$/m)
  assert.match(readFileSync(file(), 'utf8'), /Worker processes; 0 means/)

  writeFileSync(file(), `${readFileSync(file(), 'utf8')}\nsmtp.commands: few\n`)
  await owner.open('/settings', 'Settings')
  await page.getByText('hms.yaml has errors').waitFor()
  await page.getByText('smtp.commands').first().waitFor()
  await owner.look('a file that is not in order')
  writeFileSync(file(), shipped)
})

test('an administrator reads settings and changes none; a viewer and a user of one account have no such page', async () => {
  await using administrator = await somebody(house, 'adam', 'administrator')
  await administrator.open('/settings/events.days', 'events.days')
  await administrator.page.getByText('Changing it takes an owner.').waitFor()
  assert.equal(await administrator.page.getByRole('button', { name: 'Save to file' }).count(), 0)
  const { account } = await house.server.call('account.add', { name: 'other' })
  for (const [name, role, of] of [
    ['vera', 'viewer', undefined],
    ['otto', 'administrator', account.id],
  ] as const) {
    await using visitor = await somebody(house, name, role, of)
    assert.equal(await visitor.page.getByRole('link', { name: 'Settings', exact: true }).count(), 0, name)
    await visitor.open('/settings', NOT_YOURS)
    assert.equal(await visitor.page.getByText('smtp.listen').count(), 0, name)
    await visitor.look('settings that are not theirs')
  }
})
