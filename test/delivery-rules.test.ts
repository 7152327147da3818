// Delivery rules over the real server: from the shell, on a stopped home and on a running one, and what mail does about them.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OperationResult, RulesApplied } from '../src/contract/operations.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const LETTER = 'From: a@sender.test\r\nSubject: x\r\n\r\nhello\r\n'

async function send(server: TestServer, recipients: readonly string[]): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  for (const recipient of recipients) {
    const answer = await client.send({ from: 'a@sender.test', to: [recipient], data: LETTER })
    assert.equal(answer.code, 250, answer.text)
  }
}

function fileOf(server: TestServer, name: string, text: string): string {
  const file = join(server.home, name)
  writeFileSync(file, text)
  return file
}

test('a change of the rules counts within a second while mail flows, and no connection is lost', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 40 }) } })
  await using server = await startServer({ config: { 'delivery.timeout_idle': '5m' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const rules = (connections: number): string =>
    `format: 1\nrules:\n  - { name: all, domain: '*', set: { connections: ${connections} } }\n  - { name: b, domain: b.test, set: { pipelining: false } }\n`
  const apply = (connections: number): Promise<RulesApplied> =>
    server.hms<RulesApplied>('apply', '-f', fileOf(server, 'rules.yaml', rules(connections)), '--note', `to ${connections}`)
  assert.deepEqual((await apply(1)).difference.added, ['rule all', 'rule b'])
  await send(
    server,
    Array.from({ length: 150 }, (_unused, i) => `r${i}@a.test`),
  )
  await peer.waitForMessages(5)
  assert.equal(peer.mostOpen, 1)
  await apply(4)
  const before = peer.messages.length
  await peer.until(() => peer.open === 4)
  // Four connections take a hundred messages a second.
  assert.ok(peer.messages.length - before < 100, `${peer.messages.length - before} messages later`)
  await apply(2)
  await peer.until(() => peer.open === 2)
  await peer.waitForMessages(150)
  assert.equal(peer.mostOpen, 4)
  assert.equal(peer.connections, 4, 'those that were there stayed')
  assert.equal(peer.transcript.filter((line) => line.endsWith('QUIT')).length, 2, 'those beyond the limit ended in order')
  const status = await server.until(({ queued, delivered }) => queued === 0 && delivered === 150)
  assert.deepEqual([status.delivered, status.deferred, status.failed], [150, 0, 0])
  const history = await server.hms<OperationResult<'rules.history'>>('rules', 'history')
  assert.deepEqual(
    history.map(({ version, note }) => [version, note]),
    [
      [3, 'to 2'],
      [2, 'to 4'],
      [1, 'to 1'],
    ],
  )
  assert.match(history[0]?.by ?? '', /^hms \(/)
  const reverted = await server.hms<RulesApplied>('rules', 'revert', '2')
  assert.deepEqual([reverted.version, reverted.difference.changed], [4, ['rule all']])
  const explained = await server.run('rules', 'explain', 'b.test')
  assert.match(explained.stdout, /^connections +4 +by site and source +rule all \(domain \*\), line \d+$/m)
  assert.match(explained.stdout, /^pipelining +false +- +rule b \(domain b\.test\), line \d+$/m)
  assert.match(explained.stdout, /^expiry +4d +- +delivery\.expiry$/m)
})

test('TLS by rule: asked for of one domain it holds up that domain only, and of one account only its mail', async () => {
  await using peer = await SmtpPeer.start({ host: '127.0.0.3' })
  await using dns = await DnsServer.start({
    'mx.test': { A: ['127.0.0.3'] },
    'a.test': { MX: [[10, 'mx.test']] },
    'b.test': { MX: [[10, 'mx.test']] },
  })
  const config = {
    'dns.servers': dns.address,
    'delivery.port': String(peer.port),
    'delivery.allow_private': 'true',
    'delivery.mta_sts': 'false',
  }
  await using server = await startServer({ config: { ...config, 'delivery.timeout_idle': '5m' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await send(server, ['first@a.test'])
  await peer.waitForMessages(1)
  const rules = 'format: 1\nrules:\n  - { name: safe, domain: a.test, set: { tls: encrypt } }\n'
  await server.hms('apply', '-f', fileOf(server, 'rules.yaml', rules))
  await send(server, ['second@a.test', 'second@b.test'])
  assert.equal((await server.outcome('second@b.test')).kind, 'delivered')
  const deferred = await server.outcome('second@a.test')
  assert.ok(deferred.kind === 'deferred')
  assert.match(deferred.reason, /does not offer STARTTLS/)
  const trust = await server.hms<{ plan: { hosts: readonly { tls: string }[] } }>('trust', 'a.test')
  assert.deepEqual(
    trust.plan.hosts.map(({ tls }) => tls),
    ['encrypt'],
  )
  const account = "format: 1\naccounts:\n  '1000':\n    rules:\n      - { domain: b.test, set: { tls: encrypt } }\n"
  await server.hms('apply', '-f', fileOf(server, 'rules.yaml', account))
  await server.hms('queue', 'retry', '--domain', 'a.test')
  await peer.until(() => peer.messages.some(({ recipients }) => recipients.includes('second@a.test')))
  await send(server, ['third@b.test'])
  const third = await server.outcome('third@b.test')
  assert.ok(third.kind === 'deferred')
  assert.match(third.reason, /does not offer STARTTLS/)
})

test('on a stopped home: rules are applied, given out, listed and looked over; what is wrong is told with its line, and nothing changes', async () => {
  await using server = await startServer()
  await server.stop()
  const file = fileOf(
    server,
    'rules.yaml',
    "format: 1\nrules:\n  - { domain: a.test, set: { connections: 3 } }\naccounts:\n  '1999': { overrides: { messages_per_hour: 50 } }\n",
  )
  const dry = await server.run('apply', '-f', file, '--dry-run')
  assert.equal(dry.code, 0, dry.stderr)
  assert.match(dry.stdout, /^\+ rule a\.test$/m)
  assert.match(dry.stdout, /account 1999.*There is no such account/)
  assert.match((await server.run('rules', 'ls')).stdout, /There are no rules/)
  assert.equal((await server.hms<RulesApplied>('apply', '-f', file)).version, 1)
  const text = (await server.run('export')).stdout
  const again = await server.hms<RulesApplied>('apply', '-f', fileOf(server, 'again.yaml', text))
  assert.deepEqual([again.applied, again.version], [false, 1])
  const broken = await server.run(
    'apply',
    '-f',
    fileOf(server, 'broken.yaml', 'format: 1\nrules:\n  - { domain: a.test, set: { conections: 3 } }\n'),
  )
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /broken\.yaml, line 3: rules\[0\]\.set\.conections: there is no such key; did you mean connections\?/)
  assert.equal((await server.run('export')).stdout, text)
  const lint = await server.run('rules', 'lint')
  assert.equal(lint.code, 1)
  assert.match(lint.stdout, /account 1999/)
  assert.match((await server.run('rules', 'explain', 'a.test', '--mx', 'mx.a.test')).stdout, /^connections +3 /m)
  assert.match((await server.run('apply', '-f', join(server.home, 'missing.yaml'))).stderr, /missing\.yaml cannot be read/)
})

test('Smart rules of a file count where a key that the owner placed signed them, and are taken back', async () => {
  await using server = await startServer()
  await server.stop()
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  mkdirSync(join(server.home, 'config/keys'), { recursive: true })
  writeFileSync(join(server.home, 'config/keys/vendor.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  const text =
    "format: 1\nversion: 999999999\nrules:\n  - { name: x, mx: '*.x.test', set: { connections: 2 }, estimate: true, matches: [mx.x.test] }\n"
  const file = fileOf(server, 'smart.yaml', text)
  const refused = await server.run('rules', 'update', file)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /are not signed \(.*vendor\.pub\)/)
  writeFileSync(`${file}.sig`, `${sign(null, Buffer.from(`${text}#`), privateKey).toString('base64')}\n`)
  assert.match((await server.run('rules', 'update', file)).stderr, /not signed by any key that you placed/)
  writeFileSync(`${file}.sig`, `${sign(null, Buffer.from(text), privateKey).toString('base64')}\n`)
  const updated = await server.hms<OperationResult<'rules.update'>>('rules', 'update', file)
  assert.deepEqual([updated.edition, updated.signer, updated.from], [999_999_999, 'vendor.pub', 'home'])
  const ask = ['rules', 'explain', 'a.test', '--mx', 'mx.x.test']
  assert.match(
    (await server.run(...ask)).stdout,
    /^connections +2 +by site and source +Smart rule x \(mx \*\.x\.test\), line \d+, estimate$/m,
  )
  const back = await server.run('rules', 'revert', '--smart', '0')
  assert.equal(back.code, 0, back.stderr)
  assert.doesNotMatch((await server.run(...ask)).stdout, /Smart rule x/)
})
