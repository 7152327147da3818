// Reading what came back: the shapes that the standards name. The real messages are in test/reports.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readReport } from './report.ts'

const TOKEN = `b${'abcdefg234567'.repeat(3)}`

function message(header: readonly string[], body: readonly string[]): Buffer {
  return Buffer.from(`${[...header, '', ...body].join('\r\n')}\r\n`, 'latin1')
}

function multipart(subtype: string, header: readonly string[], parts: readonly (readonly [type: string, ...lines: string[]])[]): Buffer {
  const body = parts.flatMap(([type, ...lines]) => ['--=_b', `Content-Type: ${type}`, '', ...lines])
  return message([...header, 'MIME-Version: 1.0', `Content-Type: multipart/${subtype}; boundary="=_b"`], [...body, '--=_b--'])
}

const DAEMON = ['From: Mail Delivery System <MAILER-DAEMON@mx.example.net>', 'Subject: Undelivered Mail Returned to Sender']
const STATUS = [
  'Reporting-MTA: dns; mx.example.net',
  '',
  'Final-Recipient: rfc822; ann@example.com',
  'Action: failed',
  'Status: 5.1.1',
  'Remote-MTA: dns; mx.example.com',
  'Diagnostic-Code: smtp; 550 5.1.1',
  ' no such user',
]

test('a notification as the standard has it: recipient, action, status, diagnostic, original, token of the return path', () => {
  const report = readReport(
    multipart(
      'report; report-type=delivery-status',
      [...DAEMON, `To: ${TOKEN}@bounces.example.org`],
      [
        ['text/plain', 'Your message could not be delivered.'],
        ['message/delivery-status', ...STATUS],
        ['text/rfc822-headers', 'Message-ID: <1@example.org>', 'From: news@example.org', 'To: ann@example.com', 'Subject: News'],
      ],
    ),
  )
  assert.equal(report.kind, 'bounce')
  assert.equal(report.format, 'dsn')
  assert.deepEqual(report.recipients, [
    {
      address: 'ann@example.com',
      finalRecipient: null,
      action: 'failed',
      status: '5.1.1',
      diagnostic: '550 5.1.1 no such user',
      remoteMta: 'mx.example.com',
    },
  ])
  assert.equal(report.token, TOKEN)
  assert.equal(report.original?.messageId, '<1@example.org>')
})

test('several recipients, each with its own fate, with empty lines or without', () => {
  const two = ['Final-Recipient: rfc822;bob@example.com', 'Action: delayed', 'Status: 4.4.1']
  for (const between of [[''], [], ['', '']]) {
    const report = readReport(
      multipart('report', DAEMON, [
        ['text/plain', 'Sorry.'],
        ['message/delivery-status', ...STATUS, ...between, ...two],
      ]),
    )
    assert.deepEqual(
      report.recipients.map(({ address, action, status }) => [address, action, status]),
      [
        ['ann@example.com', 'failed', '5.1.1'],
        ['bob@example.com', 'delayed', '4.4.1'],
      ],
    )
  }
})

test('a part for programs is found under other types, in a mixed multipart, and in a text', () => {
  for (const type of ['text/plain', 'application/octet-stream', 'message/delivery-status']) {
    const report = readReport(
      multipart('mixed', DAEMON, [
        ['text/plain', 'Sorry.'],
        [type, ...STATUS],
      ]),
    )
    assert.deepEqual(
      [report.kind, report.format, report.recipients[0]?.address, report.recipients[0]?.status],
      ['bounce', 'dsn', 'ann@example.com', '5.1.1'],
      type,
    )
  }
  const pasted = readReport(message(DAEMON, ['It failed:', '', ...STATUS.map((line) => `> ${line}`)]))
  assert.deepEqual([pasted.format, pasted.recipients[0]?.address], ['dsn', 'ann@example.com'])
})

test('internationalized notifications name addresses beyond ASCII (rfc:6533)', () => {
  const status = [
    'Reporting-MTA: dns; x',
    '',
    'Original-Recipient: utf-8;j\\x{F6}rg@example.com',
    'Final-Recipient: utf-8; j\u00c3\u00b6rg@example.com',
    'Action: failed',
    'Status: 5.1.1',
  ]
  const report = readReport(
    multipart('report', DAEMON, [
      ['text/plain', 'x'],
      ['message/global-delivery-status', ...status],
    ]),
  )
  assert.equal(report.recipients[0]?.address, 'jörg@example.com')
})

test('the address that mail was sent to wins over the one that it was forwarded to', () => {
  const status = [
    'Original-Recipient: rfc822;ann@example.com',
    'Final-Recipient: rfc822;ann@inner.example.com',
    'Action: failed',
    'Status: 5.2.2',
  ]
  const report = readReport(
    multipart('report', DAEMON, [
      ['text/plain', 'x'],
      ['message/delivery-status', 'Reporting-MTA: dns; x', '', ...status],
    ]),
  )
  assert.deepEqual([report.recipients[0]?.address, report.recipients[0]?.finalRecipient], ['ann@example.com', 'ann@inner.example.com'])
})

