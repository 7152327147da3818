import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIALOG_MODES, DialogDriver, playDialog, TEST_TLS } from '../../../testkit/server-dialog.ts'
import type { ServerSessionOptions } from './session-io.ts'

const HELLO = `
  S: 220 mx.test ESMTP Hurricane MTA Server
  C: EHLO client.test
  S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-STARTTLS
  S: 250-AUTH SCRAM-SHA-256
  S: 250 HELP
`
const HELO = `
  S: 220 mx.test ESMTP Hurricane MTA Server
  C: HELO client.test
  S: 250 mx.test
`

/** Plays a dialog at once and octet by octet, with decisions at once and promised. */
function dialog(name: string, script: string, options: Partial<ServerSessionOptions> = {}): void {
  test(name, async () => {
    for (const mode of DIALOG_MODES) {
      await playDialog(script, options, mode)
    }
  })
}

dialog(
  'a message, pipelined, and another on the same connection',
  `${HELLO}
  C: MAIL FROM:<a@client.test> SIZE=100 BODY=8BITMIME
  C: RCPT TO:<b@mx.test>
  C: RCPT TO:<c@mx.test>
  C: DATA
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.1.5 Recipient ok.
  S: 354 Start mail input; end with <CRLF>.<CRLF>
  H: mail <a@client.test> 100 8BITMIME false
  H: recipient <b@mx.test>
  H: recipient <c@mx.test>
  H: begin
  C: Subject: x
  C:
  C: ..dot
  C: .
  C: MAIL FROM:<>
  C: RCPT TO:<b@mx.test>
  C: DATA
  S: 250 2.6.0 Message received and queued.
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 354 Start mail input; end with <CRLF>.<CRLF>
  H: end "Subject: x\\r\\n\\r\\n.dot\\r\\n"
  H: mail <> 7BIT false
  H: recipient <b@mx.test>
  H: begin
  C: .
  C: QUIT
  S: 250 2.6.0 Message received and queued.
  S: 221 2.0.0 Closing connection.
  X: close
  H: end ""
  `,
)

dialog(
  'order is kept (rfc:5321#4.1.4)',
  `S: 220 mx.test ESMTP Hurricane MTA Server
  C: MAIL FROM:<a@x.test>
  S: 503 5.5.1 Send EHLO first.
  C: DATA
  S: 503 5.5.1 Send EHLO first.
  C: helo x
  S: 250 mx.test
  C: RCPT TO:<a@x.test>
  S: 503 5.5.1 Send MAIL first.
  C: DATA
  S: 503 5.5.1 Send MAIL first.
  C: MAIL FROM:<a@x.test>
  S: 250 2.1.0 Sender ok.
  C: MAIL FROM:<b@x.test>
  S: 503 5.5.1 A sender was already given.
  C: DATA
  S: 503 5.5.1 Send RCPT first.
  C: RCPT TO:<nobody@x.test>
  S: 550 5.7.1 Not you.
  C: DATA
  S: 554 5.5.1 No valid recipients.
  C: STARTTLS
  S: 503 5.5.1 Not during a mail transaction.
  C: RSET
  S: 250 2.0.0 Ok.
  H: reset
  C: RCPT TO:<a@x.test>
  S: 503 5.5.1 Send MAIL first.
  C: MAIL FROM:<nosender@x.test>
  S: 550 5.7.1 Not you.
  C: RCPT TO:<a@x.test>
  S: 503 5.5.1 Send MAIL first.
  C: MAIL FROM:<a@x.test>
  C: EHLO again
  S: 250 2.1.0 Sender ok.
  S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-STARTTLS
  S: 250-AUTH SCRAM-SHA-256
  S: 250 HELP
  H: mail <a@x.test> 7BIT false
  H: reset
  C: RCPT TO:<a@x.test>
  S: 503 5.5.1 Send MAIL first.
  `,
)

