// Who is at the other end: SCRAM with a client that is not ours, and the real client behind PROXY (both versions) and XCLIENT, whose
// address is told and judged, not the one of the connection.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const run = promisify(execFile)
const ALLOWED = '203.0.113.7'
const STRANGER = '198.51.100.9'
const DATA = 'From: a@sender.test\r\nTo: b@peer.test\r\nSubject: x\r\n\r\nhello\r\n'
const opened = new AsyncDisposableStack()
let peer: SmtpPeer

before(async () => {
  peer = opened.use(await SmtpPeer.start())
})
after(() => opened.disposeAsync())

const PYTHON = `
import base64, hashlib, hmac, os, smtplib, ssl, sys
port, user, password, tls = int(sys.argv[1]), sys.argv[2], sys.argv[3].encode(), sys.argv[4] == 'tls'
nonce = base64.b64encode(os.urandom(18)).decode()
bare, state = f'n={user},r={nonce}', {}
def scram(challenge=None):
    if challenge is None:
        return 'n,,' + bare
    text = challenge.decode() if isinstance(challenge, bytes) else challenge
    if text.startswith('v='):
        assert base64.b64decode(text[2:]) == state['signature'], 'the server did not prove itself'
        state['proved'] = True
        return ''
    fields = dict(part.split('=', 1) for part in text.split(','))
    assert fields['r'].startswith(nonce)
    salted = hashlib.pbkdf2_hmac('sha256', password, base64.b64decode(fields['s']), int(fields['i']))
    def mac(key, message): return hmac.new(key, message.encode(), 'sha256').digest()
    last = f"c=biws,r={fields['r']}"
    exchange = f'{bare},{text},{last}'
    client = mac(salted, 'Client Key')
    proof = bytes(a ^ b for a, b in zip(client, mac(hashlib.sha256(client).digest(), exchange)))
    state['signature'] = mac(mac(salted, 'Server Key'), exchange)
    return f'{last},p={base64.b64encode(proof).decode()}'
with smtplib.SMTP('127.0.0.1', port) as smtp:
    if tls:
        smtp.starttls(context=ssl._create_unverified_context())
    smtp.ehlo()
    assert 'SCRAM-SHA-256' in smtp.esmtp_features['auth'], smtp.esmtp_features['auth']
    print(smtp.auth('SCRAM-SHA-256', scram)[0], state.get('proved'))
    smtp.sendmail('a@sender.test', ['scram@peer.test'], 'Subject: scram\\r\\n\\r\\nhello\\r\\n')
`

test('SCRAM-SHA-256, with TLS and without: each proves itself to the other', async () => {
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const python = (password: string, tls: string): Promise<{ stdout: string }> =>
    run('/usr/bin/python3', ['-c', PYTHON, String(server.smtpPort), server.account.user, password, tls])
  for (const tls of ['tls', 'clear']) assert.equal((await python(server.account.password, tls)).stdout.trim(), '235 True', tls)
  await assert.rejects(python('mistaken', 'tls'), /535/)
  const again = await server.hms<{ password: string }>('credential', 'add', String(server.account.id), server.account.user)
  await server.settled()
  await assert.rejects(python(server.account.password, 'tls'), /535/, 'the old password is gone')
  assert.equal((await python(again.password, 'tls')).stdout.trim(), '235 True')
})

interface Sent {
  readonly code: number
  readonly stdout: string
}

function swaks(server: TestServer, to: string, ...words: readonly string[]): Promise<Sent> {
  const usual = ['--from', 'a@sender.test', '--to', to, '--timeout', '20']
  return run('swaks', ['--server', `127.0.0.1:${server.smtpPort}`, ...usual, ...words]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  )
}

async function clientOf(server: TestServer, recipient: string): Promise<string | null | undefined> {
  await server.outcome(recipient)
  const { events } = await server.call('events.find', { recipient, kinds: ['accepted'], limit: 1 })
  return events[0]?.kind === 'accepted' ? events[0].client : undefined
}

function receivedOf(recipient: string): string {
  const message = peer.messages.find(({ recipients }) => recipients.includes(recipient))
  return message?.data.toString('latin1').split(';')[0] ?? ''
}

