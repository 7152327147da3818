// Delivery Alerts as a message to the owner: one for all that were gathered, in plain words.
import type { EpochMs } from '../base/brand.ts'
import type { AlertContent } from '../contract/alerts.ts'
import { messageDate } from './date.ts'
import { toQuotedPrintable } from './encode.ts'

export interface AlertMail {
  readonly from: string
  readonly to: string
  /** Of this server. */
  readonly host: string
  readonly id: string
  readonly at: EpochMs
  readonly alerts: readonly AlertContent[]
  /** How many there are besides. */
  readonly more: number
}

const MOST_SUBJECT = 120
const END = /begun$|ended$/

/** Addresses, host and id are without line breaks: the caller has parsed them. What receivers said is in the body alone. */
export function composeAlertMail({ from, to, host, id, at, alerts, more }: AlertMail): Buffer {
  const count = alerts.length + more
  const subject = count === 1 ? `[${host}] Delivery Alert` : `[${host}] ${count} Delivery Alerts`
  const header = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Date: ${messageDate(at)}`,
    `Subject: ${subject.slice(0, MOST_SUBJECT)}`,
    `Message-ID: <${id}@${host}>`,
    'Auto-Submitted: auto-generated',
    'Precedence: bulk',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
  ]
  const told = alerts.map(
    ({ at: when, kind, what, mend, alarm }) =>
      `${new Date(when).toISOString()}${alarm === undefined ? '' : ` ${alarm.name} (${END.exec(kind)?.[0] ?? kind})`}\r\n${line(what)}\r\n${line(mend)}\r\n`,
  )
  const rest = more === 0 ? [] : [`And ${more} more: see hms alerts ls.\r\n`]
  const text = [...told, ...rest, `Told by hms on ${host}. What is held back: hms effects ls.\r\n`].join('\r\n')
  return Buffer.concat([Buffer.from(`${header.join('\r\n')}\r\n\r\n`), toQuotedPrintable(Buffer.from(text))])
}

/** A stranger's reply may have anything in it. */
function line(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what it is about
  return text.replace(/[\0-\x1f\x7f]+/g, ' ')
}
