// A server with mail in it, for tests and pictures of the Control Panel: mail that a scripted receiver took, put off or refused, and mail that
// waits. Everything is on loopback, and nothing in it is anybody's.
import assert from 'node:assert/strict'
import type { AccountId } from '../src/base/brand.ts'
import type { Role } from '../src/contract/access.ts'
import { type TestBrowser, type PanelPage, startBrowser } from './browser.ts'
import { DnsServer, type DnsZones } from './dns-server.ts'
import { inject } from './injecting.ts'
import { until } from './patience.ts'
import { type ServerOptions, startServer, type TestServer } from './server.ts'
import { SmtpPeer } from './smtp-peer.ts'

export interface PanelHouse extends AsyncDisposable {
  readonly server: TestServer
  readonly dns: DnsServer
  /** Who takes the mail. */
  readonly peer: SmtpPeer
  readonly browser: TestBrowser
  readonly base: string
  /** Somebody's browser, in which nothing is open. */
  visit(): Promise<PanelPage>
  /** The same, logged in as the first owner, at the overview. */
  owner(): Promise<PanelPage>
}

/** Domain of recipients → what the receiver says to RCPT; null: it takes them. */
const RECEIVERS: Readonly<Record<string, string | null>> = {
  'northmail.example': null,
  'postbox.example': null,
  'citymail.example': '451 4.7.1 Too many messages from your network, try again later',
  'oldmail.example': '450 4.2.2 Mailbox full',
  'strict.example': '550 5.7.1 Message refused by policy, see https://strict.example/bulk',
}

/** Heading in place of a page that is not somebody's. */
export const NOT_YOURS = 'You do not have access to this page'

const PEOPLE = ['ann', 'bob', 'carla', 'dev', 'eva', 'farid', 'grace', 'hugo']
const SUBJECTS = [
  'Your order 4711 is on its way',
  'Your invoice for November',
  'Reset your password',
  'Autumn news',
  'Your table for Friday',
]

export async function panelHouse(options: ServerOptions = {}): Promise<PanelHouse> {
  await using opened = new AsyncDisposableStack()
  const peer = opened.use(await SmtpPeer.start({ on: { rcpt: (line) => answerTo(line) } }))
  const dns = opened.use(await DnsServer.start(zones()))
  const config = {
    'delivery.port': String(peer.port),
    'delivery.allow_private': 'true',
    'dns.servers': dns.address,
    'host.name': 'mta.shop.example',
  }
  const server = opened.use(await startServer({ ...options, config: { ...config, ...options.config } }))
  const browser = opened.use(await startBrowser())
  // Passkeys and cookies are of a name, and this one is the machine's own.
  const base = `http://localhost:${server.panelPort}`
  const visit = (): Promise<PanelPage> => browser.visit(base)
  const kept = opened.move()
  return {
    server,
    dns,
    peer,
    browser,
    base,
    visit,
    owner: async () => {
      const visitor = await visit()
      await enter(visitor, server.admin.user, server.admin.password)
      await visitor.open('/', 'Overview')
      return visitor
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** By the page of the login, and on to the overview. */
export async function login({ page }: PanelPage, user: string, password: string): Promise<void> {
  await page.goto('/login')
  await page.locator('input[name=user]').fill(user)
  await page.locator('input[name=password]').fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
}

/** The browser of somebody who logged in before: what the page of the login would call is called. */
async function enter(visitor: PanelPage, user: string, password: string): Promise<void> {
  await post(visitor, '/api/v1/login', { user, password })
}

async function post({ page, context }: PanelPage, path: string, data: object): Promise<void> {
  const agent = await page.evaluate<string>('navigator.userAgent')
  const answer = await context.request.post(path, { data, headers: { 'user-agent': agent } })
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
}

/** A new user of the role, logged in and at the overview; `account`: who sees that alone. */
export async function somebody(house: PanelHouse, name: string, role: Role, account?: AccountId): Promise<PanelPage> {
  const { link } = await house.server.call('user.add', { name, role, ...(account !== undefined && { account }) })
  const visitor = await house.visit()
  const password = `the password of ${name}`
  await post(visitor, '/api/v1/login/first', { token: link.token, password })
  await enter(visitor, name, password)
  await visitor.open('/', 'Overview')
  return visitor
}

/** Some messages to every receiver; resolves when each answered, and the one that is asked to come later is left alone for a while. */
export async function someMail(server: TestServer, each = 6): Promise<void> {
  const domains = Object.keys(RECEIVERS)
  const all = domains.flatMap((domain, d) =>
    Array.from({ length: each }, (_, n) => ({ to: `${PEOPLE[n % PEOPLE.length] ?? ''}${n}@${domain}`, n: d + n })),
  )
  for (const { to, n } of all) {
    const { status, text } = await inject(server, '/v1/messages', {
      from: 'orders@shop.example',
      to: [to],
      subject: SUBJECTS[n % SUBJECTS.length],
      text: 'Hello,\n\nthis is what you asked for.\n',
      mailing: n % 5 === 3 ? 'autumn-news' : undefined,
    })
    if (status >= 300) throw new Error(`${status} ${text}`)
  }
  const tried = (): Promise<boolean> =>
    server.status().then(({ delivered, deferred, failed }) => delivered >= 2 * each && failed >= each && deferred > each)
  await until(tried, () => `not all mail was tried\n${server.output()}`)
}

/** Pictures show where a server usually lies, and not where this one does. */
export async function showPlaces({ page }: PanelPage, places: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(`for (const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); texts.nextNode(); )
    for (const [from, to] of Object.entries(${JSON.stringify(places)}))
      texts.currentNode.nodeValue = texts.currentNode.nodeValue.replaceAll(from, to)`)
}

function answerTo(line: string): string | undefined {
  const domain = /@([^>]+)>/.exec(line)?.[1] ?? ''
  return RECEIVERS[domain] ?? undefined
}

function zones(): DnsZones {
  const all = Object.keys(RECEIVERS).flatMap((domain) => [
    [domain, { MX: [[10, `mx.${domain}`] as const] }] as const,
    [`mx.${domain}`, { A: ['127.0.0.1'] }] as const,
  ])
  return Object.fromEntries(all)
}