test('PROXY: the client behind it is told and judged; loopback itself has no right, and nobody else may do without the header', async () => {
  await using server = await startServer({ config: { 'smtp.proxy_from': '127.0.0.0/8' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: ALLOWED })
  await server.call('relay.allow', { cidr: '2001:db8::7' })
  const proxied = (version: string, family: string, source: string, dest: string): string[] => {
    const ends = ['--proxy-source', source, '--proxy-source-port', '40001', '--proxy-dest', dest, '--proxy-dest-port', '25']
    return ['--proxy-version', version, '--proxy-family', family, ...ends]
  }
  const ways = [
    ['one', proxied('1', 'TCP4', ALLOWED, '192.0.2.1'), ALLOWED],
    ['two', proxied('2', 'AF_INET', ALLOWED, '192.0.2.1'), ALLOWED],
    ['six', proxied('1', 'TCP6', '2001:db8::7', '2001:db8::1'), '2001:db8::7'],
  ] as const
  for (const [name, words, address] of ways) {
    const { code, stdout } = await swaks(server, `${name}@peer.test`, ...words)
    assert.equal(code, 0, stdout)
    assert.equal(await clientOf(server, `${name}@peer.test`), address)
    const literal = address.includes(':') ? `[IPv6:${address}]` : `[${address}]`
    assert.ok(receivedOf(`${name}@peer.test`).includes(`(${literal})`), receivedOf(`${name}@peer.test`))
  }
  const own = await server.run('send', '--to', 'own@peer.test')
  assert.equal(own.code, 0, `hms send speaks it too: ${own.stdout}${own.stderr}`)
  assert.match((await server.run('doctor')).stdout, /ok +relay +127\.0\.0\.1:\d+ takes nothing for strangers/)
  await server.hms('relay', 'deny', ALLOWED)
  await server.hms('relay', 'allow', '127.0.0.0/8', '--i-know')
  await server.settled()
  for (const [version, family] of [
    ['1', 'TCP4'],
    ['2', 'AF_INET'],
  ] as const) {
    const stranger = await swaks(server, 'stranger@peer.test', ...proxied(version, family, STRANGER, '192.0.2.1'))
    assert.equal(stranger.code, 24, stranger.stdout)
  }
  const login = ['--tls', '--auth', 'PLAIN', '--auth-user', server.account.user, '--auth-password', server.account.password]
  assert.equal((await swaks(server, 'login@peer.test', ...proxied('1', 'TCP4', STRANGER, '192.0.2.1'), ...login)).code, 0)
  assert.equal(await clientOf(server, 'login@peer.test'), STRANGER)
  const bare = await swaks(server, 'bare@peer.test', '--timeout', '5')
  assert.notEqual(bare.code, 0, 'a named peer must say who the client is')
})

test('XCLIENT: from a named peer the client that it names counts, from others it is refused', async () => {
  await using server = await startServer({ config: { 'smtp.xclient_from': '127.0.0.1' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: ALLOWED })
  const named = ['--xclient-name', 'mail.allowed.test', '--xclient-addr', ALLOWED, '--xclient-helo', 'helo.allowed.test']
  const { code, stdout } = await swaks(server, 'xclient@peer.test', ...named)
  assert.equal(code, 0, stdout)
  assert.equal(await clientOf(server, 'xclient@peer.test'), ALLOWED)
  assert.ok(receivedOf('xclient@peer.test').includes(`([${ALLOWED}])`))
  assert.equal((await swaks(server, 'plain@peer.test')).code, 24, 'without it loopback has no right')
  await server.hms('relay', 'deny', ALLOWED)
  await server.hms('relay', 'allow', '127.0.0.0/8', '--i-know')
  await server.settled()
  const stranger = await swaks(server, 'stranger@peer.test', '--xclient-addr', STRANGER)
  assert.equal(stranger.code, 24, stranger.stdout)
})

test('where no peer is named, XCLIENT is neither offered nor taken, and a PROXY header is no command', async () => {
  await using server = await startServer()
  using client = await SmtpClient.open(server.smtpPort)
  const hello = await client.command('EHLO again.test')
  assert.doesNotMatch(hello.text, /XCLIENT/)
  assert.equal(Math.floor((await client.command(`XCLIENT ADDR=${ALLOWED}`)).code / 100), 5)
  assert.equal(Math.floor((await client.command(`PROXY TCP4 ${ALLOWED} 192.0.2.1 1 25`)).code / 100), 5)
  assert.equal(Math.floor((await client.send({ from: 'a@sender.test', to: ['b@peer.test'], data: DATA })).code / 100), 5)
})
