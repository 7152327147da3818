// What leaves the house in a support bundle: of a home rich in secrets and addresses, no octet of either.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

const place = mkdtempSync(join(tmpdir(), 'hms-bundle-'))
after(() => rmSync(place, { recursive: true, force: true }))

const PASSWORDS = ['Tr0ub4dor&3-route', 'correct-horse-battery-login']
const PERSONAL = [
  'Wilhelmine',
  'kunde-gmbh',
  'newsletter-wilhelmine',
  'Hausverwaltung',
  'shop-login',
  'geheim',
  'order-4711',
  'mailing-4712',
  'Betreff',
  '198.51.100',
]
const SENDER = 'newsletter-wilhelmine@kunde-gmbh.de'
const RECIPIENTS = ['Wilhelmine.Meier@simulator.hms.test', 'block@simulator.hms.test', 'wilhelmine+x@kunde-gmbh.de']

/** A home with everything in it that must not get out. Returns what else that is. */
async function fill(server: TestServer): Promise<string[]> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { account } = await server.call('account.add', { name: 'Hausverwaltung Wilhelmine' })
  await server.call('credential.add', {
    account: account.id,
    user: 'shop-login',
    password: PASSWORDS[1] ?? '',
    networks: ['198.51.100.0/24'],
  })
  await server.call('route.set', {
    pattern: 'kunde-gmbh.de',
    url: 'smtp://127.0.0.1:9',
    user: 'geheim@kunde-gmbh.de',
    password: PASSWORDS[0] ?? '',
    tls: 'none',
  })
  await server.call('dkim.import', { domain: 'kunde-gmbh.de', selector: 's1', privateKey, account: account.id })
  using client = await SmtpClient.open(server.smtpPort)
  const { user, password } = server.account
  assert.equal((await client.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)).code, 235)
  for (const recipient of RECIPIENTS) {
    const data = `From: ${SENDER}\r\nTo: ${recipient}\r\nSubject: Betreff\r\nX-xsMessageId: order-4711\r\nX-xsMailingId: mailing-4712\r\n\r\nText\r\n`
    assert.equal((await client.send({ from: SENDER, to: [recipient], data })).code, 250)
  }
  await server.outcome('block@simulator.hms.test')
  await server.outcome('wilhelmine+x@kunde-gmbh.de')
  const key = readFileSync(join(server.home, 'config/hms.key'))
  const tls = readFileSync(join(server.home, 'config/tls/key.pem'), 'utf8')
  const pemLines = [privateKey, tls].flatMap((pem) => pem.split('\n').filter((line) => line.length > 40))
  return [password, server.account.apiKey, key.toString('latin1'), key.toString('hex'), key.toString('base64'), ...pemLines]
}

function bundle(file: string): { bytes: Buffer; text: string; part(name: string): string } {
  const bytes = gunzipSync(readFileSync(file))
  const parts = new Map<string, string>()
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136), 8)
    parts.set(name.slice(name.indexOf('/') + 1), bytes.toString('utf8', at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return {
    bytes,
    text: bytes.toString('latin1'),
    part: (name) => parts.get(name) ?? assert.fail(`no ${name} in ${[...parts.keys()].join(', ')}`),
  }
}

function assertClean({ bytes, text }: { bytes: Buffer; text: string }, secrets: readonly string[]): void {
  for (const secret of [...PASSWORDS, ...secrets]) {
    for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)])
      assert.ok(!bytes.includes(form) && !bytes.includes(Buffer.from(form, 'latin1')), `a secret is in the bundle: ${secret.slice(0, 8)}…`)
  }
  for (const personal of PERSONAL) {
    const at = text.toLowerCase().indexOf(personal.toLowerCase())
    assert.equal(at, -1, `${personal} is in the bundle: ${text.slice(Math.max(0, at - 200), at + 100)}`)
  }
}

