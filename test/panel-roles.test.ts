// Every page of the Control Panel, with people of every role: who may, sees the page without a refusal; who may not, is offered no way there and
// is told in words whose it is where he goes there by its address; who is of one account sees nothing of another. It walks the list of all pages,
// so that none is forgotten.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PAGE_RIGHTS, rightOf } from '../panel/src/app/page-rights.ts'
import { callNames, servedRoutes } from '../src/api/management/call-names.ts'
import { callsOf } from '../src/api/management/may.ts'
import { isAtLeast, type Role } from '../src/contract/access.ts'
import { PERSONAL_ROUTES, ROUTES } from '../src/contract/management.ts'
import type { AccountId } from '../src/base/brand.ts'
import type { PanelPage } from '../testkit/browser.ts'
import { type PanelHouse, panelHouse, somebody, someMail } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
let own: AccountId
/** The owner's pages: there are no others. */
let all: readonly Place[]
before(async () => {
  house = opened.use(await panelHouse())
  const { server } = house
  await someMail(house.server, 2)
  await using owner = await house.owner()
  all = await placesOf(owner)
  own = (await server.call('account.add', { name: 'tenant' })).account.id
  // What nobody of another account must see: the account with the mail has it.
  const id = house.server.account.id as AccountId
  await server.call('domain.add', { domain: 'neighbour.example', account: id })
  await server.call('user.add', { name: 'neighbour-user', role: 'viewer', account: id })
  await server.call('key.add', { name: 'neighbour-key', role: 'viewer', account: id })
  await server.call('template.add', { id: 'neighbour-template', text: 'Hello', account: id })
})
after(() => opened.disposeAsync())

/** Of the account with the mail, and of where that went. */
const OF_OTHERS = /neighbour|northmail|citymail|oldmail|strict\.example|orders@shop/

interface Place {
  readonly path: string
  readonly title: string
}

/** Pages that the navigation of this person has. */
async function placesOf({ page }: PanelPage): Promise<readonly Place[]> {
  const links = await page.getByRole('navigation', { name: 'Main navigation' }).locator('a.hms-nav-link').all()
  return Promise.all(
    links.map(async (link) => ({ path: (await link.getAttribute('href')) ?? '', title: (await link.textContent()) ?? '' })),
  )
}

/** Pages of one thing, with the number or the name of something: whose they are is known before what it is. */
const BY_ADDRESS = Object.keys(PAGE_RIGHTS).map((path) => ({ page: path, path: path.replace(/\$\w+$/, '1001') }))

/** Of the list of pages: what is seen of it, and all of it. */
const HEIGHTS = `(({ clientHeight, scrollHeight }) => [clientHeight, scrollHeight])(document.querySelector('.hms-nav-links'))`

/** Goes there by address; the answers of the API that refused something, and what is shown. */
async function goTo({ page }: PanelPage, { path }: Pick<Place, 'path'>): Promise<{ refused: readonly string[]; text: string }> {
  const refused: string[] = []
  const heard = (response: { status: () => number; url: () => string }): void => {
    if (response.status() === 403) refused.push(new URL(response.url()).pathname)
  }
  page.on('response', heard)
  await page.goto(path)
  await page.locator('h1').first().waitFor()
  // What the page asks for has come when nothing of it waits any more.
  await page.locator('main [role=status][aria-label=Loading]').first().waitFor({ state: 'detached' })
  page.off('response', heard)
  return { refused, text: (await page.locator('main').textContent()) ?? '' }
}

const PEOPLE: readonly (readonly [string, Role, boolean])[] = [
  ['a viewer', 'viewer', false],
  ['an operator', 'operator', false],
  ['an administrator', 'administrator', false],
  ['an administrator of one account', 'administrator', true],
  ['a viewer of one account', 'viewer', true],
]

