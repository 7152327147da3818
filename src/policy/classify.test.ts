import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyReply, type ReplyPhase, type Verdict } from './classify.ts'

function replyOf(line: string) {
  const match = /^(\d{3})[ -](?:(\d\.\d{1,3}\.\d{1,3}) )?(.*)$/.exec(line)
  assert.ok(match, line)
  return { code: Number(match[1]), enhanced: match[2] ?? null, text: match[3] ?? '' }
}

type Row = [phase: ReplyPhase, line: string, kind: Verdict['kind'], code?: number]

function check(rows: readonly Row[]): void {
  for (const [phase, line, kind, code] of rows) {
    const verdict = classifyReply(phase, replyOf(line))
    assert.equal(verdict.kind, kind, `${phase}: ${line}`)
    if (code !== undefined) assert.equal(verdict.code, code, `${phase}: ${line}`)
  }
}

test('a 5xx to RCPT, DATA or the final dot fails the recipient', () => {
  check([
    ['rcpt', '550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown in virtual mailbox table', 'fail', 2001],
    ['rcpt', '550 5.1.1 The email account that you tried to reach does not exist. Please try', 'fail', 2001],
    ['rcpt', '554 5.7.1 <ann@example.org>: Relay access denied', 'fail', 4006],
    ['rcpt', '550 5.2.1 The email account that you tried to reach is disabled', 'fail', 3002],
    ['rcpt', '552 5.2.2 Over quota', 'fail', 3001],
    ['rcpt', '550 5.1.2 Bad destination', 'fail', 2002],
    ['rcpt', '521 5.3.2 This host takes no mail', 'fail', 4006],
    ['rcpt', '556 5.1.10 Recipient address has null MX', 'fail', 4006],
    ['rcpt', '550 no', 'fail', 2999],
    ['data', '554 5.5.1 Error: no valid recipients', 'fail', 4002],
    ['final', '552 5.3.4 Message size exceeds fixed limit', 'fail'],
    ['final', '554 5.7.1 Message rejected as spam', 'fail', 1004],
    ['final', '550 5.7.1 Virus found: Eicar', 'fail', 1007],
    ['final', '550 5.7.26 Unauthenticated email from example.com is not accepted due to domain DMARC policy', 'fail'],
    ['body', '554 5.6.0 Nonsense', 'fail'],
  ])
})

test('a 5xx to MAIL fails only where it is about the sender or the size', () => {
  check([
    ['mail', '553 5.1.7 The sender address is not a valid RFC 5321 address', 'fail'],
    ['mail', '550 5.1.8 <a@b.example>: Sender address rejected: Domain not found', 'fail'],
    ['mail', '552 5.3.4 Message size exceeds fixed maximum message size', 'fail'],
    ['mail', '552 too big', 'fail'],
    ['mail', '550 5.7.23 SPF validation failed', 'fail'],
    ['mail', '550 5.7.27 Sender address has null MX', 'fail'],
    ['mail', '501 sender domain does not exist', 'fail'],
    ['mail', '530 5.7.0 Authentication required', 'source'],
    ['mail', '550 5.7.1 Access denied', 'source'],
    ['mail', '503 5.5.1 Bad sequence of commands', 'source'],
    ['mail', '554 5.7.1 Service unavailable', 'source'],
    ['mail', '451 4.3.0 Try later', 'defer', 3003],
  ])
})

test('a refusal of the session belongs to the source or route, whatever its code', () => {
  check([
    ['greeting', '554 No SMTP service here', 'source'],
    ['greeting', '421 4.7.0 Too many connections', 'source', 1006],
    ['ehlo', '550 5.7.1 Helo command rejected', 'source'],
    ['starttls', '554 5.7.3 Unable to initialize security subsystem', 'source'],
    ['auth', '535 5.7.8 Authentication credentials invalid', 'source'],
    ['auth', '454 4.7.0 Temporary authentication failure', 'source'],
    ['greeting', '521 5.3.2 example.org does not accept mail', 'refused', 4006],
    ['greeting', '521 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org', 'source', 1002],
  ])
})

test('a block of our address never fails a recipient', () => {
  const blocks = [
    '550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org',
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net; Blocked',
    '550-5.7.1 Our system has detected an unusual rate of unsolicited mail originating from your IP address.',
    "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers.",
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
    '550 5.7.606 Access denied, banned sending IP [192.0.2.1]',
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
    '554 5.7.1 Your IP has been blocked',
    '550 5.7.1 Your server IP is blocked due to low reputation',
    '550 Your IP 192.0.2.1 has been rejected for spam',
    '554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)',
    '550 5.7.25 The IP address sending this message does not have a PTR record',
    '450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]',
    '550 5.7.1 Mail from 192.0.2.1 has been denied, listed at the local blacklist',
    '550 5.7.1 Connection blocked by policy',
    '554 5.7.1 The sending IP has a poor reputation',
    '550 5.7.1 Dynamic IP addresses may not send here',
    '550 5.7.1 Host 192.0.2.1 is listed in our DNSBL',
  ]
  for (const phase of ['mail', 'rcpt', 'data', 'final'] as const)
    check(blocks.map((line): Row => [phase, line.replace('550-', '550 '), 'source']))
})

test('what is said of content, senders or mailboxes is no block of our address', () => {
  check([
    ['final', '550 5.7.1 Message contains a URL listed in the Spamhaus DBL (dbl.spamhaus.org)', 'fail', 1004],
    ['final', '554 5.7.1 Blocked by SpamAssassin', 'fail', 1004],
    ['final', '550 5.7.1 The link in your message is blacklisted', 'fail'],
    ['rcpt', '550 5.7.1 Sender address blocked', 'fail'],
    ['rcpt', '550 5.7.1 sender domain is blacklisted', 'fail'],
    ['rcpt', '550 5.2.1 Mailbox blocked', 'fail', 3002],
    ['rcpt', '550 5.7.1 Recipient does not accept mail from you', 'fail'],
    ['rcpt', '550 5.1.1 No such user: blocky@example.org', 'fail', 2001],
  ])
})

test('a 4xx defers', () => {
  check([
    ['rcpt', '450 4.2.0 Greylisted, please try again', 'defer', 3003],
    ['rcpt', '452 4.2.2 Mailbox full', 'defer', 3001],
    ['rcpt', '451 4.7.1 Too many connections', 'defer', 1006],
    ['final', '421 4.3.2 System overloaded', 'defer', 4001],
    ['data', '451 hm', 'defer', 3999],
    ['rcpt', '354 what', 'defer'],
  ])
})
