// A Delivery Alert as a message of syslog (rfc:5424): what programs need stands in its structured data, what people need in its text.
import type { AlertContent } from '../contract/alerts.ts'

/** Facility daemon (rfc:5424#6.2.1). */
const FACILITY = 3
const ERROR = 3
const WARNING = 4
const NOTICE = 5
/** Of structured data, by the number under which examples stand (rfc:5612): nobody has registered another for it. */
const DATA = 'hms@32473'
/** What every receiver of TLS takes whole (rfc:5425#4.3.1) is 2048 octets. */
const LONGEST_TEXT = 1200
const MOST_SUBJECTS = 5
const LONGEST_VALUE = 60

export function syslogMessage(alert: AlertContent, { host, pid }: { readonly host: string; readonly pid: number }): Buffer {
  const { at, kind, what, mend, by, alarm } = alert
  const severity = kind === 'trouble.begun' ? (alarm?.severity === 'critical' ? ERROR : WARNING) : NOTICE
  const values = [
    ['kind', kind],
    ['by', by],
    ...(alarm === undefined
      ? []
      : [['alarm', alarm.name], ['severity', alarm.severity], ...alarm.subjects.slice(0, MOST_SUBJECTS).map((one) => ['subject', one])]),
  ]
  const data = values.map(([name, value = '']) => `${name}="${escaped(value)}"`).join(' ')
  const head = `<${FACILITY * 8 + severity}>1 ${new Date(at).toISOString()} ${printable(host, 255)} hms ${pid} ${printable(kind, 32)} [${DATA} ${data}]`
  // The octets of a BOM say that UTF-8 follows (rfc:5424#6.4).
  return Buffer.from(`${head} \uFEFF${line(`${what} ${mend}`).slice(0, LONGEST_TEXT)}`)
}

/** One after the other on a stream: octets are counted (rfc:6587#3.4.1, rfc:5425#4.3). */
export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

/** Header fields are printable ASCII without spaces; an empty one is a hyphen. */
function printable(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]+/g, '').slice(0, most) || '-'
}

/** rfc:5424#6.3.3 */
function escaped(value: string): string {
  return line(value)
    .slice(0, LONGEST_VALUE)
    .replace(/["\\\]]/g, '\\$&')
}

function line(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a stranger's reply may have anything in it
  return text.replace(/[\0-\x1f\x7f]+/g, ' ')
}