dialog(
  'small commands, and what is none',
  `${HELO}
  C: NOOP anything
  C: HELP
  C: VRFY someone
  C: EXPN list
  C: RSET now
  C: FOO
  C:
  C: EHLO
  C: EHLO two words
  C: XCLIENT ADDR=192.0.2.9
  C: ETRN x
  S: 250 2.0.0 Ok.
  S: 214-2.0.0 Commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS AUTH VRFY HELP
  S: 214 2.0.0 See RFC 5321 for what they mean.
  S: 252 2.5.2 Cannot verify the user, but will take mail for it.
  S: 502 5.5.1 Command not implemented.
  S: 501 5.5.4 The command takes no arguments.
  S: 500 5.5.1 Command not recognized.
  S: 500 5.5.1 Command not recognized.
  S: 501 5.5.4 Syntax: EHLO hostname
  S: 501 5.5.4 Syntax: EHLO hostname
  S: 502 5.5.1 Command not available here.
  S: 500 5.5.1 Command not recognized.
  c: NOOP\\n
  S: 500 5.5.2 A command ends with CRLF.
  C: NO\\0OP
  S: 500 5.5.2 A command has no control characters.
  C: NO\\rOP
  S: 500 5.5.2 A command has no control characters.
  C: NO\\xffOP
  S: 500 5.5.2 The command is not valid UTF-8.
  C: NOOP
  S: 250 2.0.0 Ok.
  `,
)

dialog(
  'a line that is too long is read to its end and refused once',
  `${HELO}
  C: NOOP ${'x'.repeat(506)}
  C: NOOP ${'x'.repeat(505)}
  C: NOOP ${'x'.repeat(5000)}
  C: NOOP
  S: 500 5.5.2 Line too long.
  S: 250 2.0.0 Ok.
  S: 500 5.5.2 Line too long.
  S: 250 2.0.0 Ok.
  `,
)

dialog(
  'a web browser and a TLS handshake are sent away at once',
  `S: 220 mx.test ESMTP Hurricane MTA Server
  C: POST / HTTP/1.1
  C: Host: mx.test
  C: MAIL FROM:<a@x.test>
  S: 421 4.7.0 This is a mail server.
  X: close
  `,
)
dialog(
  'a TLS handshake in the clear',
  `S: 220 mx.test ESMTP Hurricane MTA Server
  c: \\x16\\x03\\x01
  S: 421 4.7.0 This is a mail server.
  X: close
  `,
)

dialog(
  'nothing sent before the TLS handshake survives it (CVE-2011-0411)',
  `S: 220 mx.test ESMTP Hurricane MTA Server
  C: EHLO secret
  C: STARTTLS
  C: MAIL FROM:<injected@x.test>
  c: RSET
  S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-STARTTLS
  S: 250-AUTH SCRAM-SHA-256
  S: 250 HELP
  S: 220 2.0.0 Ready to start TLS.
  X: starttls
  T:
  C: MAIL FROM:<a@x.test>
  S: 503 5.5.1 Send EHLO first.
  C: EHLO again
  S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-REQUIRETLS
  S: 250-AUTH PLAIN LOGIN SCRAM-SHA-256
  S: 250 HELP
  C: STARTTLS
  S: 503 5.5.1 TLS is already active.
  `,
)
dialog(
  'REQUIRETLS is for what is said under TLS',
  `${HELO}
  C: MAIL FROM:<a@x.test> REQUIRETLS
  S: 530 5.7.10 REQUIRETLS needs TLS; send STARTTLS first.
  C: STARTTLS
  S: 220 2.0.0 Ready to start TLS.
  X: starttls
  T:
  C: HELO again
  S: 250 mx.test
  C: MAIL FROM:<a@x.test> REQUIRETLS=1
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> REQUIRETLS
  S: 250 2.1.0 Sender ok.
  `,
)
dialog('STARTTLS that is not offered', `${HELO}\nC: STARTTLS\nS: 502 5.5.1 Command not available here.`, { startTls: false })

const base64 = (text: string): string => Buffer.from(text).toString('base64')

