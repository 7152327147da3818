// Assembly jobs in the Control Panel: one is checked without sending anything, sent to a file, followed, paused, resumed and cancelled; it goes on
// while nobody looks; viewers and users of one account see what they may and no more.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'
import { until } from '../testkit/patience.ts'

const opened = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'hms-panel-jobs-'))
opened.defer(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'people.csv')
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
  const { id } = house.server.account
  await house.server.call('template.add', {
    id: 'spring',
    account: id as AccountId,
    subject: 'Hello {{ name }}',
    text: 'You have {{ points }} points.',
  })
  const rows = Array.from({ length: 40 }, (_, n) => `p${n}@northmail.example,Person ${n},${n * 10}`)
  writeFileSync(file, ['email,name,points', ...rows, 'nonsense,Nobody,1', 'short@northmail.example', ''].join('\n'))
})
after(() => opened.disposeAsync())

test('a job is checked without sending, then sent to all of a file, and goes on while nobody looks', async () => {
  const { server } = house
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/jobs', 'Jobs')
  await page.getByText('No jobs yet').waitFor()
  await owner.look('no job')
  await page.getByRole('link', { name: 'New job' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'New job' }).waitFor()
  await page.getByRole('textbox', { name: 'Account' }).fill(String(server.account.id))
  await page.getByRole('textbox', { name: 'Name' }).fill('Spring letter')
  await page.getByRole('textbox', { name: 'From' }).fill('Example News <news@shop.example>')
  await page.getByRole('combobox', { name: 'Template' }).click()
  await page.getByRole('option', { name: 'spring' }).click()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('textbox', { name: 'Mailing' }).fill('spring-2027')
  await page.getByRole('checkbox', { name: 'Start paused' }).check()
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('40 valid recipients, 2 invalid.').waitFor()
  await page.getByText('You have 0 points.').waitFor()
  await page.getByRole('cell', { name: '42', exact: true }).waitFor()
  assert.deepEqual((await server.call('job.list', { limit: 10 })).jobs, [], 'a trial leaves no job')
  await owner.look('a job that was checked')
  await page.evaluate('scrollTo(0, 0)')
  await owner.picture('job-new')
  await page.getByRole('button', { name: 'Send to 40' }).click()
  await page.getByRole('heading', { level: 1, name: 'Spring letter' }).waitFor()
  await page.getByText('Nothing more is submitted until somebody resumes it.').waitFor()
  await page.getByText('You have 0 points.').waitFor()
  await page.getByRole('region', { name: 'Rows that were not sent' }).getByText('42').waitFor()
  await owner.look('a job that is paused')
  await owner.picture('job')
  await page.getByRole('button', { name: 'Resume' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('40 recipients will be submitted from now on.').waitFor()
  await owner.look('resume')
  // A page that is left asks for nothing any more.
  await Promise.all([page.waitForResponse(/\/resume$/), dialog.getByRole('button', { name: 'Resume' }).click()])
  // Nobody looks at it.
  await page.goto('about:blank')
  const done = async (): Promise<boolean> => (await server.call('job.show', { id: 1 })).state === 'done'
  await until(done, 'the job did not go on')
  await owner.open('/jobs', 'Jobs')
  await page.getByText('Done', { exact: true }).waitFor()
  await page.getByText('40 of 40').waitFor()
  await owner.look('jobs')
  await owner.picture('jobs')
  await page.getByRole('link', { name: 'Spring letter' }).click()
  await page.getByRole('button', { name: 'Delete job' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 0)
})

test('a job that waits for its time is paused and cancelled; what fails says why', async () => {
  const { server } = house
  const message = { from: 'news@shop.example', subject: 'Later', text: 'x' }
  const { id } = await server.call('job.add', {
    document: { account: server.account.id, name: 'Later', message, start: '2040-01-01T00:00:00Z' },
  })
  await server.call('job.rows', { id, after: 0, rows: [{ line: 1, to: 'ann@northmail.example', data: {} }] })
  await server.call('job.begin', { id })
  await using owner = await house.owner()
  const { page } = owner
  await owner.open(`/jobs/${id}`, 'Later')
  await page.getByText('Starts ').waitFor()
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Pause' }).click()
  await dialog.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Nothing more is submitted').waitFor()
  await page.getByRole('button', { name: 'Cancel job' }).click()
  await dialog.getByText('1 recipient will never get the message.').waitFor()
  await dialog.getByRole('button', { name: 'Cancel job' }).click()
  await page.getByText('Cancelled', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Delete job' }).click()
  await dialog.getByRole('button', { name: 'Delete job' }).click()
  await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor()
  await owner.open(`/jobs/${id}`, 'Jobs')
  await page.getByText('Job not found').waitFor()

  await owner.open('/jobs/new', 'New job')
  await page.getByRole('textbox', { name: 'Account' }).fill(String(server.account.id))
  await page.getByRole('textbox', { name: 'From' }).fill('news@shop.example')
  await page.getByText('Write it here').click()
  await page.getByRole('textbox', { name: 'Subject' }).fill('Hello')
  await page.getByRole('textbox', { name: 'Text' }).fill('{{ name }')
  writeFileSync(join(folder, 'no-names.csv'), 'x,y\n1,2\n')
  await page.locator('input[type=file]').setInputFiles(join(folder, 'no-names.csv'))
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByRole('alert').getByText('is no Liquid').waitFor()
  await page.getByRole('textbox', { name: 'Text' }).fill('Hello')
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByRole('alert').getByText('No column is known to have addresses').waitFor()
  await owner.look('a file without addresses')
})

test('a job file is pasted or opened, checked with the words of hms assemble, and sent', async () => {
  const { server } = house
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/jobs/new', 'New job')
  await page.getByText('Job file', { exact: true }).click()
  const text = page.getByRole('textbox', { name: 'Job file text' })
  await text.fill('account: one\nmessage: [')
  await page.getByText(/^job\.yaml: It is no YAML: /).waitFor()
  await text.fill('account: 1000\nmessage: {}\nrecipiants: { file: people.csv }')
  await page.getByText('job.yaml: There is no field recipiants in a job.').waitFor()
  await text.fill('account: 1000\nmessage: { from: news@shop.example, subject: x, text: y }\nrecipients: { sqlite: a.db, query: select 1 }')
  await page.getByText('only hms assemble on the server can read').waitFor()
  await owner.look('a job file that is wrong')
  assert.equal(await page.getByRole('button', { name: 'Check', exact: true }).isDisabled(), true)

  const document = join(folder, 'autumn.yaml')
  const message = 'message:\n  from: news@shop.example\n  subject: Hello {{ who }}\n  text: You have {{ points }} points.\n'
  const lines = `account: ${server.account.id}\nname: Autumn letter\n${message}recipients: { file: list.txt, format: csv, separator: "|", address: mail }\n`
  writeFileSync(document, lines)
  writeFileSync(join(folder, 'list.txt'), 'mail|who|points\nq1@northmail.example|Ann|10\nq2@northmail.example|Bob|20\n')
  await page.locator('input[type=file]').first().setInputFiles(document)
  await page.getByText('The job names list.txt. Choose that file.').waitFor()
  await page.locator('input[type=file]').last().setInputFiles(join(folder, 'list.txt'))
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('2 valid recipients, 0 invalid.').waitFor()
  await page.getByText('You have 10 points.').first().waitFor()
  await owner.look('a job file that was checked')
  await page.getByRole('button', { name: 'Send to 2' }).click()
  await page.getByRole('heading', { level: 1, name: 'Autumn letter' }).waitFor()
  const done = async (): Promise<boolean> =>
    (await server.call('job.list', { limit: 10 })).jobs.some(({ name, state }) => name === 'Autumn letter' && state === 'done')
  await until(done, 'the job of the file was not sent')
})

test('a viewer sees jobs and steers none; a user of one account sees those of it', async () => {
  {
    await using visitor = await somebody(house, 'vera', 'viewer')
    const { page } = visitor
    await visitor.open('/jobs', 'Jobs')
    assert.equal(await page.getByRole('link', { name: 'New job' }).count(), 0)
    await page.getByRole('link', { name: 'Spring letter' }).click()
    await page.getByRole('heading', { level: 1, name: 'Spring letter' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Delete job' }).count(), 0)
  }
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/jobs', 'Jobs')
  await page.getByText('No jobs yet').waitFor()
  await visitor.open('/jobs/1', 'Jobs')
  await page.getByText('Job not found').waitFor()
  await visitor.look('a job of another')
})
