// A report on TLS as a message (rfc:8460#5.3): a part for people, and the report itself, compressed.
import type { EpochMs } from '../base/brand.ts'
import { messageDate } from './date.ts'
import { toBase64Lines } from './encode.ts'

export interface TlsReportMail {
  readonly from: string
  readonly to: string
  /** What the report is about, and who made it. */
  readonly domain: string
  readonly submitter: string
  readonly id: string
  readonly at: EpochMs
  readonly day: string
  readonly file: string
  /** JSON, compressed by gzip. */
  readonly report: Buffer
}

/** All values are names, addresses and ids without line breaks: the caller has parsed them. */
export function composeTlsReportMail(mail: TlsReportMail): Buffer {
  const { from, to, domain, submitter, id, at, day, file, report } = mail
  const boundary = `tlsrpt-${id.replace(/[^\w-]/g, '-').slice(0, 40)}`
  const header = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Date: ${messageDate(at)}`,
    `Subject: Report Domain: ${domain}\r\n Submitter: ${submitter}\r\n Report-ID: <${id}>`,
    `Message-ID: <${id}@${submitter}>`,
    `TLS-Report-Domain: ${domain}`,
    `TLS-Report-Submitter: ${submitter}`,
    // rfc:8460#3: the report on a broken policy must not be kept back by that policy.
    'TLS-Required: No',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"`,
  ]
  const text = [
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `This is a report on TLS sessions for mail to ${domain}`,
    `on ${day} (UTC), made by ${submitter} (RFC 8460).`,
    '',
    `--${boundary}`,
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\r\n filename="${file}"`,
    '',
    '',
  ]
  const head = Buffer.from(`${header.join('\r\n')}\r\n\r\n${text.join('\r\n')}`)
  return Buffer.concat([head, toBase64Lines(report), Buffer.from(`--${boundary}--\r\n`)])
}