dialog(
  'FUTURERELEASE is offered to whom the handler says, and a message is held for a time or until a moment (rfc:4865)',
  `${HELO}
  C: AUTH PLAIN ${base64('\0planner\0right')}
  S: 235 2.7.0 Authentication successful.
  C: EHLO client.test
  S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-STARTTLS
  S: 250-AUTH PLAIN LOGIN SCRAM-SHA-256
  S: 250-FUTURERELEASE 86400 2027-01-02T00:00:00Z
  S: 250 HELP
  C: MAIL FROM:<a@x.test> HOLDFOR=1h
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> HOLDUNTIL=tomorrow
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> HOLDFOR=60 HOLDUNTIL=2027-01-01T12:00:00Z
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> HOLDFOR=60
  S: 250 2.1.0 Sender ok.
  C: RSET
  S: 250 2.0.0 Ok.
  C: MAIL FROM:<a@x.test> HOLDUNTIL=2027-01-01T13:00:00+01:00
  S: 250 2.1.0 Sender ok.
  `,
  { plainAuth: true },
)

dialog(
  'AUTH',
  `${HELO}
  C: AUTH PLAIN ${base64('\0me\0wrong')}
  S: 535 5.7.8 No such login.
  C: AUTH PLAIN ${base64(`\0me\0${'x'.repeat(8000)}`)}
  S: 535 5.7.8 No such login.
  C: AUTH PLAIN ${base64(`\0me\0${'x'.repeat(10_000)}`)}
  S: 500 5.5.2 Line too long.
  C: AUTH PLAIN
  S: 334 
  C: *
  S: 501 5.7.0 Authentication cancelled.
  C: AUTH PLAIN =
  S: 501 5.5.2 The authentication exchange could not be read.
  C: AUTH PLAIN !!!
  S: 501 5.5.2 The authentication exchange could not be read.
  C: AUTH PLAIN ${base64('other\0me\0right')}
  S: 535 5.7.8 Authentication failed.
  C: AUTH CRAM-MD5
  S: 504 5.5.4 Authentication mechanism not supported.
  C: AUTH
  S: 501 5.5.4 Syntax: AUTH mechanism [initial-response]
  C: AUTH SCRAM-SHA-256 ${base64('p=tls-unique,,n=me,r=x')}
  S: 501 5.5.2 The authentication exchange could not be read.
  C: AUTH LOGIN
  S: 334 VXNlcm5hbWU6
  C: ${base64('me')}
  S: 334 UGFzc3dvcmQ6
  C: ${base64('wrong')}
  S: 535 5.7.8 No such login.
  C: AUTH LOGIN ${base64('me')}
  S: 334 UGFzc3dvcmQ6
  C: ${'x'.repeat(13_000)}
  S: 500 5.5.2 Line too long.
  C: MAIL FROM:<a@x.test>
  C: AUTH PLAIN
  C: RSET
  S: 250 2.1.0 Sender ok.
  S: 503 5.5.1 Not during a mail transaction.
  S: 250 2.0.0 Ok.
  C: auth plain
  C: ${base64('\0me\0right')}
  C: AUTH PLAIN
  S: 334 
  S: 235 2.7.0 Authentication successful.
  S: 503 5.5.1 Already authenticated.
  H: login me
  `,
  { plainAuth: true },
)
dialog(
  'no AUTH in the clear',
  `${HELO}\nC: AUTH PLAIN ${base64('\0me\0right')}\nS: 538 5.7.11 Authentication needs TLS; send STARTTLS first.`,
)

