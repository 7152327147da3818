import { dialog, HELLO, HELO, OPEN } from '../../../testkit/server-dialogs.ts'

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
