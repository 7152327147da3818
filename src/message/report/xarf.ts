// XARF reports (xarf.org): JSON of the versions 1 to 4, and the older form in lines of `Name: value`.
import { cleanAddress } from './address-text.ts'
import { rawValue, readFields, value } from './fields.ts'
import { isObject, type Json, readJson } from './json.ts'
import type { Feedback } from './types.ts'

export interface Xarf {
  readonly feedback: Feedback
  readonly recipients: readonly string[]
  /** The message that it is about, where the report holds it. */
  readonly sample: string | null
}

const LONGEST = 1000

/** The first text among these names, of any case. */
function textIn(json: Json, ...names: string[]): string | null {
  for (const [key, said] of Object.entries(json)) {
    if (typeof said !== 'string' || said === '') continue
    if (names.includes(key.toLowerCase().replaceAll(/[_-]/g, ''))) return said.slice(0, LONGEST)
  }
  return null
}

function objectIn(json: Json, name: string): Json {
  const found = Object.entries(json).find(([key]) => key.toLowerCase() === name)?.[1]
  return isObject(found) ? found : {}
}

export function readXarf(text: string): Xarf | null {
  const start = text.slice(0, 2000).trimStart()
  return start.startsWith('{') ? readReport(text) : readLines(text)
}

function readReport(text: string): Xarf | null {
  const json = readJson(text)
  if (json === null) return null
  const inner = objectIn(json, 'report')
  const report = Object.keys(inner).length > 0 ? inner : json
  const isXarf =
    textIn(json, 'xarfversion') !== null ||
    Object.keys(objectIn(json, 'reporterinfo')).length > 0 ||
    (textIn(json, 'version') !== null && textIn(report, 'reporttype') !== null)
  if (!isXarf) return null
  const type = textIn(report, 'reporttype', 'type') ?? 'other'
  const reporter = { ...objectIn(json, 'reporterinfo'), ...objectIn(json, 'reporter') }
  return {
    feedback: {
      format: 'xarf',
      type: typeOf(type),
      reporter: textIn(reporter, 'reporterorg', 'org', 'reporterorgdomain', 'domain'),
      sourceIp: textIn(report, 'sourceip', 'sourceidentifier', 'source'),
      reportedDomain: textIn(report, 'reporteddomain'),
      mailFrom: cleanAddress(textIn(report, 'smtpmailfromaddress', 'smtpfrom', 'mailfrom') ?? ''),
      arrivedAt: textIn(report, 'date', 'timestamp'),
      incidents: 1,
    },
    recipients: [textIn(report, 'smtprcpttoaddress', 'smtpto', 'rcptto', 'recipient') ?? ''],
    sample: sampleOf(json) ?? sampleOf(report),
  }
}

/** Spam is what others call abuse. */
function typeOf(type: string): string {
  const lower = type.toLowerCase().trim()
  return lower === 'spam' || lower === 'abuse' ? 'abuse' : lower
}

function sampleOf(json: Json): string | null {
  const lists = Object.entries(json).filter(([name]) => /^(?:samples|evidence|attachments)$/i.test(name))
  for (const [, list] of lists) {
    if (!Array.isArray(list)) continue
    for (const entry of list.slice(0, 20)) {
      if (!isObject(entry)) continue
      const payload = entry['Payload'] ?? entry['payload']
      if (typeof payload !== 'string' || !/rfc822|text\//i.test(textIn(entry, 'contenttype') ?? 'text/')) continue
      const isPlain = entry['Base64Encoded'] === false || /^[\w-]{1,60}:[ \t]/m.test(payload.slice(0, 2000))
      return isPlain ? payload : Buffer.from(payload, 'base64').toString('latin1')
    }
  }
  return null
}

/** The older form: `Report-Type: spam`, `Source: 192.0.2.1`, in lines. */
function readLines(text: string): Xarf | null {
  const fields = readFields(text.replace(/^---\n/, '').trimStart(), 0)
  const type = value(fields, 'report-type')
  if (type === '' || (value(fields, 'source') === '' && value(fields, 'reported-from') === '')) return null
  return {
    feedback: {
      format: 'xarf',
      type: typeOf(type),
      reporter: cleanAddress(value(fields, 'reported-from')),
      sourceIp: rawValue(fields, 'source') || null,
      reportedDomain: value(fields, 'domain') || null,
      mailFrom: cleanAddress(value(fields, 'smtp-mail-from') || value(fields, 'mail-from')),
      arrivedAt: value(fields, 'date') || null,
      incidents: Math.min(1e9, Math.max(1, Number.parseInt(value(fields, 'occurrences'), 10) || 1)),
    },
    recipients: [value(fields, 'smtp-rcpt-to'), value(fields, 'recipient')],
    sample: null,
  }
}
