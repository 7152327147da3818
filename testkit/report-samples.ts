// Reports as receivers send them, made here: of a recipient, with what is to be in them.

export interface BounceParts {
  readonly status?: string
  readonly diagnostic?: string
  /** The header of the original. */
  readonly original?: string
  /** Octets of text that it is filled up with. */
  readonly padding?: number
}

export function bounceMessage(recipient: string, parts: BounceParts = {}): string {
  const {
    status = '5.1.1',
    diagnostic = `550 5.1.1 <${recipient}>: Recipient address rejected: User unknown`,
    original,
    padding = 0,
  } = parts
  return [
    'From: MAILER-DAEMON@mx.example.net',
    'To: bounces@bounce.test',
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    `The mail for ${recipient} could not be delivered.`,
    ...Array.from({ length: Math.ceil(padding / 64) }, () => 'x'.repeat(62)),
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    ...(original === undefined ? [] : ['', '--b', 'Content-Type: text/rfc822-headers', '', original]),
    '--b--',
    '',
  ].join('\r\n')
}

/** In the form of rfc:5965; without an original it names the recipient itself. */
export function complaintMessage(recipient: string, original = ''): string {
  return [
    'From: feedback@fbl.test',
    'To: fbl@bounce.test',
    'Subject: a complaint',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="f"',
    '',
    '--f',
    'Content-Type: text/plain',
    '',
    'This is an email abuse report.',
    '--f',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Test/1.0',
    'Version: 1',
    ...(original === '' ? [`Original-Rcpt-To: ${recipient}`] : []),
    '--f',
    'Content-Type: message/rfc822',
    '',
    original === '' ? 'From: app@sender.test\r\nSubject: news\r\n\r\nhello' : original,
    '--f--',
    '',
  ].join('\r\n')
}
