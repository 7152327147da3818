import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readList } from '../lists/list-file.ts'
import { ownTexts } from '../lists/reply-lists.ts'
import { classify, meaningOf, type OwnTexts } from './classify.ts'
import { normalForm, readReply } from './reading.ts'
import { toldOf } from './told.ts'

function seen(reply: string) {
  const { code, status, text } = readReply(reply)
  return { code, status, text }
}

test('what differs from server to server is gone before a reply is judged', () => {
  const wrapped =
    '550-5.1.1 The email account that you tried to reach does\n550-5.1.1 not exist. 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser x-1 - gsmtp'
  assert.deepEqual(seen(wrapped), {
    code: 550,
    status: '5.1.1',
    text: 'the email account that you tried to reach does not exist. https://support.google.com/mail/?p=nosuchuser x-1 - gsmtp',
  })
  assert.equal(readReply('smtp; 550 5.7.1 <spam@example.org>: Boîte pleine').text, '<a>: boite pleine')
  assert.deepEqual(seen('host mx.example.org[192.0.2.1] said: 550 #5.1.0 Address rejected. (in reply to RCPT TO command)'), {
    code: 550,
    status: '5.1.0',
    text: 'address rejected.',
  })
  assert.equal(readReply('553 sorry (#5.7.1)').status, '5.7.1')
  assert.equal(readReply('550 Mail from 10.5.1.1 and 5.1.1.9 refused').status, null)
  assert.equal(readReply('550 from 2001:db8::1 refused').text, 'from <ip> refused')
  assert.equal(readReply('550 a\\n550 b').text, 'a b')
})

test('unknown replies that differ in ids, hosts, dates and numbers have one form', () => {
  const a = 'rejected by mx1.example.org at 2024-01-02 03:04:05 id abc-12345-def, see https://example.org/x?y=1 (17)'
  const b = 'rejected by relay7.example.net at 2025-11-12 13:14:15 id zzz-99999-yyy, see https://example.com/z (3)'
  assert.equal(normalForm(a), normalForm(b))
})

test('the text decides where it says something, the codes where it does not', () => {
  const rows: readonly [reply: string, category: string, code: number, action: string][] = [
    ['550 5.1.1 Mailbox full', 'Soft', 3001, 'retry'],
    ['550 5.1.1 Service unavailable, client host [192.0.2.1] blocked using zen.spamhaus.org', 'BlockedOther', 1002, 'look'],
    ['550 5.1.1 <ann@example.org>: Recipient address rejected: 192.0.2.1 listed at dnsbl.example.org', 'BlockedOther', 1002, 'look'],
    ['550 5.7.1 Sender mailbox does not exist', 'BlockedOther', 1999, 'look'],
    ['550 5.1.1 xyzzy', 'Hard', 2001, 'suppress'],
    ['450 4.1.1 User unknown', 'Soft', 3999, 'retry'],
    ['450 5.1.1 User unknown', 'Soft', 3999, 'retry'],
    ['550 4.1.1 xyzzy', 'Soft', 3999, 'retry'],
    ['550 xyzzy', 'Unknown', 9999, 'look'],
    ['554 5.0.0 xyzzy', 'Unknown', 9999, 'look'],
    ['550 5.7.26 xyzzy', 'BlockedOther', 1999, 'look'],
    ['550 5.7.515 Access denied, sending domain d.test does not meet the required authentication level.', 'BlockedOther', 1999, 'look'],
    ['', 'Unknown', 9999, 'look'],
  ]
  for (const [reply, category, code, action] of rows) {
    const { category: found, code: number, action: todo } = classify({ reply })
    assert.deepEqual([found, number, todo], [category, code, action], reply)
  }
  assert.equal(classify({ status: '5.1.1' }).category, 'Hard')
  assert.equal(classify({ text: 'Das Postfach hat sein Speicherlimit überschritten.' }).code, 3001)
  assert.equal(classify({ text: "L'utilisateur est inconnu." }).category, 'Hard')
  assert.equal(classify({ text: 'Niet afgeleverd, omdat het adres niet bestaat.' }).category, 'Hard')
  // Footers say much; a definite status of the notification says what failed.
  assert.equal(classify({ text: 'It failed. Scanned against malware.', status: '5.1.1' }).category, 'Hard')
  assert.equal(classify({ text: 'Service unavailable; client host blocked using zen.spamhaus.org', status: '5.1.1' }).action, 'look')
  assert.equal(classify({ text: 'The mailbox is full.', status: '5.1.1' }).code, 3001)
  assert.equal(classify({ reply: '550 nothing known', text: 'The mailbox is full.' }).code, 3001)
  assert.equal(classify({ reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } }).rule, 'recipient-unknown')
})