dialog(
  'parameters of MAIL and RCPT',
  `${HELLO}
  C: MAIL FROM:<a@x.test> SIZE=1001
  S: 552 5.3.4 Message too large.
  C: MAIL FROM:<a@x.test> SIZE=x
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> SIZE=1 SIZE=1
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> BODY=9BIT
  S: 501 5.5.4 Bad value of a parameter.
  C: MAIL FROM:<a@x.test> HOLDFOR=10
  S: 555 5.5.4 Unsupported parameter.
  C: MAIL FROM:<a@x.test>SIZE=1
  S: 501 5.5.4 Syntax: MAIL FROM:<address>
  C: MAIL TO:<a@x.test>
  S: 501 5.5.4 Syntax: MAIL FROM:<address>
  C: MAIL FROM:a@x.test
  S: 501 5.5.4 Syntax: MAIL FROM:<address>
  C: MAIL FROM:<a..b@x.test>
  S: 501 5.1.7 Bad sender address: the part before the @ is not valid.
  C: MAIL FROM:<\\xc3\\xbc@x.test>
  S: 553 5.6.7 An address beyond ASCII needs SMTPUTF8.
  C: mail from: <"a>b"@X.test> ret=hdrs envid=a+2Bb auth=<> size=0
  C: RCPT TO:<b@x.test> NOTIFY=NEVER,DELAY
  C: RCPT TO:<b@x.test> ORCPT=x
  C: RCPT TO:<b@x.test> FOO
  C: RCPT TO:<b@x.test
  C: RCPT TO:<>
  C: RCPT TO:<b@x.test> NOTIFY=never
  C: RCPT TO:<@r.test,@s.test:"b"@x.test> NOTIFY=success,DELAY ORCPT=rfc822;b+2Bc@x.test
  C: RCPT TO:<Postmaster>
  S: 250 2.1.0 Sender ok.
  S: 501 5.5.4 Bad value of a parameter.
  S: 501 5.5.4 Bad value of a parameter.
  S: 555 5.5.4 Unsupported parameter.
  S: 501 5.5.4 Syntax: RCPT TO:<address>
  S: 501 5.1.3 Bad recipient address: the address has no @.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.1.5 Recipient ok.
  H: mail <"a>b"@x.test> 0 7BIT false headers a+b
  H: recipient <b@x.test> notify=
  H: recipient <b@x.test> notify=success,delay rfc822;b+2Bc@x.test
  H: recipient <Postmaster@mx.test>
  C: RCPT TO:<d@x.test>
  S: 452 4.5.3 Too many recipients.
  C: RSET
  C: MAIL FROM:<\\xc3\\xbc@b\\xc3\\xbccher.test> SMTPUTF8
  C: RCPT TO:<\\xc3\\xa4@x.test>
  S: 250 2.0.0 Ok.
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  H: reset
  H: mail <ü@xn--bcher-kva.test> 7BIT true
  H: recipient <ä@x.test>
  `,
)

const OPEN = `${HELLO}
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  C: DATA
  S: 354 Start mail input; end with <CRLF>.<CRLF>
`

dialog(
  'a bare newline: the message is read to its end, refused, and nothing after it is a command (CVE-2023-51764)',
  `${OPEN}
  c: a\\r\\n.\\nMAIL FROM:<smuggled@x.test>\\nDATA\\n.\\r\\n
  C: still the message
  C: .
  C: MAIL FROM:<after@x.test>
  S: 550 5.6.11 The message has a bare CR or LF; every line must end with CRLF.
  X: close
  H: abort
  `,
)
dialog(
  'a bare newline, repaired',
  `${OPEN}
  c: a\\n.\\nb\\r.\\r\\n
  C: .
  S: 250 2.6.0 Message received and queued.
  H: end "a\\r\\n.\\r\\nb\\r\\n.\\r\\n"
  `,
  { bareNewline: 'repair' },
)
dialog(
  'a NUL that another server may drop hides no end of a message',
  `${OPEN}
  c: a\\r\\n\\0.\\r\\nMAIL FROM:<smuggled@x.test>\\r\\n.\\r\\n
  C: NOOP
  S: 550 5.6.0 The message has a NUL, which BODY=BINARYMIME alone may carry.
  S: 250 2.0.0 Ok.
  H: abort
  `,
)
dialog(
  'a message over the limit is read to its end and refused; the session goes on',
  `${OPEN}
  C: ${'x'.repeat(900)}
  C: ${'y'.repeat(900)}
  C: ${'z'.repeat(9000)}
  C: .
  C: NOOP
  S: 552 5.3.4 Message too large.
  S: 250 2.0.0 Ok.
  H: abort
  `,
)
dialog('a connection lost in a message', `${OPEN}\nc: half\nL:\nH: abort\nH: closed`)

