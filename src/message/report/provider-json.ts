// Notifications that a sending service gives as JSON in a mail (Amazon SES by way of SNS): bounces, complaints, deliveries.
import { cleanAddress } from './address-text.ts'
import { LONGEST_DIAGNOSTIC, MOST_RECIPIENTS } from './bounds.ts'
import { isObject, type Json, readJson } from './json.ts'
import type { ReportedAction, ReportedRecipient } from './types.ts'

export interface ProviderNotice {
  /** Null: a bounce or a delivery. */
  readonly complaint: string | null
  readonly recipients: readonly ReportedRecipient[]
  /** Of the message that it is about, as a header. */
  readonly original: readonly { readonly name: string; readonly value: string }[]
}

/** Null where the text begins with no such notice. */
export function readProviderNotice(text: string): ProviderNotice | null {
  const start = text.slice(0, 200).trimStart()
  if (!start.startsWith('{') || !/"(?:notificationType|eventType)"/.test(text.slice(0, 2000))) return null
  const end = text.search(/\n-- ?\n/)
  // Mailers that cut long lines leave an exclamation mark.
  const json = readJson((end < 0 ? text : text.slice(0, end)).replaceAll('!\n ', '').replaceAll('\n', ''))
  const type = json?.['notificationType'] ?? json?.['eventType']
  if (json === null || typeof type !== 'string') return null
  const about = objectIn(json, type.toLowerCase())
  const isComplaint = type === 'Complaint'
  const recipients = recipientsOf(about, type === 'Delivery' ? 'delivered' : type === 'DeliveryDelay' ? 'delayed' : 'failed')
  if (recipients.length === 0) return null
  const said = about['complaintFeedbackType']
  return {
    complaint: isComplaint ? (typeof said === 'string' ? said.toLowerCase().slice(0, 40) : 'abuse') : null,
    recipients,
    original: headerOf(objectIn(json, 'mail')),
  }
}

function objectIn(json: Json, name: string): Json {
  const found = Object.entries(json).find(([key]) => key.toLowerCase() === name)?.[1]
  return isObject(found) ? found : {}
}

const textOf = (said: unknown): string => (typeof said === 'string' ? said : '')

function recipientsOf(about: Json, action: ReportedAction): ReportedRecipient[] {
  const list = about['bouncedRecipients'] ?? about['complainedRecipients'] ?? about['delayedRecipients'] ?? about['recipients']
  if (!Array.isArray(list)) return []
  return list.slice(0, MOST_RECIPIENTS).flatMap((entry: unknown): ReportedRecipient[] => {
    const one: Json = isObject(entry) ? entry : { emailAddress: entry }
    const address = cleanAddress(textOf(one['emailAddress']))
    if (address === null) return []
    const diagnostic = textOf(one['diagnosticCode'])
      .replace(/^\s*[a-z0-9-]{1,20}\s*;\s*/i, '')
      .slice(0, LONGEST_DIAGNOSTIC)
    const status = /^[245]\.\d{1,3}\.\d{1,3}$/.exec(textOf(one['status']))?.[0] ?? null
    return [{ address, finalRecipient: null, action, status, diagnostic, remoteMta: null }]
  })
}

function headerOf(mail: Json): { name: string; value: string }[] {
  const list = mail['headers']
  if (!Array.isArray(list)) return []
  return list.slice(0, 200).flatMap((entry: unknown) => {
    if (!isObject(entry)) return []
    return [{ name: textOf(entry['name']).toLowerCase().slice(0, 80), value: textOf(entry['value']).slice(0, 1000) }]
  })
}
