import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scrubber } from './scrubber.ts'

const USER = String.raw`user-[0-9a-f]{10}`
const DOMAIN = String.raw`domain-[0-9a-f]{10}\.invalid`

function becomes(text: string, pattern: string): void {
  assert.match(new Scrubber().text(text), new RegExp(`^${pattern}$`), text)
}

test('addresses in any form go, and a large provider stays', () => {
  becomes('550 5.1.1 <Ann.Smith+tag@Shop.Example.org>: no such user', String.raw`550 5\.1\.1 <${USER}@${DOMAIN}>: no such user`)
  becomes('to=ann@gmail.com,', `${USER}@gmail\\.com,`)
  becomes('"ann smith"@shop.de', `${USER}@${DOMAIN}`)
  becomes('bounce+1001-ann=shop.de@mta.firma.de', `${USER}@${DOMAIN}`)
  becomes('jörg@müller.de und 用户@例子.广告', `${USER}@${DOMAIN} und ${USER}@${DOMAIN}`)
  becomes("o'neil!#$%&*+-/=?^_`{|}~@x.example", `${USER}@${DOMAIN}`)
  becomes('<a@[192.0.2.7]>', `<${USER}@\\[private-ip-[0-9a-f]{10}\\]>`)
  becomes('ann@intranet', `${USER}@${DOMAIN}`)
})

test('hosts, addresses of machines and links go; versions, status codes, files and settings stay', () => {
  becomes('mx1.kunde-gmbh.de[8.8.4.4]:25', `${DOMAIN}\\[ip-[0-9a-f]{10}\\]:25`)
  becomes('kunde-de.mail.protection.outlook.com', String.raw`host-[0-9a-f]{10}\.outlook\.com`)
  becomes('from 2001:4860::8844 and 10.1.2.3', 'from ip-[0-9a-f]{10} and private-ip-[0-9a-f]{10}')
  becomes(
    '8.8.4.4:25, 8.8.4.4: no, 2001:4860::8844: no. 8.8.4.4.',
    'ip-[0-9a-f]{10}:25, ip-[0-9a-f]{10}: no, ip-[0-9a-f]{10}: no. ip-[0-9a-f]{10}.',
  )
  becomes('198.51.100.0/24 and [2001:4860::8844]:25', 'private-ip-[0-9a-f]{10}/24 and \\[ip-[0-9a-f]{10}\\]:25')
  becomes('see https://ann:pw@portal.kunde.de:8443/unsub/ABC?x=ann@b.de now', String.raw`see https://\[removed\]@${DOMAIN}:8443/… now`)
  for (const stays of [
    '127.0.0.1:2525',
    '::1',
    'hms 0.1.0 on 6.1.0-13-amd64',
    '4.7.1 12:34:56 2026-11-22T13:00:00.000Z',
    'config/hms.yaml:12: smtp.listen: expected addresses',
    '/opt/hms/current/dist/cli/main.js and spool/3.db',
    'localhost',
    'environment: HMS_SMTP_LISTEN: expected',
    'simulator.hms.test',
    'a.b',
  ])
    assert.equal(new Scrubber().text(stays), stays)
})

test('secrets go by their form, by what stands before them and by the name of their field', () => {
  const secrets = [
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END PRIVATE KEY-----',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBg (cut off)',
    'hms_dGhpcyBpcyBhIGtleQ',
    'AUTH PLAIN AGFubgBodW50ZXIy',
    'Authorization: Basic YW5uOmh1bnRlcjI=',
    'password=hunter2',
    '"apiKey": "hunter2"',
    'd41d8cd98f00b204e9800998ecf8427e',
    'kJ8s7dHf/2bK+99aQwErTy01==xyz',
  ]
  for (const secret of secrets) {
    const text = new Scrubber().text(`before ${secret} after`)
    for (const part of ['MII', 'dGhp', 'AGFu', 'YW5u', 'hunter2', 'd41d', 'kJ8s', 'QwEr'])
      assert.ok(!text.includes(part), `${secret} → ${text}`)
    assert.ok(text.startsWith('before '))
  }
  const scrubbed = new Scrubber().value({
    password: 'x',
    passwordHash: 'y',
    storedKey: 'z',
    hasPassword: true,
    user: 'first',
    'secrets.key_file': '/etc/hms.key',
    nested: [{ 'ann@shop.de': 'b@shop.de' }],
  })
  const text = JSON.stringify(scrubbed)
  assert.doesNotMatch(text, /"[xyz]"|first|shop|ann/)
  assert.match(text, /"hasPassword":true.*"secrets\.key_file":"\/etc\/hms\.key"/)
})

test('what callers gave of their own goes, whatever it is called', () => {
  const event = {
    kind: 'deferred',
    tags: ['Ann Smith', 'vip'],
    metadata: { customer: 'Ann Smith', order: '4711' },
    clientIds: ['x'],
    stream: 'broadcast',
  }
  const { tags, metadata, stream } = new Scrubber().value(event) as typeof event
  assert.match(JSON.stringify([tags, metadata]), /^\[\["id-\w{10}","id-\w{10}"\],\{"customer":"id-\w{10}","order":"id-\w{10}"\}\]$/)
  assert.equal(tags[0], metadata.customer)
  assert.equal(stream, 'broadcast')
})

test('the same is the same all over a bundle, whatever its case, and another in the next bundle', () => {
  const scrubber = new Scrubber()
  assert.equal(scrubber.text('<Ann@Shop.DE>'), `<${scrubber.address('ann@shop.de')}>`)
  assert.equal(
    scrubber.value({ recipient: 'ann@shop.de' } as unknown, '') && scrubber.address('ann@shop.de').split('@')[1],
    scrubber.domain('shop.de'),
  )
  assert.notEqual(scrubber.address('ann@shop.de'), scrubber.address('bob@shop.de'))
  assert.notEqual(scrubber.address('ann@shop.de'), new Scrubber().address('ann@shop.de'))
})

test('known texts go wherever they stand, the longer first, but not inside of words', () => {
  const places = new Map([
    ['/home/ann/hms', 'HOME'],
    ['/home/ann', '~'],
    ['/srv/a+b-c_(1)', 'ODD'],
  ])
  const scrubber = new Scrubber({ names: ['ann'], places })
  assert.equal(
    scrubber.text('/home/ann/hms/spool of ann in /home/ann/x, announced'),
    `HOME/spool of ${scrubber.name('ann')} in ~/x, announced`,
  )
})

test('lines of logs are read as what they are, the odd ones as text, and keys over several lines are gone whole', () => {
  const scrubber = new Scrubber()
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\nshortend=\n-----END PRIVATE KEY-----'
  const json = JSON.stringify({ message: 'refused', user: 'ann', client: '8.8.4.4', at: 12 })
  const [first = '', second, third, ...more] = scrubber.lines(`${json}\n{"broken": "ann@shop.de"\nkey: ${pem}`).split('\n')
  assert.deepEqual(JSON.parse(first), { message: 'refused', user: scrubber.name('ann'), client: scrubber.text('8.8.4.4'), at: 12 })
  assert.equal(second, `{"broken": "${scrubber.address('ann@shop.de')}"`)
  assert.deepEqual([third, more], ['key: [removed]', []])
})

test('no text makes it look at the same place again and again: a square of these lengths would outlast the test', () => {
  const scrubber = new Scrubber()
  const parts = ['a', 'a.', 'a@', ':', '-----BEGIN A', '"', '1.', 'a=', '://']
  for (const part of parts) assert.notEqual(scrubber.text(part.repeat(100_000 / part.length)).length, 0, part)
})