dialog(
  'BDAT (rfc:3030)',
  `${HELLO}
  C: MAIL FROM:<a@x.test> BODY=BINARYMIME
  C: RCPT TO:<b@x.test>
  C: DATA
  C: BDAT 5
  c: a\\n\\0\\r.
  C: MAIL FROM:<b@x.test>
  C: RCPT TO:<c@x.test>
  C: DATA
  C: BDAT 0
  C: bdat 3 last
  c: xyz
  C: NOOP
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 503 5.5.1 BINARYMIME needs BDAT.
  S: 250 2.0.0 5 octets received.
  S: 503 5.5.1 A sender was already given.
  S: 503 5.5.1 The message is being sent by BDAT.
  S: 503 5.5.1 The message is being sent by BDAT.
  S: 250 2.0.0 0 octets received.
  S: 250 2.6.0 Message received and queued.
  S: 250 2.0.0 Ok.
  H: mail <a@x.test> BINARYMIME false
  H: recipient <b@x.test>
  H: begin
  H: end "a\\n\\u0000\\r.xyz"
  C: BDAT 6
  c: QUIT\\r\\n
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<no@x.test>
  C: BDAT 6 LAST
  c: QUIT\\r\\n
  C: RSET
  S: 503 5.5.1 Send MAIL first.
  S: 250 2.1.0 Sender ok.
  S: 550 5.7.1 Not you.
  S: 554 5.5.1 No valid recipients.
  S: 250 2.0.0 Ok.
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  C: BDAT 900
  c: ${'x'.repeat(900)}
  C: BDAT 101
  c: ${'y'.repeat(101)}
  C: BDAT 6 LAST
  c: QUIT\\r\\n
  C: BDAT 0 LAST
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.0.0 900 octets received.
  S: 552 5.3.4 Message too large.
  S: 503 5.5.1 Send MAIL first.
  S: 503 5.5.1 Send MAIL first.
  H: mail <a@x.test> 7BIT false
  H: recipient <b@x.test>
  H: begin
  H: abort
  H: reset
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  C: BDAT 3
  c: a\\nb
  C: RSET
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 550 5.6.11 The message has a bare CR or LF; every line must end with CRLF.
  X: close
  `,
)
dialog(
  'BDAT whose size cannot be read ends the session: where its octets end is unknown',
  `${HELLO}
  C: BDAT x LAST
  C: MAIL FROM:<a@x.test>
  S: 501 5.5.4 Syntax: BDAT size [LAST]
  X: close
  `,
)
dialog(
  'RSET and loss in the middle of BDAT drop the message',
  `${HELO}
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  C: BDAT 1
  c: x
  C: RSET
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  C: BDAT 9
  c: x
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.0.0 1 octets received.
  S: 250 2.0.0 Ok.
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  H: mail <a@x.test> 7BIT false
  H: recipient <b@x.test>
  H: begin
  H: abort
  H: reset
  H: mail <a@x.test> 7BIT false
  H: recipient <b@x.test>
  H: begin
  `,
)

dialog(
  'too many commands',
  `${HELO}
  C: NOOP
  C: NOOP
  C: NOOP
  S: 250 2.0.0 Ok.
  S: 250 2.0.0 Ok.
  S: 421 4.7.0 Too many commands.
  X: close
  `,
  { commands: 3 },
)
dialog(
  'too many errors, but a message that got through forgives those before it',
  `${HELO}
  C: FOO
  C: FOO
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<a@x.test>
  C: BDAT 0 LAST
  C: FOO
  C: FOO
  C: FOO
  C: NOOP
  S: 500 5.5.1 Command not recognized.
  S: 500 5.5.1 Command not recognized.
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  S: 250 2.6.0 Message received and queued.
  S: 500 5.5.1 Command not recognized.
  S: 500 5.5.1 Command not recognized.
  S: 421 4.7.0 Too many errors.
  X: close
  `,
  { errors: 2 },
)
dialog(
  'the handler closes',
  `${HELO}
  C: MAIL FROM:<bye@x.test>
  C: NOOP
  S: 421 4.7.0 Bye.
  X: close
  `,
)
dialog(
  'XCLIENT begins the session again with the real client',
  `${HELO}
  C: XCLIENT ADDR=x
  S: 501 5.5.4 Syntax: XCLIENT attribute=value ...
  C: XCLIENT FOO=x
  S: 501 5.5.4 Syntax: XCLIENT attribute=value ...
  C: XCLIENT ADDR=IPV6:2001:db8::9 PORT=99 NAME=[UNAVAILABLE] HELO=real.test PROTO=ESMTP LOGIN=me+2Bx DESTADDR=192.0.2.8 DESTPORT=587
  S: 220 mx.test ESMTP Hurricane MTA Server
  H: reset
  H: connected 2001:db8::9
  C: MAIL FROM:<a@x.test>
  S: 250 2.1.0 Sender ok.
  C: XCLIENT LOGIN=x
  C: RSET
  C: XCLIENT ADDR=192.0.2.66
  C: NOOP
  S: 503 5.5.1 Not during a mail transaction.
  S: 250 2.0.0 Ok.
  S: 554 5.7.1 Go away.
  X: close
  `,
  { xclient: true },
)

