import { base64, dialog, HELO, OFFERED } from '../../../testkit/server-dialogs.ts'

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
  ${OFFERED}
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
