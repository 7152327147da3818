// Reports in the Control Panel: what became of mail by time and by whatever it is divided by, compared, as CSV and on paper; of one account for those
// who are of one.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server, 4)
  const isCounted = async (): Promise<boolean> => {
    const { total, isBehind } = await house.server.call('report.query', {})
    return !isBehind && total.figures.recipients >= 20 && total.figures.failed >= 4 && total.figures.delivered >= 8
  }
  await until(isCounted, 'mail is not counted')
})
after(() => opened.disposeAsync())

test('mail is told by day, domain, provider and failure code, compared, and saved as CSV', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/reports', 'Reports')
  await page.getByRole('heading', { name: 'By day' }).waitFor()
  const figures = page.locator('.hms-report-figures')
  await figures.filter({ hasText: /Accepted20.*Delivered8/ }).waitFor()
  await owner.look('reports')
  const divide = async (by: string): Promise<void> => {
    await page
      .getByRole('combobox', { name: 'Group by' })
      .or(page.getByRole('textbox', { name: 'Group by' }))
      .first()
      .click()
    await page.getByRole('option', { name: by, exact: true }).click()
    await page.getByRole('heading', { name: `By ${by.toLowerCase()}` }).waitFor()
  }
  await divide('Domain')
  const table = page.getByRole('table').last()
  await table.getByText('strict.example').waitFor()
  assert.match((await page.getByRole('row', { name: /strict\.example/ }).textContent()) ?? '', /^strict\.example400%/)
  await page.getByLabel('Compare with previous period').check()
  await table.getByText('new', { exact: true }).first().waitFor()
  await owner.look('a report by domain')
  await owner.picture('reports')
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const text = await readFile(await (await saving).path(), 'utf8')
  assert.match(text, /^time,account,domain,messages,recipients/)
  assert.match(text, /\r\n,,strict\.example,4,4,/)
  await divide('Provider')
  await table.getByText('mx.strict.example').waitFor()
  await divide('Failure code')
  await table.getByText('blocked', { exact: false }).first().waitFor()
  await divide('Hour')
  await owner.look('a report by hour')
})

test('filters are in the address, and what is not counted together is refused in words', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/reports?by=code&last=7d&domain=strict.example', 'Reports')
  await page.getByText('strict.example').first().waitFor()
  await page
    .locator('.hms-report-figures')
    .filter({ hasText: /Accepted4/ })
    .waitFor()
  await page.getByRole('button', { name: 'Remove the filter Domain' }).click()
  await page.getByText('By failure code').waitFor()
  await owner.open('/reports?by=mailing&code=2001&source=x', 'Reports')
  await page.getByRole('alert').first().waitFor()
  await owner.look('a report that is refused')
})

test('on paper there is the report and nothing to press', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/reports?by=domain&last=7d', 'Reports')
  await page.getByRole('row', { name: /strict\.example/ }).waitFor()
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  for (const name of ['Main navigation', 'Filters'])
    assert.equal(await page.getByLabel(name, { exact: true }).first().isVisible(), false, name)
  assert.equal(await page.getByRole('button').locator('visible=true').count(), 0)
  assert.equal(await page.getByRole('row', { name: /strict\.example/ }).isVisible(), true)
  await page.emulateMedia({ media: 'print', colorScheme: 'light' })
  if (process.env['HMS_PICTURES'] !== undefined) await page.screenshot({ path: 'docs/panel/reports-print.png', fullPage: true })
  await page.emulateMedia({ media: 'screen', colorScheme: 'light' })
})

test('a viewer counts nothing again; who is of one account has that alone, and no other dimension', async () => {
  await using viewer = await somebody(house, 'vera', 'viewer')
  await viewer.open('/reports', 'Reports')
  await viewer.page.getByRole('heading', { name: 'By day' }).waitFor()
  assert.equal(await viewer.page.getByRole('button', { name: 'Rebuild totals' }).count(), 0)
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using otto = await somebody(house, 'otto', 'administrator', account.id)
  await otto.open('/reports', 'Reports')
  await otto.page.getByText('No data for this period').waitFor()
  assert.equal(await otto.page.getByText('strict.example').count(), 0)
  await otto.page
    .getByRole('combobox', { name: 'Group by' })
    .or(otto.page.getByRole('textbox', { name: 'Group by' }))
    .first()
    .click()
  assert.equal(await otto.page.getByRole('option', { name: 'Account', exact: true }).count(), 0)
  await otto.page.keyboard.press('Escape')
  await otto.page.getByRole('option').first().waitFor({ state: 'detached' })
  await otto.look('a report of one account')
})