test('what the handler knows of the client', async () => {
  const driver = new DialogDriver({ plainAuth: true, xclient: true })
  driver.session.start()
  const protocol = (text: string): string | undefined => {
    driver.session.feed(Buffer.from(text))
    return driver.handler.client?.protocol
  }
  assert.equal(protocol('HELO x\r\nMAIL FROM:<>\r\n'), 'SMTP')
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<>\r\n'), 'ESMTP')
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<> SMTPUTF8\r\n'), 'UTF8SMTP')
  assert.equal(protocol(`EHLO y\r\nAUTH PLAIN ${base64('\0me\0right')}\r\nMAIL FROM:<>\r\n`), 'ESMTPA')
  driver.session.feed(Buffer.from('RSET\r\nSTARTTLS\r\n'))
  driver.session.tlsEstablished(TEST_TLS)
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<>\r\n'), 'ESMTPS')
  assert.equal(driver.handler.client?.user, null)
  driver.session.feed(Buffer.from('RSET\r\nXCLIENT ADDR=192.0.2.9 PORT=7 LOGIN=me PROTO=ESMTP HELO=h\r\n'))
  assert.equal(protocol('MAIL FROM:<> SMTPUTF8\r\n'), 'UTF8SMTPSA')
  const { address, port, localPort, helo, user } = driver.handler.client ?? {}
  assert.deepEqual([address, port, localPort, helo, user], ['192.0.2.9', 7, 25, 'h', 'me'])
})

test('SCRAM-SHA-256 over AUTH, proved and not', async () => {
  const { answerChallenge } = await import('../scram.ts')
  const driver = new DialogDriver({ plainAuth: true })
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\n'))
  const say = async (text: string): Promise<string> => {
    driver.said = []
    driver.session.feed(Buffer.from(`${text}\r\n`))
    await driver.settled()
    return driver.said.join('\n')
  }
  const login = async (password: string): Promise<string> => {
    const challenge = await say(`AUTH SCRAM-SHA-256 ${base64('n,,n=me,r=abc')}`)
    assert.match(challenge, /^S: 334 [\w+/=]+$/)
    const answer = await answerChallenge(password, 'n=me,r=abc', Buffer.from(challenge.slice(7), 'base64').toString())
    assert.ok(answer)
    const last = await say(base64(answer.clientFinal))
    if (last.startsWith('S: 334 ')) assert.equal(Buffer.from(last.slice(7), 'base64').toString(), answer.serverFinal)
    return last.startsWith('S: 334 ') ? await say('') : last
  }
  assert.equal(await login('wrong'), 'S: 535 5.7.8 No.')
  assert.equal(await login('right'), 'S: 235 2.7.0 Authentication successful.')
  assert.deepEqual(
    driver.handler.asked.filter((note) => note.startsWith('scram')),
    ['scram me false', 'scram me true'],
  )
})

test('a pipelined group is answered in one write, also around a promised decision', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'))
  assert.equal(driver.writes, 2)
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('.\r\nNOOP\r\nRSET\r\nNOOP\r\n'))
  assert.equal(driver.session.wait, 'us')
  assert.equal(driver.writes, 2)
  await driver.settled()
  assert.equal(driver.writes, 3)
  assert.equal(driver.session.wait, 'command')
})

