// Certificates from an authority by ACME: a real one, asked by a running server and by hand.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { CertificateView } from '../src/contract/lifecycle.ts'
import { startAcmeAuthority } from '../testkit/acme-authority.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { until } from '../testkit/patience.ts'
import { type ServerOptions, startServer, type TestServer } from '../testkit/server.ts'

const NAMES = ['mta1.example.test', 'mail.example.test']

async function shownBy(server: TestServer): Promise<{ readonly names: string; readonly issuer: string }> {
  const socket = connect({ host: '127.0.0.1', port: server.portOf('smtps.listen'), rejectUnauthorized: false })
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { subjectaltname = '', issuer } = socket.getPeerCertificate()
  socket.destroy()
  return { names: subjectaltname, issuer: String(issuer.CN) }
}

test('a server orders its certificate by itself, shows it without a restart, and keeps its key', async () => {
  await using dns = await DnsServer.start(Object.fromEntries(NAMES.map((name) => [name, { A: ['127.0.0.1'] }])))
  await using authority = await startAcmeAuthority({ dns: dns.address })
  const config: ServerOptions['config'] = {
    'smtps.listen': '127.0.0.1:0',
    'acme.names': NAMES.join(','),
    'acme.terms_agreed': 'true',
    'acme.directory': authority.directory,
    'acme.trust_file': authority.trustFile,
    'acme.contact': 'postmaster@example.test',
    'acme.listen': `127.0.0.1:${authority.httpPort}`,
  }
  await using server = await startServer({ config })
  const keyFile = join(server.home, 'config/tls/key.pem')
  const key = readFileSync(keyFile, 'utf8')
  await until(async () => (await shownBy(server)).issuer.startsWith('Pebble'), server.output)
  assert.deepEqual((await shownBy(server)).names.split(', ').toSorted(), NAMES.map((name) => `DNS:${name}`).toSorted())
  assert.equal(readFileSync(keyFile, 'utf8'), key, 'TLSA records stay true')

  const shown = await server.hms<CertificateView>('certificate', 'show')
  assert.ok(shown.renewedAt !== null && shown.renewedAt > Date.now() && shown.renewedAt < shown.until)
  const again = await server.hms<CertificateView>('certificate', 'order')
  assert.equal(again.tlsa, shown.tlsa)
  const account = JSON.parse(readFileSync(join(server.home, 'config/tls/acme-account.json'), 'utf8')) as { url: string }
  assert.match(account.url, /^https:\/\/localhost:/)

  // A name that leads elsewhere: nothing changes, and the sentence says what to look at.
  dns.zones = { 'mta1.example.test': { A: ['127.0.0.9'] }, 'mail.example.test': { A: ['127.0.0.9'] } }
  const before = readFileSync(again.file, 'utf8')
  const refused = await server.run('certificate', 'order')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /No certificate came from https:\/\/localhost:\d+\/dir: /)
  assert.match(refused.stderr, /must lead to this machine, with port 80 open/)
  assert.equal(readFileSync(again.file, 'utf8'), before)
})

test('a host of links gets a certificate of its own once an account has it; files of the owner are left', async () => {
  const host = 'click.shop.test'
  await using dns = await DnsServer.start({ [host]: { A: ['127.0.0.1'] }, 'away.shop.test': { A: ['127.0.0.9'] } })
  await using authority = await startAcmeAuthority({ dns: dns.address })
  const config: ServerOptions['config'] = {
    'smtps.listen': '127.0.0.1:0',
    'tracking.tls_listen': '127.0.0.1:0',
    'acme.terms_agreed': 'true',
    'acme.directory': authority.directory,
    'acme.trust_file': authority.trustFile,
    'acme.listen': `127.0.0.1:${authority.httpPort}`,
  }
  await using server = await startServer({ config })
  const port = server.portOf('tracking.tls_listen')
  await server.call('account.tracking.set', { id: server.account.id as AccountId, change: { host: `${host}:${port}` } })
  // The server orders by itself too, which is another's test: while it does, the address is in use.
  const order = (...words: readonly string[]): Promise<unknown> =>
    until(async () => {
      const { code, stdout, stderr } = await server.run('certificate', 'order', ...words, '--json')
      assert.ok(code === 0 || stderr.includes('EADDRINUSE'), stderr)
      return code === 0 && (JSON.parse(stdout) as unknown)
    })
  await order('--due')
  const shown = async (): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    const { subjectaltname = '', issuer } = socket.getPeerCertificate()
    socket.destroy()
    return `${subjectaltname} by ${String(issuer.CN).split(' ')[0]}`
  }
  assert.equal(await shown(), `DNS:${host} by Pebble`)
  assert.deepEqual(await order('--due'), { ordered: [] })
  assert.deepEqual(await order('--host', host), { ordered: [host] })
  const folder = join(server.home, 'config/tls/hosts')
  rmSync(join(folder, `${host}.ordered`))
  const owners = await server.run('certificate', 'order', '--host', host)
  assert.match(owners.stderr, /is a file of yours.*take .*click\.shop\.test\.pem away/s)
  const away = await server.run('certificate', 'order', '--host', 'away.shop.test')
  assert.match(away.stderr, /Each of away\.shop\.test must lead to this machine/)
})

test('what keeps a certificate from being ordered is said before anybody is asked', async () => {
  await using server = await startServer()
  const order = async (config: ServerOptions['config']) => {
    server.configure({ ...config })
    return await server.run('certificate', 'order')
  }
  const unnamed = await order({})
  assert.equal(unnamed.code, 1)
  assert.match(unnamed.stderr, /which names the certificate is for.*acme\.names/s)
  assert.match((await order({ 'acme.names': 'a.test' })).stderr, /terms of the authority.*acme\.terms_agreed: true/s)
  const taken = { 'acme.terms_agreed': 'true', 'acme.listen': `127.0.0.1:${server.smtpPort}`, 'acme.directory': 'https://127.0.0.1:9/dir' }
  const busy = await order({ 'acme.names': 'a.test', ...taken })
  assert.match(busy.stderr, /EADDRINUSE.*acme\.listen/s)
})
