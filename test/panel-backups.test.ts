// Backups in the Control Panel, the journey "back up and restore": a backup is made, checked and taken along; a restore is tried, then done while
// the page goes on; an administrator sees and begins nothing, a user of one account has no such page.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { NOT_YOURS, type PanelHouse, panelHouse, showPlaces, somebody, someMail } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server, 2)
})
after(() => opened.disposeAsync())

const accountName = async (): Promise<string | undefined> =>
  (await house.server.call('account.list', {})).find(({ id }) => id === (house.server.account.id as AccountId))?.name

test('an administrator sees backups and begins nothing; a user of one account has no such page', async () => {
  await using administrator = await somebody(house, 'adam', 'administrator')
  await administrator.open('/backups', 'Backups')
  const { page } = administrator
  await page.getByText('No backups yet').waitFor()
  for (const name of ['Back up now', /^Verify /, /^Download /])
    assert.equal(await page.getByRole('button', { name }).count(), 0, String(name))
  assert.equal(await page.getByRole('link', { name: /^Restore / }).count(), 0)
  await administrator.look('backups of an administrator')
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using tenant = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await tenant.page.getByRole('link', { name: 'Backups' }).count(), 0)
  await tenant.open('/backups', NOT_YOURS)
})

test('a backup is made, checked, taken along, tried and put back while the page goes on', async () => {
  await using owner = await house.owner()
  const { page } = owner
  const { server } = house
  const name = await accountName()
  const places = { [server.home]: '/var/lib/hms' }
  await owner.open('/backups', 'Backups')
  await page.getByText('No backups yet').waitFor()
  await owner.look('no backups')
  await page.getByRole('button', { name: 'Back up now' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: 'Include the queue' }).waitFor()
  await owner.look('a backup to be made')
  await dialog.getByRole('button', { name: 'Start backup' }).click()
  const run = page.getByRole('region', { name: 'Backup', exact: true })
  await run.getByText('Done', { exact: true }).waitFor()
  const [backup] = await server.call('backup.list', {})
  assert.ok(backup !== undefined)
  const file = backup.file.slice(backup.file.lastIndexOf('/') + 1)

  await page.getByRole('button', { name: `Verify ${file}` }).click()
  await page.getByText('every byte compared').waitFor()
  await owner.look('backups')
  await showPlaces(owner, places)
  await owner.picture('backups')
  await page.getByRole('button', { name: `Download ${file}` }).click()
  await dialog.getByText('This backup is not encrypted').waitFor()
  await owner.look('a backup to be taken along')
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()])
  assert.equal(download.suggestedFilename(), file)
  assert.ok(readFileSync(await download.path()).equals(readFileSync(backup.file)), 'another file came')
  const { records } = await server.call('audit.list', { operation: 'backup.open' })
  assert.deepEqual([records.length, records[0]?.by], [1, server.admin.user])
  assert.match(JSON.stringify(records[0]?.after), new RegExp(file))
  await dialog.getByRole('button', { name: 'Close' }).first().click()

  await server.call('account.set', { id: server.account.id as AccountId, change: { name: 'After the backup' } })
  await page.getByRole('link', { name: `Restore ${file}` }).click()
  await page.getByRole('heading', { level: 1, name: 'Restore a backup' }).waitFor()
  await page.getByRole('combobox', { name: 'Settings' }).click()
  await page.getByRole('option', { name: 'Take them from the backup' }).click()
  await page.getByRole('button', { name: 'Dry run' }).click()
  await page.getByText('Result of the dry run').waitFor()
  assert.equal(await accountName(), 'After the backup')
  await owner.look('a trial of a restore')
  await showPlaces(owner, places)
  await owner.picture('restore')
  await page.getByRole('button', { name: 'Restore this backup…' }).click()
  await owner.look('a restore to be confirmed')
  await dialog.getByRole('button', { name: 'Restore this backup' }).click()
  await page.getByText('Backup restored').waitFor()
  await server.until(({ workers }) => workers.length === 1)
  assert.equal(await accountName(), name)
  await owner.look('a restore that is done')
  await page.getByRole('button', { name: 'Reload page' }).click()
  await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor()
  // Also on a page that was loaded anew.
  await page.getByRole('region', { name: 'List of background tasks' }).getByText('Restore', { exact: true }).waitFor()
})