test('clocks: 421 and the end, whatever was under way', () => {
  for (const [before, wait, kind, text] of [
    ['', 'command', 'idle', 'S: 421 4.4.2 Nothing was said for too long.'],
    ['EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nhalf', 'data', 'idle', 'S: 421 4.4.2 Nothing was said for too long.'],
    ['EHLO x\r\nBDAT 7\r\nhalf', 'data', 'session', 'S: 421 4.4.2 The session has lasted too long.'],
    ['EHLO x\r\nSTARTTLS\r\n', 'tls', 'idle', undefined],
  ] as const) {
    const driver = new DialogDriver()
    driver.session.start()
    driver.session.feed(Buffer.from(before))
    assert.equal(driver.session.wait, wait)
    driver.said = []
    driver.session.timeout(kind)
    assert.deepEqual(driver.said, text === undefined ? ['X: close'] : [text, 'X: close'])
    assert.equal(driver.session.wait, 'closed')
    driver.session.feed(Buffer.from('NOOP\r\n'))
    driver.session.ended()
    driver.session.ended()
    assert.equal(driver.handler.asked.filter((note) => note === 'closed').length, 1)
    if (before.includes('DATA')) assert.ok(driver.handler.asked.includes('abort'))
  }
})

test('a stop ends an idle session at once, and a busy one after its message', async () => {
  const idle = new DialogDriver()
  idle.session.start()
  idle.session.stop()
  assert.deepEqual(idle.said.slice(1), ['S: 421 4.3.2 Shutting down, try again later.', 'X: close'])
  const busy = new DialogDriver()
  busy.session.start()
  busy.session.feed(Buffer.from('HELO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  busy.session.stop()
  busy.handler.mood = 'promise'
  busy.session.feed(Buffer.from('DATA\r\n'))
  await busy.settled()
  busy.said = []
  busy.session.feed(Buffer.from('x\r\n.\r\nMAIL FROM:<again@x.test>\r\n'))
  await busy.settled()
  assert.deepEqual(busy.said, ['S: 250 2.6.0 Message received and queued.', 'S: 421 4.3.2 Shutting down, try again later.', 'X: close'])
})

test('a decision that throws is a 451, told to the driver, and the session goes on', () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  driver.handler.mood = 'throw'
  driver.said = []
  driver.session.feed(Buffer.from('RCPT TO:<c@x.test>\r\nBDAT 3 LAST\r\nxyzNOOP\r\n'))
  assert.deepEqual(driver.said, [
    'S: 451 4.3.0 Local error, try again later.',
    'S: 451 4.3.0 Local error, try again later.',
    'S: 250 2.0.0 Ok.',
  ])
  assert.equal(driver.errors.length, 2)
})

test('input during a decision is kept in bounds: the socket is paused, and resumed after it', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'))
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('.\r\n'))
  driver.session.feed(Buffer.from('NOOP\r\n'.repeat(100)))
  assert.equal(driver.paused, false)
  driver.session.feed(Buffer.alloc(40_000, 'x'))
  assert.equal(driver.paused, true)
  await driver.settled()
  assert.equal(driver.paused, false)
  assert.equal(driver.said.filter((line) => line === 'S: 250 2.0.0 Ok.').length, 100)
})

test('the memory of a chunk may be used again after the call', async () => {
  const driver = new DialogDriver()
  driver.handler.mood = 'promise'
  driver.session.start()
  const memory = Buffer.alloc(200)
  const say = (text: string): void => {
    memory.fill(0)
    const size = memory.write(text, 'latin1')
    driver.session.feed(memory.subarray(0, size))
    memory.fill(0xff)
  }
  say('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n')
  await driver.settled()
  say('one\r\n..two\r\n..three\r\n')
  say('four\r\n.\r\nNOOP\r\n')
  await driver.settled()
  assert.equal(driver.handler.messages[0]?.toString('latin1'), 'one\r\n.two\r\n.three\r\nfour\r\n')
})

test('a client that leaves while the handler thinks: the sink that comes too late is aborted', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('DATA\r\n'))
  driver.session.ended()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(driver.handler.asked.slice(-3), ['begin', 'closed', 'abort'])
})
