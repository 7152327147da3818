// Alerts in the Control Panel: what is wrong now, each thing once and with the way to its mend; alarms changed, silenced and tried; what was told.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  // Those that a busy machine would fire are none of it.
  for (const { name } of await house.server.call('alarm.list', {}))
    if (name !== 'trouble' && name !== 'oldest-due') await house.server.call('alarm.set', { name, off: true })
  await someMail(house.server, 3)
  const told = async (): Promise<boolean> => {
    const alarm = (await house.server.call('alarm.list', {})).find(({ name }) => name === 'trouble')
    return (alarm?.firing.length ?? 0) > 0
  }
  await until(told, 'nothing is told of a site that backs off')
})
after(() => opened.disposeAsync())

test('a trouble is shown once, with the way there; it is silenced, and told again', async () => {
  await using owner = await house.owner()
  const { page } = owner
  const trouble = page.getByText('The site mx.citymail.example backs off', { exact: false })
  await trouble.first().waitFor()
  assert.equal(await trouble.count(), 1, 'an alarm and its notice are the same')
  await page.getByRole('button', { name: 'Active alarms: 1' }).click()
  await page.getByRole('link', { name: 'All alarms and history' }).click()
  await page.getByRole('heading', { level: 1, name: 'Alarms' }).waitFor()
  const now = page.getByRole('region', { name: 'Active alarms' })
  await now.getByText('trouble', { exact: true }).waitFor()
  await owner.look('alerts')
  await owner.picture('alarms')
  await now.getByRole('button', { name: /^Silence trouble/ }).click()
  const dialog = page.getByRole('dialog')
  await owner.look('silencing')
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await now.getByText('silenced', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Active alarms: 0' }).waitFor()
  const silent = (await house.server.call('alarm.list', {})).find(({ name }) => name === 'trouble')
  assert.match(silent?.own[0]?.subject ?? '', /mx\.citymail\.example/)
  await now.getByRole('button', { name: /^End silence/ }).click()
  await page.getByRole('button', { name: 'Active alarms: 1' }).waitFor()
  await now.getByRole('link', { name: 'Open mx.citymail.example' }).click()
  await page.getByRole('heading', { level: 1, name: 'mx.citymail.example' }).waitFor()
  await page.getByRole('link', { name: 'View queue' }).waitFor()
})

test('an alarm is changed, of all and of one subject, tried, switched off, and as shipped again', async () => {
  await using owner = await house.owner()
  const { page } = owner
  const set = async (): Promise<readonly string[]> => {
    const alarm = (await house.server.call('alarm.list', {})).find(({ name }) => name === 'oldest-due')
    const own = alarm?.own.map(({ subject, terms }) => `${subject} ${terms === 'off' ? 'off' : terms?.threshold}`) ?? []
    return [`${alarm?.terms?.threshold} ${alarm?.terms?.for}`, ...own]
  }
  await owner.open('/alarms', 'Alarms')
  const dialog = page.getByRole('dialog')
  const change = async (name = 'Edit oldest-due'): Promise<void> => {
    await page.getByRole('button', { name, exact: true }).click()
    await dialog.waitFor()
  }
  await change()
  await dialog.getByLabel('Fires at or above').fill('6')
  await dialog.getByRole('textbox', { name: 'After' }).fill('10')
  await owner.look('an alarm')
  await owner.picture('alarm')
  await dialog.getByRole('button', { name: 'Send test alert' }).click()
  await dialog.getByText('It is only listed below', { exact: false }).waitFor()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.deepEqual(await set(), ['21600000 600000'])
  await change()
  await dialog.getByLabel('Only for').fill('mx.example.net')
  await dialog.getByLabel('Enabled').uncheck()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('of mx.example.net').waitFor()
  assert.deepEqual(await set(), ['21600000 600000', 'mx.example.net off'])
  await change()
  await dialog.getByRole('button', { name: 'Reset to default' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.equal((await set())[0], '3600000 300000')

  await page.getByRole('button', { name: 'Test all channels' }).click()
  const history = page.getByRole('region', { name: 'List of alerts sent' })
  await until(async () => (await history.getByText('Test', { exact: true }).count()) >= 2, 'tests are not listed')
  await history.getByText('Alarm', { exact: true }).first().waitFor()
  await owner.look('alerts with their history')
})

test('an operator silences and changes nothing, a viewer only looks, who is of one account has none', async () => {
  await using operator = await somebody(house, 'olga', 'operator')
  await operator.open('/alarms', 'Alarms')
  await operator.page.getByRole('button', { name: /^Silence trouble/ }).waitFor()
  assert.equal(await operator.page.getByRole('button', { name: /^Edit / }).count(), 0)
  await using viewer = await somebody(house, 'vera', 'viewer')
  await viewer.open('/alarms', 'Alarms')
  await viewer.page.getByText('trouble', { exact: true }).first().waitFor()
  for (const name of [/^Silence/, /^Edit /, /^Test all channels/]) assert.equal(await viewer.page.getByRole('button', { name }).count(), 0)
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using otto = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await otto.page.getByRole('link', { name: 'Alarms' }).count(), 0)
})
