// Milters in the Control Panel: one is added, tried, set, fails and says so, is switched off and removed; a viewer sees it and changes nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { pkt } from '../testkit/milter-packets.ts'
import { MilterPeer } from '../testkit/milter-peer.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

const letter = { from: 'orders@shop.example', to: ['ann@northmail.example'], subject: 'Your order', text: 'Hello' }
const send = async (): Promise<void> => assert.ok((await inject(house.server, '/v1/messages', letter)).status < 300)

test('a milter is added, tried, set, seen to fail, switched off and removed', async () => {
  const { server } = house
  await using peer = await MilterPeer.start(({ letter: step }) => (step === 'E' ? [pkt('h', 'X-Milter\0yes\0'), pkt('c')] : undefined))
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/milters', 'Milters')
  await page.getByText('No milters').waitFor()
  await owner.look('no milters')
  await page.getByRole('button', { name: 'Add a milter' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('rspamd')
  await dialog.getByRole('textbox', { name: 'Address' }).fill('nowhere')
  await owner.look('a new milter')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByRole('alert').getByText('is no address of a milter').waitFor()
  await dialog.getByRole('textbox', { name: 'Address' }).fill(peer.address)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'rspamd' }).waitFor()

  await page.getByRole('button', { name: 'Send the sample' }).click()
  await page.getByText('It accepted the message.').waitFor()
  await page.getByText(/X-Milter/).waitFor()
  await owner.look('a milter that was tried')

  const form = page.getByRole('form', { name: 'Settings' })
  await form.getByRole('combobox', { name: 'When it fails' }).click()
  await page.getByRole('option', { name: 'Mail passes without it' }).click()
  await form.getByRole('textbox', { name: 'Only these accounts' }).fill('the shop')
  await form.getByText('Numbers, with commas between them.').waitFor()
  assert.equal(await form.getByRole('button', { name: 'Save' }).isDisabled(), true)
  await form.getByRole('textbox', { name: 'Only these accounts' }).fill(String(server.account.id))
  await form.getByRole('button', { name: 'Save' }).click()
  await form.getByText('Saved.').waitFor()
  const [saved] = await server.call('milter.list', {})
  assert.deepEqual([saved?.onFailure, saved?.accounts, saved?.address], ['accept', [server.account.id], peer.address])

  await server.call('milter.set', { name: 'rspamd', ways: ['injection'] })
  await send()
  await owner.open('/milters', 'Milters')
  const row = page.getByRole('row').filter({ hasText: 'rspamd' })
  await row.getByText('Working').waitFor()
  await row.getByText('HTTP, pickup and jobs').waitFor()
  await owner.look('milters')
  await owner.picture('milters')

  await using viewer = await somebody(house, 'vera', 'viewer')
  await viewer.open('/milters/rspamd', 'rspamd')
  await viewer.page.getByText('Mail passes without it').first().waitFor()
  for (const name of ['Save', 'Remove', 'Switch off', 'Send the sample'])
    assert.equal(await viewer.page.getByRole('button', { name }).count(), 0, name)

  await peer[Symbol.asyncDispose]()
  await send()
  await row.getByText('Failing').waitFor()
  await row.getByRole('link', { name: 'rspamd' }).click()
  await page.getByText('It cannot be asked').first().waitFor()
  await owner.look('a milter that fails')
  await owner.picture('milter')

  await page.getByRole('button', { name: 'Switch off' }).click()
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Switch on' }).waitFor()
  assert.equal((await server.call('milter.list', {}))[0]?.enabled, false)
  await page.getByRole('button', { name: 'Remove' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('No milters').waitFor()
  assert.deepEqual(await server.call('milter.list', {}), [])
  await owner.open('/milters/rspamd', 'Milters')
  await page.getByText('There is no such milter').waitFor()
})
