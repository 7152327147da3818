// Reports of DMARC and TLS in the Control Panel: domains with what fails first, where it comes from, whose that is, and what to do.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ReportSum } from '../src/contract/sums.ts'
import { NOT_YOURS, type PanelHouse, panelHouse, somebody } from '../testkit/panel-house.ts'

const opened = new AsyncDisposableStack()
let house: PanelHouse
before(async () => {
  house = opened.use(await panelHouse())
})
after(() => opened.disposeAsync())

const TODAY = Math.floor(Date.now() / 86_400_000)

function dmarc(domain: string, day: number, [messages, aligned]: readonly [number, number], ip: string): ReportSum {
  const counts = { messages, aligned, dkim: aligned, spf: aligned, quarantined: 0, rejected: messages - aligned }
  const sources = messages > aligned ? [{ ip, messages, aligned }] : []
  const base = { reporter: 'northmail.example', isProved: true, report: `${domain} ${day}`, domain, day: TODAY - day }
  return { kind: 'dmarc', ...base, counts: { ...counts, sources } }
}

function tls(domain: string, failures: Record<string, number>): ReportSum {
  const failed = Object.values(failures).reduce((all, one) => all + one, 0)
  const base = { reporter: 'northmail.example', isProved: true, report: `tls ${domain}`, domain, day: TODAY - 1 }
  return { kind: 'tls', ...base, counts: { succeeded: 990, failed, failures } }
}

test('without reports the page says how to get them', async () => {
  await using owner = await house.owner()
  await owner.open('/dmarc', 'DMARC and TLS reports')
  await owner.page.getByText('Put a mailbox of one of the', { exact: false }).waitFor()
  await owner.page.getByText('v=TLSRPTv1', { exact: false }).waitFor()
  await owner.look('no reports')
})

test('domains are told with what fails first, sources with whose they are and what to do', async () => {
  const { server } = house
  const own = { format: 1, sources: { near: { address: '192.0.2.10' } }, pools: { all: { sources: { near: 1 } } } }
  await server.call('rules.apply', { document: own, note: 'a source' })
  const sums = [
    ...[1, 2, 3].map((day) => dmarc('shop.example', day, [1000, 995], '192.0.2.10')),
    dmarc('brand.example', 1, [400, 120], '198.51.100.7'),
    dmarc('brand.example', 2, [90, 0], '203.0.113.5'),
    tls('shop.example', { 'certificate-expired': 12, 'something-new': 1 }),
    tls('brand.example', {}),
  ]
  await server.call('reports.take', { sums })
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/dmarc', 'DMARC and TLS reports')
  const domains = page.getByRole('region', { name: 'DMARC results by domain' }).getByRole('row')
  await domains.nth(2).waitFor()
  assert.deepEqual(
    (await domains.allTextContents()).slice(1).map((text) => text.slice(0, 26)),
    ['brand.example490120 (24.5%', 'shop.example3,0002,985 (99'],
  )
  const sources = page.getByRole('region', { name: 'List of failing sources' })
  await sources.getByRole('row', { name: /192\.0\.2\.10.*this server: near.*Sent from this server/ }).waitFor()
  await sources.getByRole('row', { name: /198\.51\.100\.7.*not this server.*partly configured/ }).waitFor()
  await sources.getByRole('row', { name: /203\.0\.113\.5.*forgery/ }).waitFor()
  const sessions = page.getByRole('region', { name: 'TLS results by domain' })
  await sessions.getByRole('row', { name: /shop\.example.*certificate-expired 12.*Renew the certificate/ }).waitFor()
  await sessions.getByRole('row', { name: /brand\.example/ }).waitFor()
  await owner.look('reports of DMARC and TLS')
  await owner.picture('dmarc')
  await page.getByRole('textbox', { name: 'Domain' }).fill('shop.example')
  await page.getByRole('button', { name: 'Show' }).click()
  await domains.filter({ hasText: 'brand.example' }).waitFor({ state: 'detached' })
})

test('a viewer sees them; who is of one account is shown no page of them, and refused it', async () => {
  await using viewer = await somebody(house, 'vera', 'viewer')
  await viewer.open('/dmarc', 'DMARC and TLS reports')
  await viewer.page.getByRole('region', { name: 'DMARC results by domain' }).waitFor()
  const { account } = await house.server.call('account.add', { name: 'other' })
  await using otto = await somebody(house, 'otto', 'administrator', account.id)
  assert.equal(await otto.page.getByRole('link', { name: 'DMARC and TLS' }).count(), 0)
  await otto.open('/dmarc', NOT_YOURS)
  assert.equal(await otto.page.getByText('brand.example').count(), 0)
})
