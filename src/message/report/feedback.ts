// Complaints and other reports of receivers about our mail: ARF (rfc:5965, rfc:6650, rfc:6591), XARF, the older form of Hotmail, and reports
// that only attach the message. Receivers redact what names the recipient: then there is none, and the ids that are left tell who it was.
import { addressesIn, cleanAddress, isAddress } from './address-text.ts'
import { type Fields, rawValue, readFields, value, values } from './fields.ts'
import { noticeOf } from './notice.ts'
import { readProviderNotice } from './provider-json.ts'
import { attachedOriginal, type FoundOriginal, originalMessage } from './original.ts'
import { type Part, partsOf, partText } from './parts.ts'
import type { Feedback, ReportedRecipient } from './types.ts'
import { readXarf } from './xarf.ts'

export interface FeedbackReport {
  readonly feedback: Feedback
  readonly recipients: readonly ReportedRecipient[]
  readonly original: FoundOriginal | null
  readonly part: string
}

const MOST_NAMED = 100

export function readFeedback(root: Part): FeedbackReport | null {
  return readArf(root) ?? readXarfReport(root) ?? readProvider(root) ?? readJmrp(root) ?? readLoose(root)
}

/** The part for programs, whatever its type became on the way. */
function arfPart(root: Part): Part | undefined {
  const leaves = partsOf(root).filter((part) => part.children.length === 0)
  const typed = leaves.find((part) => part.type === 'message/feedback-report')
  if (typed !== undefined) return typed
  const isReport = root.parameters.get('report-type')?.toLowerCase() === 'feedback-report'
  return leaves.find((part) => {
    if (part.type === 'message/delivery-status' || !/Feedback-Type[ \t]*:/i.test(part.raw.slice(0, 4000))) return false
    const fields = readFields(partText(part).trimStart(), 0)
    return value(fields, 'feedback-type') !== '' && (isReport || value(fields, 'user-agent') !== '' || value(fields, 'version') !== '')
  })
}

function readArf(root: Part): FeedbackReport | null {
  const part = arfPart(root)
  if (part === undefined) return null
  const fields = readFields(partText(part).trimStart(), 0)
  const original = attachedOriginal(root, part.path)
  const named = ['original-rcpt-to', 'removal-recipient', 'x-original-rcpt-to'].flatMap((name) => values(fields, name))
  return {
    feedback: {
      format: 'arf',
      type: value(fields, 'feedback-type').toLowerCase().trim() || 'other',
      reporter: value(fields, 'user-agent') || null,
      sourceIp: value(fields, 'source-ip').trim() || null,
      reportedDomain: value(fields, 'reported-domain').trim() || null,
      mailFrom: cleanAddress(value(fields, 'original-mail-from')),
      arrivedAt: value(fields, 'arrival-date') || value(fields, 'received-date') || null,
      incidents: incidents(value(fields, 'incidents')),
    },
    recipients: complainants(named, original?.fields ?? null),
    original,
    part: part.path,
  }
}

const incidents = (text: string): number => Math.min(1e9, Math.max(1, Number.parseInt(text, 10) || 1))

/** Who complained: as named, else as the original names its recipient. */
export function complainants(named: readonly string[], original: Fields | null): ReportedRecipient[] {
  const addresses = new Set<string>()
  for (const text of named.slice(0, MOST_NAMED))
    for (const { address } of addressesIn(text, MOST_NAMED)) if (!isRedacted(address)) addresses.add(address)
  if (addresses.size === 0 && original !== null) for (const address of recipientsOf(original)) addresses.add(address)
  const all = addresses.size === 0 ? [null] : [...addresses]
  return all.map((address) => ({ address, finalRecipient: null, action: null, status: null, diagnostic: '', remoteMta: null }))
}

/** What receivers write in place of an address. */
function isRedacted(address: string): boolean {
  return (
    !isAddress(address) ||
    /^\W*(?:redacted|removed|undisclosed|hidden|anonymi[sz]ed|suppressed|deleted|x{3,}|recipient|obfuscated|unknown|none)\W|@(?:redacted|removed|x{3,})\b|redacted/i.test(
      address,
    )
  )
}

/** The recipient of the original: the envelope's where servers left it, else of `To` where it is one. */
function recipientsOf(original: Fields): string[] {
  for (const name of [
    'x-hmxmroriginalrecipient',
    'delivered-to',
    'x-original-to',
    'envelope-to',
    'x-rcpt-to',
    'x-envelope-to',
    'original-recipient',
  ]) {
    const address = cleanAddress(rawValue(original, name))
    if (address !== null && !isRedacted(address)) return [address]
  }
  const { to, from } = originalMessage(original)
  return to.filter((address) => !isRedacted(address) && address.toLowerCase() !== from?.toLowerCase()).slice(0, MOST_NAMED)
}

