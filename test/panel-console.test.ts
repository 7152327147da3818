// The console in the Control Panel: lines are completed, run with what the person may, gone through again and copied; a change that wants a
// fresh proof asks for it; a viewer and a user of one account do no more than they may.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  await someMail(house.server, 2)
})
after(() => opened.disposeAsync())

test('a line is completed, run, copied and found again; what a command takes stands beside it', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/console', 'Console')
  await page.getByText('No commands run yet').waitFor()
  await owner.look('an empty console')
  await page.getByRole('button', { name: 'hms status' }).click()
  const output = page.getByRole('log', { name: 'Output' })
  await output.getByText('queued').first().waitFor()

  const line = page.getByRole('combobox', { name: 'Command' })
  await line.fill('queue l')
  const choices = page.getByRole('listbox', { name: 'Completions' })
  await choices.getByRole('option', { name: 'ls' }).waitFor()
  await line.press('Tab')
  assert.equal(await line.inputValue(), 'queue ls ')
  await line.pressSequentially('--dom')
  await choices.getByRole('option', { name: '--domain' }).waitFor()
  await owner.look('completion')
  await line.press('ArrowDown')
  await line.press('Enter')
  await line.pressSequentially('citymail.example')
  await line.press('Enter')
  await output
    .getByText(/451 4\.7/)
    .last()
    .waitFor()
  await page.getByRole('button', { name: 'Copy the output of hms queue ls --domain citymail.example' }).click()
  assert.match(await page.evaluate<string>('navigator.clipboard.readText()'), /451 4\.7/)

  await line.fill('account show 4711')
  await line.press('Enter')
  await output.getByText('exit code').waitFor()
  await line.press('ArrowUp')
  assert.equal(await line.inputValue(), 'account show 4711')
  await line.press('ArrowUp')
  assert.equal(await line.inputValue(), 'queue ls --domain citymail.example')
  await line.fill('')

  await page.getByRole('textbox', { name: 'Search commands' }).fill('rules explain')
  await page.getByText('rules explain', { exact: true }).click()
  await owner.look('the console')
  await owner.picture('console')
  await page.getByRole('button', { name: 'Insert: rules explain' }).click()
  assert.equal(await line.inputValue(), 'rules explain ')
  // What was run is there again on coming back, and gone with the login.
  await page.getByRole('link', { name: 'Messages', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor()
  await page.goBack()
  await output
    .getByText(/451 4\.7/)
    .last()
    .waitFor()
})

test('what names a file is refused, and a change that wants a proof asks for it', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/console', 'Console')
  const line = page.getByRole('combobox', { name: 'Command' })
  const output = page.getByRole('log', { name: 'Output' })
  await line.fill('suppression import all /etc/passwd')
  await line.press('Enter')
  await output.getByText('exit code').waitFor()
  assert.doesNotMatch((await output.textContent()) ?? '', /root:/)
  await line.fill('user add eve --role viewer')
  await line.press('Enter')
  await output.getByText('eve').nth(1).waitFor()
})

test('a viewer looks, and changes nothing', async () => {
  await using visitor = await somebody(house, 'vera', 'viewer')
  const { page } = visitor
  await visitor.open('/console', 'Console')
  const line = page.getByRole('combobox', { name: 'Command' })
  const output = page.getByRole('log', { name: 'Output' })
  await line.fill('queue hold --all --yes')
  await line.press('Enter')
  await output.getByText('This takes the role of').waitFor()
  await line.fill('queue ls')
  await line.press('Enter')
  await output
    .getByText(/451 4\.7/)
    .last()
    .waitFor()
  await visitor.look('the console of a viewer')
})

test('a user of one account sees nothing of another', async () => {
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/console', 'Console')
  const line = page.getByRole('combobox', { name: 'Command' })
  const output = page.getByRole('log', { name: 'Output' })
  await line.fill(`account show ${house.server.account.id}`)
  await line.press('Enter')
  await output.getByText('exit code').waitFor()
  assert.doesNotMatch((await output.textContent()) ?? '', /verified/)
  await line.fill('account ls --json')
  await line.press('Enter')
  await output.getByText(`"id":${account.id}`).waitFor()
})