test('nothing secret or personal is in the bytes, and what is left can be followed', async () => {
  await using server = await startServer({
    config: { 'host.name': 'mx1.kunde-gmbh.de', 'dns.servers': '198.51.100.9', 'smtp.plain_auth': 'true' },
  })
  const secrets = await fill(server)
  const log = join(place, 'server.log')
  writeFileSync(
    log,
    `${server.output()}{"level":"warn","message":"AUTH PLAIN AGdlaGVpbQBnZWhlaW0=","user":"shop-login","client":"198.51.100.7"}\nRCPT TO:<${RECIPIENTS[2]}>\n`,
  )
  const file = join(place, 'bundle.tar.gz')
  const refused = await server.run('support-bundle', '--to', file)
  assert.equal(refused.code, 64)
  assert.match(refused.stdout, /errors\.json .*\n/)
  assert.match(refused.stderr, /Nothing was written/)
  assert.ok(!existsSync(file))
  const { parts } = await server.hms<{ parts: { name: string; size: number }[] }>('support-bundle', '--to', file, '--log', log, '--yes')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const found = bundle(file)
  assertClean(found, secrets)
  assert.ok(!found.bytes.includes('AGdlaGVpbQ'))
  for (const name of [
    'README.txt',
    'versions.json',
    'preflight.json',
    'doctor.json',
    'settings.json',
    'accounts.json',
    'status.json',
    'queue.json',
    'errors.json',
    'logs.txt',
    'files.json',
    'log-1.txt',
  ]) {
    const part = found.part(name)
    assert.equal(parts.find((one) => one.name === name)?.size, Buffer.byteLength(part))
    assert.doesNotMatch(part, /"failed": "/, `${name} was gathered`)
  }
  const errors = JSON.parse(found.part('errors.json')) as {
    kind: string
    recipient: string
    sender: string
    reply: { text: string } | null
  }[]
  const blocked = errors.find(({ kind }) => kind === 'failed')
  assert.match(blocked?.recipient ?? '', /^user-[0-9a-f]{10}@simulator\.hms\.test$/)
  assert.match(blocked?.reply?.text ?? '', /\w/)
  assert.ok(found.part('logs.txt').includes(` ${blocked?.recipient} ${blocked?.sender} `), 'the same placeholders in events and logs')
  const waiting = errors.find(({ kind, recipient }) => kind === 'deferred' && recipient.endsWith('.invalid'))?.recipient ?? assert.fail()
  assert.ok(found.part('log-1.txt').includes(`RCPT TO:<${waiting}>`))
  const queue = JSON.parse(found.part('queue.json')) as { all: { recipients: number }; domains: { domain: string; recipients: number }[] }
  assert.ok(queue.all.recipients >= 1)
  assert.ok(queue.domains.some(({ domain }) => waiting.endsWith(`@${domain}`)))
  const settings = JSON.parse(found.part('settings.json')) as { notDefault: Record<string, string> }
  assert.match(settings.notDefault['host.name'] ?? '', /^domain-[0-9a-f]{10}\.invalid$/)
  assert.notEqual((await server.run('support-bundle', '--to', file, '--yes')).code, 0, 'a file that is there is not overwritten')
  await server.stop()
  const stopped = join(place, 'stopped.tar.gz')
  await server.hms('support-bundle', '--to', stopped, '--yes')
  assertClean(bundle(stopped), secrets)
  assert.notEqual(bundle(stopped).part('errors.json'), found.part('errors.json'), 'other placeholders in another bundle')
})

test('a home whose configuration is broken gives a bundle all the same, with the reason in it', async () => {
  await using server = await startServer()
  await server.stop()
  writeFileSync(join(server.home, 'config/hms.yaml'), '# Wilhelmine was here\nhost.name: mx.kunde-gmbh.de\nworkers: many\n')
  const file = join(place, 'broken.tar.gz')
  const { code, stderr } = await server.run('support-bundle', '--to', file, '--yes')
  assert.equal(code, 0, stderr)
  const found = bundle(file)
  assertClean(found, [])
  assert.match(found.part('settings.json'), /workers: expected a whole number from 0 to 64/)
  assert.match(found.part('accounts.json'), /"failed"/)
  assert.ok(!readdirSync(place).some((name) => name.endsWith('.new')))
})
