// Delivery rules in the Control Panel: what holds and which line says so, a change that is checked, held against the mail of the day, put in
// force and taken back, blocks that are ended, and the way from mail that waits to the rule that makes it wait.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'
import { inject } from '../testkit/injecting.ts'
import { until } from '../testkit/patience.ts'

const NORTH = 'mx.northmail.example'
const RULES = {
  format: 1,
  providers: { north: { mx: [NORTH] } },
  rules: [
    { name: 'all', domain: '*', set: { connections: 8 } },
    { name: 'north', provider: 'north', set: { messages_per_hour: 500 } },
    {
      name: 'city',
      domain: 'citymail.example',
      blocks: [{ name: 'too-many', match: '/too many messages/', action: 'pause', pause: '30m' }],
    },
  ],
}

/** What is chosen in the editor; runs in the page. */
const CHOSEN = `(() => {
  const area = document.activeElement
  return area.value?.slice(area.selectionStart, area.selectionEnd) ?? ''
})()`

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

test('without rules the page says what to start with', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/rules', 'Delivery rules')
  await page.getByText('Enter a domain to see which settings apply').waitFor()
  await owner.look('rules, nothing asked')
  await page.getByRole('tab', { name: 'Versions' }).click()
  await page.getByText('No rules yet').waitFor()
  await page.getByRole('tab', { name: 'Active blocks' }).click()
  await page.getByText('No active blocks').waitFor()
  await page.getByRole('tab', { name: 'Your rules' }).click()
  await page.getByText('You have no rules yet.').waitFor()
  await owner.look('rules, none yet')
})

