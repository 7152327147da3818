// `hms domains check` and the management API: a sender domain as receivers see it, with what to publish; what was found is kept.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ComplaintRate, DomainHealth, DomainHealthSum } from '../src/contract/health.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { callApi } from '../testkit/management.ts'
import { startServer } from '../testkit/server.ts'

const ADDRESS = '11.22.33.44'

test('a sender domain is looked at from the command line and by the API, while the server runs and while it does not', async () => {
  await using dns = await DnsServer.start({
    'sender.test': { MX: [[10, 'mx.sender.test']], TXT: [`v=spf1 ip4:${ADDRESS} -all`] },
    '44.33.22.11.in-addr.arpa': { PTR: ['mta.hms.test'] },
    'mta.hms.test': { A: [ADDRESS] },
    '44.33.22.11.zen.spamhaus.org': { A: ['127.0.0.2'] },
    // Each list has this one, which shows that it works (rfc:5782#5).
    '2.0.0.127.zen.spamhaus.org': { A: ['127.0.0.2'] },
  })
  await using server = await startServer({
    config: { 'dns.servers': dns.address, 'delivery.source_address': ADDRESS, 'host.name': 'mta.hms.test' },
  })
  await server.hms('domain', 'add', 'sender.test', String(server.account.id))

  const { code, stdout } = await server.run('domains', 'check', 'sender.test')
  assert.equal(code, 1, stdout)
  assert.match(stdout, /ok +spf +11\.22\.33\.44: pass by "ip4:11\.22\.33\.44"/)
  assert.match(stdout, /MISSING +dkim +sender\.test: there is no key/)
  assert.match(stdout, /_dmarc\.sender\.test\. 3600 IN TXT "v=DMARC1; p=none"/)
  assert.match(stdout, /ok +reverse-name +11\.22\.33\.44: mta\.hms\.test/)
  assert.match(stdout, /Microsoft +MISSING +DMARC/)

  const { secret: apiKey } = await server.call('key.add', { name: 'test', role: 'viewer' })
  const api = async <T>(what: string): Promise<T> => {
    const { status, text } = await callApi(`http://127.0.0.1:${server.panelPort}`, what, { key: apiKey })
    assert.equal(status, 200, text)
    return JSON.parse(text) as T
  }
  dns.zones['_dmarc.sender.test'] = { TXT: ['v=DMARC1; p=none'] }
  const checked = await api<DomainHealth>('POST /domains/sender.test/check')
  assert.equal(checked.findings.find(({ aspect }) => aspect === 'dmarc')?.state, 'ok')
  assert.deepEqual(await api<DomainHealth>('GET /domains/sender.test/health'), checked)
  const { data } = await api<{ data: readonly DomainHealthSum[] }>('GET /health/domains')
  assert.deepEqual(
    data.map(({ domain, at }) => [domain, at]),
    [['sender.test', checked.at]],
  )

  const today = new Date().toISOString().slice(0, 10)
  const figures = join(server.home, 'figures.csv')
  writeFileSync(figures, `Date,Spam rate\n${today},0.35%\n`)
  await server.hms('domain', 'complaints', 'import', 'sender.test', figures)
  const [gmail] = await server.hms<readonly ComplaintRate[]>('domain', 'complaints')
  assert.deepEqual([gmail?.domain, gmail?.provider, gmail?.rate], ['sender.test', 'gmail', 0.0035])

  const listed = await server.run('sources', 'listed')
  assert.equal(listed.code, 1, listed.stdout)
  assert.match(listed.stdout, /11\.22\.33\.44 +delivery\.source_address +Spamhaus ZEN +LISTED +SBL/)
  assert.match(listed.stdout, /SpamCop +not listed/)

  await server.stop()
  const [kept] = await server.hms<readonly DomainHealthSum[]>('domain', 'check')
  assert.equal(kept?.at, checked.at)
})
