// Templates in the Control Panel: one is written with its preview, stored, changed, taken back, sent as a test, removed; viewers and users of one
// account see what they may and no more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

/** What runs in the browser is typed as what runs here. */
interface Styled {
  getComputedStyle(element: unknown): { readonly color: string; readonly letterSpacing: string }
}

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

const HTML = `<style>h1 { color: rgb(0, 80, 90) }</style>
<h1 style="letter-spacing: 3px">Hello {{ name }}</h1>
<p>Your order {{ order.id }} is on its way.</p>
<img src="https://elsewhere.example/pixel.png" alt="">
<script>parent.document.title = 'broken'</script>
<!--<img title="--><link rel="preconnect" href="https://elsewhere.example"><meta http-equiv="refresh" content="0;url=https://elsewhere.example">">-->`

test('a template is written with its preview, what is missing is named, and it is stored', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/templates', 'Templates')
  await page.getByText('No templates yet').waitFor()
  await owner.look('no template')
  await page.getByRole('link', { name: 'New template' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'New template' }).waitFor()
  await page.getByRole('textbox', { name: 'ID' }).fill('order sent')
  await page.getByRole('textbox', { name: 'Account' }).fill(String(house.server.account.id))
  await page.getByRole('textbox', { name: 'Subject' }).fill('Your order, {{ name }}')
  await page.getByRole('textbox', { name: 'HTML' }).fill('<p>{{ name }')
  await page.getByRole('alert').getByText('The HTML is no Liquid').waitFor()
  await page.getByRole('textbox', { name: 'HTML' }).fill(HTML)
  await page.getByText('Missing from the data').waitFor()
  await page.getByRole('status').getByText('order.id').waitFor()
  await owner.look('a new template')
  await page.getByRole('button', { name: 'Add to sample data' }).click()
  await page.getByText('All fields are in the data.').waitFor()
  const frame = page.frameLocator('iframe')
  await frame.getByRole('heading', { name: 'Hello Ann' }).waitFor()
  const styles = await frame.getByRole('heading').evaluate((heading) => {
    const { color, letterSpacing } = (globalThis as unknown as Styled).getComputedStyle(heading)
    return [color, letterSpacing]
  })
  assert.deepEqual(styles, ['rgb(0, 80, 90)', '3px'])
  assert.equal(await frame.locator('script, [src], link, meta').count(), 0)
  await page.getByRole('button', { name: 'Create template' }).click()
  await page.getByRole('alert').getByText('The id of a template has').waitFor()
  await page.getByRole('textbox', { name: 'ID' }).fill('order-sent')
  await page.getByRole('button', { name: 'Create template' }).click()
  await page.getByRole('heading', { level: 1, name: 'order-sent' }).waitFor()
})

test('a change is a new version, an older one comes back, a test is sent, and the template goes', async () => {
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/templates', 'Templates')
  await owner.look('templates')
  await owner.picture('templates')
  await page.getByRole('link', { name: 'order-sent' }).click()
  const versions = page.getByRole('region', { name: 'Versions of the template' })
  const subject = page.getByRole('textbox', { name: 'Subject' })
  await subject.fill('On its way, {{ name }}')
  await page.getByText('Unsaved changes.').waitFor()
  await page.getByRole('textbox', { name: 'Note' }).fill('shorter')
  await page.getByRole('button', { name: 'Save as new version' }).click()
  await page.getByText('Saved as version 2.').waitFor()
  await versions.getByRole('cell', { name: 'shorter' }).waitFor()
  await page.getByRole('button', { name: 'Load version 1' }).click()
  await page.getByText('Loaded version 1.').waitFor()
  assert.equal(await subject.inputValue(), 'Your order, {{ name }}')
  await page.getByRole('button', { name: 'Load version 2' }).click()
  await page.getByText('Loaded version 1.').waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Sample data' }).fill('{"name": "Ann", "order": {"id": 4711}}')
  await page.frameLocator('iframe').getByText('Your order 4711 is on its way.').waitFor()
  await owner.look('a template')
  await page.evaluate('scrollTo(0, 0)')
  await owner.picture('template')

  await page.getByRole('button', { name: 'Send a test' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'From' }).fill('orders@shop.example')
  await owner.look('a test')
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await dialog.getByRole('link', { name: 'View message' }).click()
  await page.getByRole('heading', { level: 1, name: 'Message', exact: true }).waitFor()
  await page.getByText('success@simulator.hms.test').first().waitFor()

  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'order-sent' }).waitFor()
  await page.getByRole('textbox', { name: 'Sample data' }).fill('{"name": "Ann"}')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await dialog.getByRole('textbox', { name: 'From' }).fill('orders@shop.example')
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await dialog.getByText('the field order').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await dialog.getByText('and its 2 versions are removed').waitFor()
  await dialog.getByRole('button', { name: 'Remove template' }).click()
  await page.getByText('No templates yet').waitFor()
})

test('a viewer reads templates and changes none; a user of one account sees those of it', async () => {
  const { server } = house
  const ours = server.account.id as AccountId
  await server.call('template.add', { id: 'welcome', account: ours, subject: 'Welcome', text: 'Hello {{ name }}' })
  {
    await using visitor = await somebody(house, 'vera', 'viewer')
    const { page } = visitor
    await visitor.open('/templates', 'Templates')
    assert.equal(await page.getByRole('link', { name: 'New template' }).count(), 0)
    await page.getByRole('link', { name: 'welcome' }).click()
    await page.getByText('Hello Ann').waitFor()
    for (const name of ['Remove', 'Send a test', 'Save as new version'])
      assert.equal(await page.getByRole('button', { name }).count(), 0, name)
    await visitor.look('a template that is only read')
  }
  const { account } = await server.call('account.add', { name: 'other' })
  await server.call('template.add', { id: 'of-otto', account: account.id, text: 'x' })
  await using visitor = await somebody(house, 'otto', 'administrator', account.id)
  const { page } = visitor
  await visitor.open('/templates', 'Templates')
  await page.getByRole('link', { name: 'of-otto' }).waitFor()
  assert.equal(await page.getByText('welcome').count(), 0)
  await visitor.open('/templates/of/welcome', 'Templates')
  await page.getByText('Template not found').waitFor()
})