/** XARF by mail: the report is a part, the message another or inside it. */
function readXarfReport(root: Part): FeedbackReport | null {
  const isSaid = root.fields.list.some(({ name }) => name === 'x-xarf' || name === 'x-arf')
  for (const part of partsOf(root)) {
    if (part.children.length > 0) continue
    const isJson = part.type === 'application/json' || /\.json$/i.test(nameOf(part))
    if (!isJson && !(isSaid && part.type.startsWith('text/'))) continue
    const found = readXarf(partText(part))
    if (found === null) continue
    const attached = attachedOriginal(root, part.path)
    const inside = found.sample === null ? null : readFields(found.sample.replace(/\r\n?/g, '\n').trimStart(), 0)
    const original = attached ?? (inside !== null && inside.list.length > 1 ? { fields: inside, part: part.path } : null)
    return { feedback: found.feedback, recipients: complainants(found.recipients, original?.fields ?? null), original, part: part.path }
  }
  return null
}

/** A complaint that a sending service gives as JSON. */
function readProvider(root: Part): FeedbackReport | null {
  const notice = noticeOf(root)
  const found = readProviderNotice(notice.whole)
  if (found === null || found.complaint === null) return null
  const original = found.original.length === 0 ? null : { fields: { list: found.original, end: 0 }, part: notice.part }
  return { feedback: feedbackOf('other', found.complaint, null, 'Amazon SES'), recipients: found.recipients, original, part: notice.part }
}

function nameOf(part: Part): string {
  return part.parameters.get('name') ?? /filename\*?="?([^";]{1,200})/i.exec(rawValue(part.fields, 'content-disposition'))?.[1] ?? ''
}

function feedbackOf(format: Feedback['format'], type: string, sourceIp: string | null, reporter: string | null): Feedback {
  return { format, type, reporter, sourceIp, reportedDomain: null, mailFrom: null, arrivedAt: null, incidents: 1 }
}

/** Hotmail's junk mail reports: nothing but the message, whose first header names who complained. */
function readJmrp(root: Part): FeedbackReport | null {
  const original = attachedOriginal(root, null)
  const inline = original === null ? readFields(partText(root).trimStart(), 0) : null
  const fields = original?.fields ?? (inline !== null && inline.list.length > 3 ? inline : null)
  const from = value(root.fields, 'from').toLowerCase()
  const isHotmail =
    /staff@hotmail\.com|jmrp|@(?:feedback|complaints?)\.(?:live|hotmail|outlook)\.com/.test(from) &&
    /complaint|junk/i.test(value(root.fields, 'subject'))
  const isMarked = fields !== null && rawValue(fields, 'x-hmxmroriginalrecipient') !== ''
  if (fields === null || !(isHotmail || isMarked)) return null
  const ip =
    /\[?(\d{1,3}(?:\.\d{1,3}){3})\]?/.exec(value(root.fields, 'subject'))?.[1] ??
    (rawValue(fields, 'x-originating-ip').replace(/[[\]]/g, '') || null)
  return {
    feedback: feedbackOf('jmrp', 'abuse', ip, 'Hotmail'),
    recipients: complainants([], fields),
    original: { fields, part: original?.part ?? '' },
    part: original?.part ?? '',
  }
}

const COMPLAINT =
  /(?:spam|abuse|ube|uce)[- ]?(?:mail )?(?:complaint|report|notification)|e-?mail (?:feedback|abuse) report|complaint (?:about|from|regarding)|feedback loop|\bfbl\b|\[spamcop|spamcop \(|reported as (?:spam|junk)|marked as spam|opt[- ]?out (?:report|request)|abuse report/
const REPORTERS =
  /^(?:abuse|fbl|feedback|feedbackloop|scomp|complaints?|spam-?reports?|report|staff|arf|jmrp|postmaster|noreply|no-reply|spamreport|spam)[\w.+-]*@|spamcop|abusix|feedback/

/** Reports that mail in our name was not proved to be ours (rfc:6591), without their part for programs. */
const PROOF = /dmarc (?:forensic|failure)|(?:forensic|failure) report[^@]{0,40}dmarc|authentication[- ]failure report/

function pasted(root: Part): FoundOriginal | null {
  const { original, part } = noticeOf(root)
  return original === null ? null : { fields: original, part }
}

/** A report that only attaches the message, or writes it out: taken for one where sender and subject say so. */
function readLoose(root: Part): FeedbackReport | null {
  const subject = value(root.fields, 'subject').toLowerCase().slice(0, 500)
  const from = value(root.fields, 'from').toLowerCase().slice(0, 500)
  if (!COMPLAINT.test(subject) && !PROOF.test(subject)) return null
  const isAboutProof = PROOF.test(subject)
  const attached = attachedOriginal(root, null)
  // People who complain attach the message, too.
  if (attached === null && !REPORTERS.test(cleanAddress(from) ?? from)) return null
  const original = attached ?? (isAboutProof ? pasted(root) : null)
  const isSpamcop = rawValue(root.fields, 'x-spamcop-sourceip') !== ''
  if (original === null && !isSpamcop) return null
  const type = isAboutProof ? 'auth-failure' : /opt[- ]?out/.test(subject) ? 'opt-out' : 'abuse'
  const ip = rawValue(root.fields, 'x-spamcop-sourceip') || /\b(\d{1,3}(?:\.\d{1,3}){3})\b/.exec(subject)?.[1] || null
  return {
    feedback: feedbackOf('other', type, ip, isSpamcop ? 'SpamCop' : null),
    recipients: complainants([], original?.fields ?? null),
    original,
    part: original?.part ?? '',
  }
}
