// `hms doctor --network` on a stopped home: names from a DNS server of the test's own, and a mail host that answers or does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceView } from '../src/contract/source-operations.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { TestExit } from '../testkit/exits.ts'

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
    'bounces.test': { MX: [[10, 'mta.hms.test']], TXT: ['v=spf1 a:mta.hms.test -all'] },
    'mx.example.test': { A: ['127.0.0.1'] },
  })
  await using server = await startServer({ config: { 'dns.servers': dns.address, 'delivery.port': String(peer.port) } })
  await server.hms('domain', 'add', 'sender.test', String(server.account.id))
  await server.hms('domain', 'verify', 'sender.test', '--force')
  await server.hms('account', 'set', String(server.account.id), '--return-path', 'bounces.test')
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
  assert.deepEqual(
    good.get('domain bounces.test')?.map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['ok Bounces to', 'ok SPF lets', 'fail Mail of'],
  )
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

test('each source of the rules is looked at; what fails is not used until it is mended or forced; SPF holds those of the account', async () => {
  await using peer = await SmtpPeer.start()
  const login = { user: 'hms', password: 'secret-of-the-exit' }
  await using exit = await TestExit.socks5({ login })
  await using dns = await DnsServer.start({
    '1.2.0.192.in-addr.arpa': { PTR: ['far.hms.test'] },
    'far.hms.test': { A: ['192.0.2.1'] },
    'sender.test': { MX: [[10, 'far.hms.test']], TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
    'mx.example.test': { A: ['127.0.0.1'] },
  })
  await using server = await startServer({ config: { 'dns.servers': dns.address, 'delivery.port': String(peer.port) } })
  await server.hms('domain', 'add', 'sender.test', String(server.account.id))
  await server.hms('domain', 'verify', 'sender.test', '--force')
  const apply = async (address: string): Promise<void> => {
    const file = join(server.home, 'rules.yaml')
    const sources = `  far: { proxy: 'socks5://127.0.0.1:${exit.port}', address: 192.0.2.1, helo: far.hms.test }\n  near: { address: ${address} }`
    const rules = "rules:\n  - { name: all, domain: '*', set: { pool: all } }\n"
    writeFileSync(file, `format: 1\nsources:\n${sources}\npools:\n  all: { sources: { far: 1, near: 1 } }\n${rules}`)
    await server.hms('apply', '-f', file)
  }
  const ask = async (): Promise<(name: string) => string[]> => {
    const { stdout } = await server.run('doctor', '--network', '--json', '--probe', 'mx.example.test')
    const { checks } = JSON.parse(stdout) as Answer
    return (name) => checks.filter((check) => check.name === name).map(({ state, what }) => `${state} ${what}`)
  }
  await apply('192.0.2.9')
  await server.call('sources.login', { source: 'far', ...login })
  const listed = await server.run('sources', 'ls', '--json')
  assert.equal((JSON.parse(listed.stdout) as readonly SourceView[])[0]?.login, 'hms')
  assert.doesNotMatch(listed.stdout, /secret-of/)
  const first = await ask()
  assert.deepEqual(
    first('source far').map((line) => line.split(' ')[0]),
    ['ok', 'ok', 'ok', 'ok'],
  )
  assert.match(first('source far')[3] ?? '', /^ok The way is open to port \d+ of mx\.example\.test: peer\.test greets\.$/)
  assert.deepEqual(exit.asked, [`127.0.0.1:${peer.port}`])
  assert.match(peer.transcript.join('\n'), /EHLO far\.hms\.test/)
  const [isLocal, way, after] = first('source near')
  assert.equal(isLocal, 'fail No interface of this machine has 192.0.2.9.')
  assert.match(way ?? '', /^fail There is no way .*192\.0\.2\.9 cannot be bound/)
  assert.equal(after, 'warn It is not used from now on.')
  const [, far, other] = first('domain sender.test')
  assert.match(far ?? '', /^ok SPF lets 192\.0\.2\.1 send for sender\.test/)
  assert.match(other ?? '', /^fail SPF does not let 192\.0\.2\.9 send for sender\.test/)
  for (const name of ['clock', 'open files', 'local ports']) assert.equal(first(name).length, 1, name)
  const near = async (): Promise<SourceView | undefined> =>
    (await server.hms<readonly SourceView[]>('sources', 'ls')).find(({ name }) => name === 'near')
  assert.deepEqual((await near())?.failures[0], 'No interface of this machine has 192.0.2.9.')
  assert.match((await server.run('sources', 'ls')).stdout, /near .* failed the check: No interface/)
  await server.hms('sources', 'force', 'near')
  assert.match((await ask())('source near').at(-1) ?? '', /^warn It is used nevertheless, as it is forced/)
  await apply('127.0.0.88')
  assert.deepEqual((await near())?.failures, [], 'what was found was of another address')
})