test('what a receiver could not look up, and what it says of us or of itself, is no failure of a recipient for ever', () => {
  for (const reply of [
    '550 5.1.1 Recipient verification failed: timeout',
    '550 callout verification failed: connection timed out',
    '550 User lookup failed, LDAP server is down',
    '550 user not found: database unavailable',
    '550 Recipient domain unknown: DNS server failure',
    '550 mailbox is being moved, try again later',
    '554 service no longer available',
    '554 5.3.2 Service is no longer available, please retry',
    '501 5.1.7 <bob@example.com>... bad address',
    '550 5.1.8 domain not found: example.com',
    '550 5.7.1 Too many unknown users from 192.0.2.1',
    '550 Directory harvest attack: invalid recipients',
    '554 5.7.1 You hit a spamtrap: unknown user',
    '550 5.7.1 Unknown host [192.0.2.1]',
    '550 NXDOMAIN for 1.2.0.192.in-addr.arpa',
    '550 Your network address is not listed in our whitelist',
  ])
    assert.notEqual(classify({ reply }).category, 'Hard', reply)
  for (const reply of [
    '550 5.1.1 User unknown, check the address and try again',
    '550 DNS error when resolving MX server for a.example: Domain name not found',
    '550 5.1.2 Domain not found',
    '550 5.1.1 Bad address',
  ])
    assert.equal(classify({ reply }).category, 'Hard', reply)
})

function own(lists: Readonly<Record<string, string>>): OwnTexts | null {
  return ownTexts((name) => lists[name] ?? '')
}

test("the owner's list files count over the shipped rules", () => {
  const lists = own({
    'response_translations.list': 'user unknown~*~3002\nqqq~*~1999',
    'textbody_translations.list': 'went away~*~2004',
    'bouncesignatures.list': 'our own filter~*~9999\nour spam filter~*~1004',
  })
  assert.deepEqual(classify({ reply: '550 5.1.1 User unknown' }, lists), {
    category: 'Soft',
    code: 3002,
    blame: 'recipient',
    action: 'retry',
    rule: 'response_translations.list',
  })
  assert.equal(classify({ reply: '550 qqq' }, lists).category, 'Custom')
  assert.equal(classify({ text: 'He went away.' }, lists).category, 'Hard')
  assert.equal(classify({ text: 'Kept by our own filter' }, lists).category, 'Custom')
  assert.equal(classify({ text: 'Kept by our spam filter' }, lists).category, 'Spam')
  assert.equal(classify({ text: 'mailbox full' }, lists).code, 3001)
  assert.equal(own({ 'response_translations.list': '# nothing' }), null)
  assert.equal(readList('x~*~1', () => ({ value: 1 })).entries.length, 1)
})

test('one line is told with its only recipient', () => {
  const told = toldOf('550 5.1.1 <ann@example.org> User unknown\r', null)
  assert.deepEqual(told, {
    reply: '550 5.1.1 <ann@example.org> User unknown',
    kind: 'bounce',
    address: 'ann@example.org',
    type: 'Undeliverable',
    category: 'Hard',
    code: 2001,
    status: '5.1.1',
    blame: 'recipient',
    action: 'suppress',
    rule: 'recipient-unknown',
    recipients: [
      {
        address: 'ann@example.org',
        type: 'Undeliverable',
        category: 'Hard',
        code: 2001,
        status: '5.1.1',
        blame: 'recipient',
        action: 'suppress',
        reply: '550 5.1.1 <ann@example.org> User unknown',
        rule: 'recipient-unknown',
      },
    ],
  })
})

test('nonsense is unknown, and its time grows with its length alone', () => {
  const nasty = ['a@', '1.', '1.1.1.1', 'user ', 'mailbox is ', '550 5.1.1 ', ' block', 'x: ', '<<<', '[', 'http://a.', '\\n', 'ы', '不']
  const timeOf = (length: number): number => {
    let worst = 0
    for (const piece of nasty) {
      const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
      const from = process.cpuUsage()
      meaningOf({ text })
      normalForm(readReply(text).text)
      const { user, system } = process.cpuUsage(from)
      worst = Math.max(worst, (user + system) / 1000)
    }
    return worst
  }
  timeOf(4096)
  assert.ok(timeOf(4096) < 400, 'the most that is read takes less than 0.4 s however it was chosen')
  assert.equal(meaningOf({ text: 'x'.repeat(1_000_000) }).meaning, 'unknown')
})