test('an address is found in every way of writing it', () => {
  const of = (final: string): string | null | undefined =>
    readReport(
      multipart('report', DAEMON, [
        ['text/plain', 'x'],
        ['message/delivery-status', `Final-Recipient: ${final}`, 'Action: failed', 'Status: 5.1.1'],
      ]),
    ).recipients[0]?.address
  for (const final of [
    'rfc822;ann@EXAMPLE.com',
    'RFC822; <ann@example.com>',
    '"ann"@example.com',
    'rfc822; "Ann" <ann@example.com>',
    'smtp; ann@example.com (ann)',
    'ann@example.com.',
  ])
    assert.equal(of(final), 'ann@example.com', final)
  assert.equal(of('rfc822; "ann smith"@example.com'), '"ann smith"@example.com')
})

test('a complaint names its recipient, or its ids where that was redacted', () => {
  const arf = (to: string): Buffer =>
    multipart(
      'report; report-type=feedback-report',
      ['From: fbl@isp.example', 'Subject: complaint'],
      [
        ['text/plain', 'A user complained.'],
        [
          'message/feedback-report',
          'Feedback-Type: abuse',
          'User-Agent: Isp/1',
          'Version: 1',
          'Source-IP: 192.0.2.1',
          `Original-Rcpt-To: ${to}`,
        ],
        [
          'message/rfc822',
          `Return-Path: <${TOKEN}@bounces.example.org>`,
          'From: news@example.org',
          'To: undisclosed',
          'Subject: News',
          '',
          'Text',
        ],
      ],
    )
  const named = readReport(arf('<ann@example.com>'))
  assert.deepEqual(
    [named.kind, named.feedback?.type, named.feedback?.sourceIp, named.recipients[0]?.address],
    ['feedback', 'abuse', '192.0.2.1', 'ann@example.com'],
  )
  const redacted = readReport(arf('[redacted]'))
  assert.deepEqual([redacted.recipients.map(({ address }) => address), redacted.token], [[null], TOKEN])
})

test('sums of DMARC are read from what was packed', () => {
  const row = (ip: string, count: number, dkim: string, disposition: string): string =>
    `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>${disposition}</disposition><dkim>${dkim}</dkim><spf>fail</spf></policy_evaluated></row></record>`
  const xml = `<?xml version="1.0"?><feedback><report_metadata><org_name>Isp &amp; Co</org_name><report_id>7</report_id><date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata><policy_published><domain>Example.org</domain><p>reject</p></policy_published>${row('192.0.2.1', 5, 'pass', 'none')}${row('192.0.2.2', 2, 'fail', 'reject')}${row('192.0.2.1', 1, 'pass', 'none')}</feedback>`
  const report = readReport(
    message(
      [
        'Subject: Report domain: example.org',
        'Content-Type: application/gzip; name="isp!example.org!1700000000!1700086399.xml.gz"',
        'Content-Transfer-Encoding: base64',
      ],
      [gzipSync(xml).toString('base64')],
    ),
  )
  assert.equal(report.kind, 'report')
  const sums = report.aggregate
  assert.ok(sums?.kind === 'dmarc')
  assert.deepEqual(
    [sums.organization, sums.domain, sums.messages, sums.aligned, sums.dispositions.reject],
    ['Isp & Co', 'example.org', 8, 6, 2],
  )
  assert.deepEqual(sums.sources[0], { ip: '192.0.2.1', messages: 6, aligned: 6 })
})

test('sums of TLS-RPT are read (rfc:8460)', () => {
  const json = {
    'organization-name': 'Isp',
    'date-range': { 'start-datetime': '2026-01-01T00:00:00Z', 'end-datetime': '2026-01-01T23:59:59Z' },
    'report-id': '7',
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-domain': 'Example.org' },
        summary: { 'total-successful-session-count': 5, 'total-failure-session-count': 2 },
        'failure-details': [{ 'result-type': 'certificate-expired', 'receiving-mx-hostname': 'mx.example.org', 'failed-session-count': 2 }],
      },
    ],
  }
  const report = readReport(
    message(
      [
        'Subject: Report Domain: example.org',
        'Content-Type: application/tlsrpt+gzip; name="isp!example.org!1!2.json.gz"',
        'Content-Transfer-Encoding: base64',
      ],
      [gzipSync(JSON.stringify(json)).toString('base64')],
    ),
  )
  assert.ok(report.aggregate?.kind === 'tls-rpt')
  assert.deepEqual(report.aggregate.policies, [{ domain: 'example.org', type: 'sts', succeeded: 5, failed: 2 }])
  assert.deepEqual(report.aggregate.failures, [{ result: 'certificate-expired', host: 'mx.example.org', sessions: 2 }])
})

test('a letter is none of it', () => {
  const report = readReport(
    message(
      ['From: Ann <ann@example.com>', 'To: news@example.org', 'Subject: Re: your offer'],
      ['Hello,', 'I would like to know more about bob@example.net. Ann'],
    ),
  )
  assert.deepEqual([report.kind, report.recipients], ['unknown', []])
})