test('what holds for a domain is shown with the rule and its line, and a change is checked, tried, put in force, and taken back', async () => {
  const { server } = house
  await server.call('rules.apply', { document: RULES, note: 'first' })
  await someMail(server)
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/rules', 'Delivery rules')
  await page.getByRole('textbox', { name: 'Domain' }).fill('northmail.example')
  await page.getByRole('button', { name: 'Show settings' }).click()
  const limits = page.getByRole('region', { name: 'Limits', exact: true })
  const row = limits.getByRole('row').filter({ hasText: 'messages_per_hour' })
  await row.getByText('500', { exact: true }).waitFor()
  await owner.look('what holds')
  await owner.picture('rules')
  await row.getByRole('link', { name: /^line \d+$/ }).click()
  const editor = page.getByRole('textbox', { name: 'Rules in YAML' })
  await editor.waitFor()
  await until(async () => /name: north/.test(await page.evaluate<string>(CHOSEN)), 'the line is not chosen')

  const text = await editor.inputValue()
  await editor.fill(text.replace('messages_per_hour: 500', 'messages_per_hour: none at all'))
  await page.getByText('1 error').waitFor()
  await page.getByRole('button', { name: 'Line 8' }).waitFor()
  await owner.look('rules with a mistake')
  await editor.fill(text.replace('messages_per_hour: 500', 'messages_per_hour: 3'))
  await page.getByText('Valid.').waitFor()
  await until(async () => !(await server.call('report.query', {})).isBehind, 'the mail of the day is not counted')
  await page.getByRole('button', { name: 'Test against the last 24 hours' }).click()
  const traffic = page.getByRole('region', { name: 'Affected mail' })
  await traffic.getByText('messages_per_hour: 500 by provider and source → 3 by provider and source').waitFor()
  await traffic.getByText('northmail.example', { exact: true }).waitFor()
  await owner.look('rules held against the day')
  await page.evaluate('scrollTo(0, 0)')
  await owner.picture('rules-edit')
  await page.getByRole('button', { name: 'Apply…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'What changed and why' }).fill('far too careful')
  await owner.look('rules put in force')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('Version 2, in the format of hms export').waitFor()

  await page.getByRole('tab', { name: 'Versions' }).click()
  await page.getByText('far too careful').waitFor()
  await page.getByRole('button', { name: 'Show changes' }).click()
  const lines = page.getByRole('region', { name: 'Differences' })
  await lines.getByText(/messages_per_hour: 3\b/).waitFor()
  await owner.look('versions')
  await owner.picture('rules-versions')
  await page.getByRole('button', { name: 'Revert to version 1' }).click()
  await dialog.getByText('rule north').waitFor()
  await owner.look('a way back')
  await dialog.getByRole('button', { name: 'Revert', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('row').filter({ hasText: 'active' }).getByText('back to version 1').waitFor()
  assert.deepEqual((await server.call('rules.get', {})).document.rules[1]?.set, { messages_per_hour: { limit: 500 } })

  await page.getByRole('tab', { name: 'Smart rules' }).click()
  await page.getByRole('region', { name: 'Smart rules', exact: true }).getByText('format: 1').waitFor()
  await owner.look('Smart rules')
  await page.getByRole('button', { name: 'Update…' }).click()
  await owner.look('an update of Smart rules')
})

test('rules that somebody else changed meanwhile are not overwritten', async () => {
  const { server } = house
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/rules?tab=edit', 'Delivery rules')
  const editor = page.getByRole('textbox', { name: 'Rules in YAML' })
  const text = await editor.inputValue()
  await editor.fill(text.replace('messages_per_hour: 500', 'messages_per_hour: 400'))
  await page.getByText('Valid.').waitFor()
  const { text: theirs } = await server.call('rules.get', {})
  await server.call('rules.apply', { text: theirs.replace('connections: 8', 'connections: 9') })
  await page.getByRole('button', { name: 'Apply…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Show the active version' }).click()
  await until(
    async () => (await page.getByRole('textbox', { name: 'Rules in YAML' }).inputValue()).includes('connections: 9'),
    'the new version is not shown',
  )
  assert.match((await server.call('rules.get', {})).text, /messages_per_hour: 500/)
})

test('a block that a reply began is seen, held longer, and ended', async () => {
  const { server } = house
  await until(async () => (await server.call('effects.list', {})).length > 0, 'no block began')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/rules?tab=blocks', 'Delivery rules')
  await page.getByText('Too many messages from your network').waitFor()
  await owner.look('blocks')
  await owner.picture('rules-blocks')
  const [before] = await server.call('effects.list', {})
  await page.getByRole('button', { name: 'Extend…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Extend' }).click()
  await dialog.waitFor({ state: 'detached' })
  await until(async () => ((await server.call('effects.list', {}))[0]?.until ?? 0) > (before?.until ?? 0), 'it does not hold longer')
  await page.getByRole('button', { name: 'End now' }).click()
  await dialog.getByRole('button', { name: 'End now' }).click()
  await dialog.waitFor({ state: 'detached' })
  // The same reply may begin another at once.
  const isOver = async (): Promise<boolean> => !(await server.call('effects.list', {})).some(({ since }) => since === before?.since)
  await until(isOver, 'it did not end')
})

test('mail to a provider waits: the owner finds the limit, the rule and its line, mends it, and the mail goes', async () => {
  const { server } = house
  const { text } = await server.call('rules.get', {})
  await server.call('rules.apply', { text: text.replace('messages_per_hour: 500', 'messages_per_hour: 1'), note: 'by mistake' })
  const send = async (n: number): Promise<void> => {
    const body = { from: 'orders@shop.example', to: [`waiter${n}@northmail.example`], subject: 'Your order', text: 'x' }
    assert.equal((await inject(server, '/v1/messages', body)).status, 202)
  }
  for (let n = 0; n < 4; n++) await send(n)
  const waiting = async (): Promise<number> =>
    (await server.call('queue.count', { selection: { domain: 'northmail.example' as never } })).recipients
  await until(async () => (await waiting()) > 0, 'nothing waits')
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/destinations', 'Destinations')
  const north = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'north', exact: true }) })
  await north.getByText('Limit reached: ').waitFor()
  await north.getByRole('link', { name: 'north', exact: true }).click()
  await page.getByRole('link', { name: NORTH, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: NORTH }).waitFor()
  await owner.look('a site that waits for a limit')
  await page.getByRole('link', { name: 'View rules' }).click()
  const row = page.getByRole('region', { name: 'Limits', exact: true }).getByRole('row').filter({ hasText: 'messages_per_hour' })
  await row.getByRole('link', { name: /^line \d+$/ }).click()
  const editor = page.getByRole('textbox', { name: 'Rules in YAML' })
  await editor.fill((await editor.inputValue()).replace('messages_per_hour: 1', 'messages_per_hour: 1000'))
  await page.getByText('Valid.').waitFor()
  await page.getByRole('button', { name: 'Apply…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
  await until(async () => (await waiting()) === 0, 'the mail still waits')
})

test('a viewer sees the rules, tries nothing, and changes nothing; a user of one account has no such page', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/rules?tab=edit', 'Delivery rules')
  await page.getByRole('region', { name: 'Rules in YAML' }).getByText('name: north').waitFor()
  await visitor.look('rules of a viewer')
  for (const name of ['Apply…', 'Test against the last 24 hours']) assert.equal(await page.getByRole('button', { name }).count(), 0, name)
  await page.getByRole('tab', { name: 'Versions' }).click()
  await page.getByText('by mistake').waitFor()
  assert.equal(await page.getByRole('button', { name: /^Revert/ }).count(), 0)
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using other = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await other.page.getByRole('link', { name: 'Delivery rules' }).count(), 0)
  await other.open('/rules?domain=northmail.example', NOT_YOURS)
})
