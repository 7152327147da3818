import { dialog, HELLO, HELO, OFFERED } from '../../../testkit/server-dialogs.ts'

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
  ${OFFERED}
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
