// Suppression in the Control Panel: a list is made, filled by hand and from a file, searched, and let go of; a complaint that comes in is seen,
// suppresses, and says why; viewers and users of one account see what they may and no more.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { comingBack } from '../testkit/coming-back.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'hms-panel-suppression-'))
opened.defer(() => rmSync(folder, { recursive: true }))
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('a list is made, filled by hand and from a file, searched, written out, and let go of', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/suppression', 'Suppression')
  await page.getByText('No lists yet').waitFor()
  await owner.look('no list')
  await page.getByRole('button', { name: 'New list' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('newsletter')
  await owner.look('make a list')
  await dialog.getByRole('button', { name: 'Create list' }).click()
  await page.getByRole('heading', { level: 1, name: 'newsletter' }).waitFor()
  await page.getByText('No account checks this list').waitFor()
  await page.getByText('The list is empty').waitFor()

  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByRole('textbox', { name: 'Addresses, domains or patterns' }).fill('nonsense')
  await dialog.getByRole('button', { name: 'Add 1 entry' }).click()
  await dialog.getByText('"nonsense" cannot be suppressed').waitFor()
  await dialog.getByRole('textbox', { name: 'Addresses, domains or patterns' }).fill('ann@northmail.example\n@spam.example')
  await owner.look('suppress somebody')
  await dialog.getByRole('button', { name: 'Add 2 entries' }).click()
  await page.getByRole('cell', { name: '@spam.example', exact: true }).waitFor()

  const file = join(folder, 'old.csv')
  const rows = [
    'Email;Reason;Created',
    'bob@northmail.example;Unsubscribe;2026-01-02',
    'nonsense;Manual;',
    'x@postbox.example;Odd;',
    'carla@postbox.example;Complaint;',
  ]
  writeFileSync(file, rows.join('\r\n'))
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.locator('input[type=file]').setInputFiles(file)
  await dialog.getByRole('button', { name: 'Check the file' }).click()
  await dialog.getByText('2 of 4 rows are valid.').waitFor()
  await dialog.getByRole('cell', { name: 'the reason is none of' }).waitFor()
  await owner.look('a file that was checked')
  assert.equal((await house.server.call('suppression.lists', { name: 'newsletter' }))[0]?.entries, 2)
  await dialog.getByRole('button', { name: 'Import 2 rows' }).click()
  await dialog.getByText('2 added').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  await page.getByRole('textbox', { name: 'Address, domain or part of one' }).fill('postbox')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('cell', { name: 'bob@northmail.example', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'carla@postbox.example', exact: true }).waitFor()
  await page.getByRole('textbox', { name: 'Address, domain or part of one' }).fill('dan@spam.example')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('cell', { name: '@spam.example', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('combobox', { name: 'Reason' }).click()
  await page.getByRole('option', { name: 'Unsubscription' }).click()
  await page.getByRole('cell', { name: 'ann@northmail.example', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'bob@northmail.example', exact: true }).waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const saved = join(folder, 'saved.csv')
  await (await download).saveAs(saved)
  assert.match(
    readFileSync(saved, 'utf8'),
    /^address,stream,.*\nbob@northmail\.example,,Unsubscribe,2026-01-02T00:00:00\.000Z,,import of old\.csv by /,
  )
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('cell', { name: 'ann@northmail.example', exact: true }).waitFor()
  await owner.look('a list')
  await owner.picture('suppression-list')

  await page.getByRole('checkbox', { name: 'Select newsletter bob@northmail.example' }).check()
  await page.getByRole('button', { name: 'Remove…' }).click()
  await dialog.getByText('1 entry is removed').waitFor()
  await dialog.getByText('complained or unsubscribed').waitFor()
  await owner.look('letting go')
  await dialog.getByRole('button', { name: 'Remove 1 entry' }).click()
  await page.getByRole('cell', { name: 'bob@northmail.example', exact: true }).waitFor({ state: 'detached' })
  assert.equal((await house.server.call('suppression.lists', { name: 'newsletter' }))[0]?.entries, 3)
})

test('what comes back suppresses, and says why; a list that is in use stays', async () => {
  const { server } = house
  const id = server.account.id as AccountId
  await server.call('suppression.policy', { account: id, change: { check: 'newsletter', add: 'newsletter' } })
  const back = await comingBack(server, house.peer)
  await back.complain(await back.mail('grace@northmail.example'))
  const suppressed = async (): Promise<boolean> =>
    (await server.call('suppression.find', { target: 'grace@northmail.example' })).entries.length > 0
  await until(suppressed, 'the complaint suppressed nobody')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/suppression', 'Suppression')
  await page.getByRole('textbox', { name: 'Address, domain or pattern' }).fill('nobody@northmail.example')
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByText('nobody@northmail.example is not suppressed.').waitFor()
  await page.getByRole('textbox', { name: 'Address, domain or pattern' }).fill('Grace@northmail.example')
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByRole('link', { name: 'Why grace@northmail.example is suppressed' }).waitFor()
  await owner.look('suppression')
  await owner.picture('suppression')
  await page.getByRole('link', { name: 'Why grace@northmail.example is suppressed' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('abuse').waitFor()
  await owner.look('why')
  await owner.picture('suppression-why')
  await dialog.getByRole('link', { name: 'Message' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Message' }).waitFor()

  await owner.open('/suppression/newsletter', 'newsletter')
  await page.getByRole('button', { name: 'Remove list' }).click()
  await dialog.getByText('It cannot be removed while accounts use it').waitFor()
  assert.equal(await dialog.getByRole('button', { name: 'Remove list' }).count(), 0)
  await dialog.getByRole('link', { name: `Settings of account ${id}` }).waitFor()
})

test('a viewer sees lists and who is on them, and is offered no change', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/suppression', 'Suppression')
  assert.equal(await page.getByRole('button', { name: 'New list' }).count(), 0)
  await page.getByRole('link', { name: 'newsletter' }).click()
  await page.getByRole('cell', { name: 'ann@northmail.example', exact: true }).waitFor()
  for (const name of ['Add', 'Import', 'Remove list']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name)
  assert.equal(await page.getByRole('checkbox').count(), 0)
})

test('a user of one account sees the lists of it, and no other', async () => {
  const { account } = await house.server.call('account.add', { name: 'other' })
  await house.server.call('suppression.create', { name: 'of-otto', account: account.id })
  await house.server.call('suppression.add', { list: 'of-otto', targets: ['eva@northmail.example'] })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/suppression', 'Suppression')
  await page.getByRole('link', { name: 'of-otto' }).waitFor()
  assert.equal(await page.getByText('newsletter').count(), 0)
  await page.getByRole('link', { name: 'of-otto' }).click()
  await page.getByRole('textbox', { name: 'Address, domain or part of one' }).fill('eva@northmail.example')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('cell', { name: 'eva@northmail.example', exact: true }).waitFor()
  await visitor.look('a list of one account')
  await visitor.open('/suppression/newsletter', 'Suppression')
  await page.getByText('List not found').waitFor()
})
