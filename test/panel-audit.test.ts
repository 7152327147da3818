// The audit in the Control Panel: who changed what with before and after, found by filters, as CSV; for administrators alone.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('changes are told with how it was before, found by filters, and saved as CSV', async () => {
  const { server } = house
  const { account } = await server.call('account.add', { name: '=shop' })
  await server.call('account.set', { id: account.id, change: { priority: 'high', weight: 3, delayNotices: true } })
  await server.call('domain.add', { domain: 'shop.example', account: account.id })
  await server.call('user.add', { name: 'ben', role: 'viewer' })
  await server.call('user.set', { name: 'ben', role: 'operator' })
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/audit', 'Audit log')
  const row = page.getByRole('row', { name: /user set ben/ })
  await row.waitFor()
  assert.match((await row.textContent()) ?? '', /role: viewer operator/)
  await owner.look('audit')
  await owner.picture('audit')

  await page.getByRole('textbox', { name: 'Action starts with' }).fill('account set')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('row', { name: /user set ben/ }).waitFor({ state: 'detached' })
  await page
    .getByRole('button', { name: /^Show record/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('row', { name: 'priority normal high' }).waitFor()
  await owner.look('a record')
  await owner.picture('audit-record')
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page
    .getByRole('link', { name: String(account.id) })
    .first()
    .waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const saved = await saving
  assert.equal(saved.suggestedFilename(), 'audit.csv')
  const [head, ...lines] = (await readFile(await saved.path(), 'utf8')).split('\r\n')
  assert.match(head ?? '', /^time,by,via,address,action/)
  assert.match(lines[0] ?? '', /,account set,/)

  await page.getByRole('textbox', { name: 'Action starts with' }).fill('no such thing')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByText('No change matches these filters.').waitFor()
  await owner.look('nothing found')
})

test('an operator and an administrator of one account are shown no audit, and refused it', async () => {
  await using operator = await somebody(house, 'olga', 'operator')
  assert.equal(await operator.page.getByRole('link', { name: 'Audit log' }).count(), 0)
  await operator.open('/audit', NOT_YOURS)
  await operator.page.getByText('It takes the role of administrator or higher').waitFor()
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using otto = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await otto.page.getByRole('link', { name: 'Audit log' }).count(), 0)
  await otto.open('/audit', NOT_YOURS)
  await otto.page.getByText(`Your login is bound to account ${account.id}`).waitFor()
  assert.equal(await otto.page.getByText('ben').count(), 0)
})
