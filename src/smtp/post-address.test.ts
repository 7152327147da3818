import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMailbox, parsePath } from './address.ts'
import { parseCommand } from './server/command.ts'
import { isPosted, parsePostDomain, parseRecipientPath, placeOf } from './post-address.ts'

const read = (text: string) => parseRecipientPath(text, false)
const address = (text: string): string => {
  const parsed = read(text)
  return typeof parsed === 'string' ? parsed : parsed.address
}

test('one form for each place that is posted to, whose domain no mail has', () => {
  for (const [text, canonical] of [
    ['post@https://hooks.example.com', 'post@https://hooks.example.com/'],
    ['POST@HTTPS://Hooks.Example.com:443/a/./b/../c?x=1&y=%20', 'post@https://hooks.example.com/a/c?x=1&y=%20'],
    ['post@http://hooks.example.com:80/', 'post@http://hooks.example.com/'],
    ['post@https://hooks.example.com:8443/x', 'post@https://hooks.example.com:8443/x'],
    ['post@https://192.0.2.1/x', 'post@https://192.0.2.1/x'],
    ['post@https://[2001:DB8::0:1]/x', 'post@https://[2001:db8::1]/x'],
    ['post@https://hooks.example.com?x', 'post@https://hooks.example.com/?x'],
  ] as const) {
    assert.equal(address(text), canonical, text)
    assert.equal(address(canonical), canonical)
  }
  assert.deepEqual(read('post@https://a.example:8443/x'), {
    address: 'post@https://a.example:8443/x',
    local: 'post',
    domain: 'https://a.example:8443',
  })
  assert.deepEqual(
    [isPosted('https://a.example'), isPosted('http://a'), isPosted('https.example'), isPosted('http.://')],
    [true, true, false, false],
  )
})

test('what a browser would forgive, and what could be read as two hosts, is refused', () => {
  for (const text of [
    'https://user@hooks.example.com/',
    'https://user:secret@hooks.example.com/',
    'https://hooks.example.com@127.0.0.1/',
    'https://hooks.example.com/@x',
    'https://hooks.example.com/#x',
    'https:\\\\hooks.example.com/',
    'https:/hooks.example.com/',
    'https:hooks.example.com/',
    'https:///hooks.example.com/',
    'https://hooks.example.com\\@127.0.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://localhost./',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://ⓛocalhost/',
    'https://[::1%25eth0]/',
    'https://[::1/',
    'https://hooks.example.com:0/',
    'https://hooks.example.com:99999/',
    'https://hooks.example.com:x/',
    'https://hooks.example.com/%zz',
    'https://hooks.example.com/a b',
    'https://hooks.example.com/a\tb',
    'https://hooks.example.com/"',
    'https://-hooks.example.com/',
    'https://hooks..example.com/',
    `https://${'a'.repeat(64)}.example/`,
    `https://hooks.example.com/${'a'.repeat(1000)}`,
    'https://',
  ])
    assert.equal(typeof read(`post@${text}`), 'string', text)
})

test('other addresses are read as before, and only RCPT reads these', () => {
  for (const text of [
    'post@example.com',
    'a@https://x.example/',
    '"post"@https://x.example/',
    'post@ftp://x.example/',
    'post@https.example',
  ])
    assert.deepEqual(read(text), parsePath(text, false), text)
  assert.equal(typeof parseMailbox('post@https://hooks.example.com/', false), 'string')
  const context = { hostName: 'hms.test', utf8: false }
  assert.ok('code' in parseCommand('MAIL FROM:<post@https://hooks.example.com/>', context))
  const rcpt = parseCommand('RCPT TO:<post@https://hooks.example.com/a?b=c> NOTIFY=NEVER', context)
  assert.ok('verb' in rcpt && rcpt.verb === 'RCPT')
  assert.equal(rcpt.request.recipient.address, 'post@https://hooks.example.com/a?b=c')
})

test('the place: host, port and whether it is secured; people write it with or without a slash', () => {
  const domain = parsePostDomain('https://[2001:DB8::1]:8443')
  assert.ok(domain !== undefined)
  assert.deepEqual(placeOf(domain), { host: '2001:db8::1', port: 8443, isSecure: true })
  assert.deepEqual(
    [parsePostDomain('HTTP://Hooks.example/'), parsePostDomain('https://x.example/a'), parsePostDomain('x.example')],
    ['http://hooks.example', undefined, undefined],
  )
})
