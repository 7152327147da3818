// `hms doctor --network` on a stopped home: names from a DNS server of the test's own, and a mail host that answers or does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsServer } from '../testkit/dns-server.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

interface Answer {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly state: string; readonly what: string; readonly mend?: string }[]
}

test('receivers are looked at us with: names, greeting, SPF, MX and the way out', async () => {
  const peer = await SmtpPeer.start()
  await using closing = new AsyncDisposableStack()
  closing.use(peer)
  await using dns = await DnsServer.start({
    '1.2.0.192.in-addr.arpa': { PTR: ['mta.hms.test'] },
    'mta.hms.test': { A: ['192.0.2.1'] },
    'sender.test': { MX: [[10, 'mta.hms.test']], TXT: ['v=spf1 a:mta.hms.test -all'] },
    'mx.example.test': { A: ['127.0.0.1'] },
  })
  await using server = await startServer({ config: { 'dns.servers': dns.address, 'delivery.port': String(peer.port) } })
  await server.hms('domain', 'add', 'sender.test', String(server.account.id))
  await server.hms('domain', 'verify', 'sender.test', '--force')
  const ask = async (...words: readonly string[]): Promise<Map<string, string[]>> => {
    const { stdout } = await server.run('doctor', '--network', '--json', ...words)
    const { checks } = JSON.parse(stdout) as Answer
    const found = new Map<string, string[]>()
    for (const { name, state, what } of checks) found.set(name, [...(found.get(name) ?? []), `${state} ${what}`])
    return found
  }
  const good = await ask('--address', '192.0.2.1', '--probe', 'mx.example.test')
  assert.deepEqual(
    good.get('source 192.0.2.1')?.map((line) => line.split(' ')[0]),
    ['ok', 'ok'],
  )
  assert.deepEqual(
    good.get('domain sender.test')?.map((line) => line.split(' ')[0]),
    ['ok', 'ok'],
  )
  assert.match(good.get('domain sender.test')?.[1] ?? '', /"a:mta\.hms\.test" of sender\.test, 1 of 10 look-ups/)
  assert.match(good.get('port')?.[0] ?? '', /^ok The way is open to port \d+ of mx\.example\.test: 220 /)
  assert.match(good.get('resolver')?.[0] ?? '', /^ok /)

  await closing.disposeAsync()
  const bad = await ask('--address', '192.0.2.7', '--probe', '127.0.0.1')
  assert.match(bad.get('source 192.0.2.7')?.[0] ?? '', /^fail .*no reverse name/)
  assert.match(bad.get('domain sender.test')?.[1] ?? '', /^fail SPF does not let 192\.0\.2\.7/)
  assert.match(bad.get('port')?.[0] ?? '', /^fail There is no way to port \d+ of 127\.0\.0\.1: .*ECONNREFUSED/)
  const wrong = await server.run('doctor', '--network', '--address', 'here')
  assert.match(wrong.stderr, /--address takes an IP address, not "here"/)
  assert.notEqual(wrong.code, 0)
})
