// Logs and the live trace in the Control Panel: lines of an account's log filtered and followed, dialogs as they happen; who may see which.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { inject } from '../testkit/injecting.ts'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server, 3)
  // The page reads it once.
  const isLogged = async (): Promise<boolean> => {
    const { lines } = await house.server.call('log.read', { id: house.server.account.id as AccountId })
    return lines.some((line) => line.includes('strict.example')) && lines.some((line) => line.includes('northmail.example'))
  }
  await until(isLogged, 'mail is not in the log')
})
after(() => opened.disposeAsync())

const send = async (to: string): Promise<void> => {
  const { status, text } = await inject(house.server, '/v1/messages', { from: 'orders@shop.example', to: [to], subject: 'x', text: 'x' })
  assert.equal(status, 202, text)
}

test('lines of a log are filtered by words and followed as they come', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/logs', 'Logs')
  await page.getByText('Each account has its own log.').waitFor()
  await owner.look('no log chosen')
  await page.getByRole('combobox', { name: 'Account' }).click()
  await page.getByRole('option', { name: String(house.server.account.id) }).click()
  const lines = page.getByRole('region', { name: 'Lines of the log' })
  await lines.getByText('strict.example').first().waitFor()
  await page.getByRole('textbox', { name: 'Filter lines' }).fill('northmail')
  await lines.getByText('strict.example').first().waitFor({ state: 'detached' })
  await owner.look('a log')
  await owner.picture('logs')
  await page.getByRole('switch', { name: 'Follow' }).click()
  await send('followed@northmail.example')
  await lines.getByText('followed@').first().waitFor()
  await page.getByRole('textbox', { name: 'Filter lines' }).fill('nobody@nowhere.example')
  await page.getByText('No matching lines').waitFor()
  await owner.look('a log without such a line')
  await owner.open(`/logs?account=${house.server.account.id}&day=2020-01-01`, 'Logs')
  await page.getByText('No lines on this day').waitFor()
})

test('dialogs are shown by connection as they happen, without credentials', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/trace?domain=postbox.example', 'Live trace')
  await owner.look('a trace that nobody watches')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByText('Waiting for connections').waitFor()
  // Watching begins with the first look at the workers: mail is sent until some of it is seen.
  const dialog = page.getByRole('log', { name: /^Dialog with/ }).first()
  let sent = 0
  const isSeen = async (): Promise<boolean> => {
    if ((await dialog.count()) > 0) return true
    await send(`traced${sent++}@postbox.example`)
    return false
  }
  await until(isSeen, 'no dialog is seen', 500)
  await dialog
    .getByText(/RCPT TO:<traced\d+@postbox\.example>/)
    .first()
    .waitFor()
  await owner.look('a trace')
  await owner.picture('trace')
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Tracing…').waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Address or network' }).fill('nonsense')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('alert').first().waitFor()
  await owner.look('a trace that was refused')
})

test('a viewer reads logs and watches nothing; a user of one account has its own log alone', async () => {
  await using viewer = await somebody(house, 'vera', 'viewer')
  await viewer.open(`/logs?account=${house.server.account.id}`, 'Logs')
  await viewer.page.getByRole('region', { name: 'Lines of the log' }).waitFor()
  assert.equal(await viewer.page.getByRole('link', { name: 'Live trace' }).count(), 0)
  await viewer.open('/trace', NOT_YOURS)
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using tenant = await somebody(house, 'otto', 'administrator', account.id)
  await tenant.open(`/logs?account=${house.server.account.id}`, 'Logs')
  await tenant.page.getByText('No lines on this day').waitFor()
  assert.equal(await tenant.page.getByRole('combobox', { name: 'Account' }).count(), 0)
  await tenant.look('the log of one account')
})