for (const [who, role, isOfOne] of PEOPLE)
  test(`${who} is offered the pages that he may see, and none of them asks for more`, async () => {
    const name = `${role}${isOfOne ? '-of-one' : ''}`
    await using visitor = isOfOne ? await somebody(house, name, role, own) : await somebody(house, name, role)
    const { page } = visitor
    const offered = new Set((await placesOf(visitor)).map(({ path }) => path))
    for (const place of all.filter(({ path }) => offered.has(path))) {
      const { refused, text } = await goTo(visitor, place)
      assert.deepEqual(refused, [], `${place.path} asks for what ${who} may not`)
      assert.equal(await page.locator('main').getByText('not-allowed', { exact: true }).count(), 0, place.path)
      if (isOfOne) assert.doesNotMatch(text, OF_OTHERS, `${place.path} shows ${who} what is of another account`)
    }
    const may = new Set(callsOf({ role, account: isOfOne ? own : null, scopes: null }))
    for (const { page: name, path } of BY_ADDRESS) {
      const isTheirs = rightOf(name)?.needs.every((call) => may.has(call)) === true
      assert.ok(isTheirs || !offered.has(path), `${path} is offered`)
      if (isTheirs) continue
      const { refused, text } = await goTo(visitor, { path })
      assert.match(text, /^You do not have access to this page.*It takes the role of \w+ or higher/, path)
      assert.deepEqual(refused, [], `${path} asks for what ${who} may not`)
    }
    assert.deepEqual(visitor.wrong, [])
  })

test('pages say of themselves whose they are as the server has it', () => {
  const calls = callNames(servedRoutes(ROUTES, PERSONAL_ROUTES))
  for (const [path, { needs, least = 'viewer', isOfServer = false }] of BY_ADDRESS.map(
    ({ page }) => [page, rightOf(page) ?? assert.fail(page)] as const,
  )) {
    const routes = needs.map((name) => calls.get(name) ?? assert.fail(`${path}: there is no call ${name}`))
    assert.ok(
      routes.every((route) => isAtLeast(least, route.least)),
      `${path} takes more than ${least}`,
    )
    assert.ok(
      routes.length === 0 || least === 'viewer' || routes.some((route) => route.least === least),
      `${path} takes less than ${least}`,
    )
    assert.equal(
      routes.some(({ tenant }) => tenant === 'none'),
      isOfServer,
      path,
    )
  }
})

test('the owner is offered every page, and refused none', async () => {
  assert.ok(all.length > 6, 'the list of pages is nearly empty')
  await using owner = await house.owner()
  for (const place of all) assert.deepEqual((await goTo(owner, place)).refused, [], place.path)
})

test('the list of pages is reached whole in a low window, each page on a line, and folds by the keyboard', async () => {
  await using owner = await house.owner()
  const { page } = owner
  const pages = page.getByRole('navigation', { name: 'Main navigation' })
  const server = pages.getByRole('button', { name: 'Server' })
  // Where there is room, nothing folds.
  await page.setViewportSize({ width: 1280, height: 1300 })
  await pages.getByRole('link', { name: 'Set-up' }).waitFor()
  assert.equal(await server.count(), 0)

  await page.setViewportSize({ width: 1280, height: 800 })
  await server.waitFor()
  for (const name of ['Access', 'Sending', 'Server']) {
    const group = pages.getByRole('button', { name })
    if ((await group.getAttribute('aria-expanded')) === 'false') await group.press('Enter')
    await pages.getByRole('group', { name }).getByRole('link').first().waitFor()
    const [inner, whole] = await page.evaluate<[number, number]>(HEIGHTS)
    assert.ok(whole <= inner, `with ${name} the list is ${whole} pixels high where there are ${inner}`)
  }
  for (const link of await pages.getByRole('link').all()) {
    if (!(await link.isVisible())) continue
    const { height = 0 } = (await link.boundingBox()) ?? {}
    assert.ok(height <= 32, `${await link.textContent()} takes ${height} pixels`)
  }
  await pages.getByRole('link', { name: 'Logs' }).click()
  await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor()
  assert.equal(await server.getAttribute('aria-expanded'), 'true')
  await owner.look('the list of pages, folded')
  await server.press('Enter')
  await pages.getByRole('link', { name: 'Logs' }).waitFor({ state: 'hidden' })
})
