// Notifications about delivery: those with a part for programs (rfc:3464), and those that only say it to people. Both name recipients,
// what became of them and what a server said; where one leaves something out, the other and the returned message fill it in.
import { addressesIn, cleanAddress } from './address-text.ts'
import { MOST_RECIPIENTS } from './bounds.ts'
import { type DeliveryStatus, looksLikeStatus, readDeliveryStatus, type StatusGroup } from './delivery-status.ts'
import { type Fields, rawValue, value, values } from './fields.ts'
import { type Notice, noticeOf } from './notice.ts'
import { attachedOriginal, envelopeRecipient, type FoundOriginal, originalMessage } from './original.ts'
import { type Part, partsOf, partText, readMessage } from './parts.ts'
import { DAEMONS } from './signs.ts'
import { readProviderNotice } from './provider-json.ts'
import { actionOf, speaksOfFailure } from './failure-signs.ts'
import { enhancedIn, isRefusal } from './smtp-words.ts'
import { textRecipients } from './text-recipients.ts'
import type { OriginalMessage, ReportedRecipient } from './types.ts'

export interface Notification {
  readonly format: string
  readonly recipients: readonly ReportedRecipient[]
  readonly original: FoundOriginal | null
  readonly notice: Notice
  /** The part for programs; null where there is none. */
  readonly statusPart: string | null
}

const MOST_ATTACHED = 4
const STATUS_TYPES = new Set(['message/delivery-status', 'message/global-delivery-status'])

/** Null where the message is no notification about delivery. */
export function readNotification(root: Part): Notification | null {
  const status = statusOf(root)
  if (status !== null) return withStatus(root, status)
  for (const message of [root, ...attachedMessages(root)]) {
    const notice = noticeOf(message)
    const byProvider = fromProvider(notice)
    if (byProvider !== null) return byProvider
    if (speaksOfFailure(message, notice)) return fromText(message, notice)
    const inner = pastedNotification(notice)
    if (inner !== null) return inner
  }
  return null
}

function fromProvider(notice: Notice): Notification | null {
  const found = readProviderNotice(notice.whole)
  if (found === null || found.complaint !== null) return null
  const original = found.original.length === 0 ? null : { fields: { list: found.original, end: 0 }, part: notice.part }
  return { format: 'ses', recipients: found.recipients, original, notice, statusPart: notice.part }
}

/** A notification that somebody forwarded as text: what looks like a returned message is the notification itself. */
function pastedNotification({ pasted, original }: Notice): Notification | null {
  if (pasted === null || original === null || !DAEMONS.test(value(original, 'from').toLowerCase().slice(0, 300))) return null
  const message = readMessage(Buffer.from(pasted).toString('latin1'))
  const notice = noticeOf({ ...message, type: 'text/plain', children: [] })
  return speaksOfFailure(message, notice) ? fromText(message, notice) : null
}

/** Notifications are forwarded, too. */
function attachedMessages(root: Part): Part[] {
  const attached: Part[] = []
  for (const part of partsOf(root)) {
    const [message] = part.children
    if (part.type.startsWith('message/') && message !== undefined) attached.push(message)
  }
  return attached.slice(0, MOST_ATTACHED)
}

interface FoundStatus {
  readonly status: DeliveryStatus
  readonly part: Part
  /** The message that it belongs to: of a forwarded notification the inner one. */
  readonly message: Part
}

function statusOf(root: Part): FoundStatus | null {
  const all = partsOf(root)
  const typed = all.filter((part) => STATUS_TYPES.has(part.type))
  const [first] = typed
  if (first !== undefined) {
    const text = typed
      .filter((part) => parentOf(part.path) === parentOf(first.path))
      .map((part) => partText(part))
      .join('\n\n')
    return { status: readDeliveryStatus(text), part: first, message: messageOf(all, first.path) }
  }
  for (const part of all) {
    if (
      part.children.length > 0 ||
      !(part.type.startsWith('text/') || part.type.startsWith('message/') || part.path === '' || part.type === 'application/octet-stream')
    )
      continue
    if (!/Recipient[ \t]*:/i.test(part.raw.slice(0, 64 * 1024)) && !/base64/i.test(rawValue(part.fields, 'content-transfer-encoding')))
      continue
    const text = partText(part)
    if (!looksLikeStatus(text)) continue
    const status = readDeliveryStatus(text)
    if (status.groups.length > 0) return { status, part, message: messageOf(all, part.path) }
  }
  return null
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')))

function messageOf(all: readonly Part[], path: string): Part {
  const holders = all.filter((part) => part.type.startsWith('message/') && part.children.length > 0 && path.startsWith(`${part.path}.`))
  return holders.at(-1)?.children[0] ?? all[0] ?? emptyMessage
}

const emptyMessage: Part = { path: '', type: 'text/plain', parameters: new Map(), fields: { list: [], end: 0 }, raw: '', children: [] }

function withStatus(root: Part, { status, part, message }: FoundStatus): Notification {
  const notice = noticeOf(message)
  const original = attachedOriginal(root, part.path) ?? inTextOriginal(notice)
  const about = original === null ? null : originalMessage(original.fields)
  const known = knownRecipients(message.fields, about)
  const said = textRecipients(notice, about, new Set([...known, ...status.groups.flatMap(namedIn)].map((address) => address.toLowerCase())))
  const recipients = status.groups.map((group) => ofGroup(group, about, said, notice))
  const named = recipients.filter(({ address }) => address !== null)
  const found =
    named.length > 0
      ? dropRepeats(recipients.filter(({ address }) => address !== null))
      : unnamed(
          recipients[0],
          said.map(({ address }) => address),
          known,
        )
  return {
    format: 'dsn',
    recipients: found.length > 0 ? found : fromText(message, notice).recipients,
    original,
    notice,
    statusPart: part.path,
  }
}

const namedIn = ({ finalRecipient, originalRecipient }: StatusGroup): string[] =>
  [finalRecipient, originalRecipient].filter((address) => address !== null)

/** Names in a directory are no addresses that anybody sent to. */
const mailable = (address: string | null): string | null => (address === null || /^imcea/i.test(address) ? null : address)

/** The address that we sent to: the original one, unless the returned message is for the final one. */
function chosen(group: StatusGroup, about: OriginalMessage | null): string | null {
  const [originalRecipient, finalRecipient] = [mailable(group.originalRecipient), mailable(group.finalRecipient)]
  const { otherRecipient } = group
  if (originalRecipient === null) return finalRecipient ?? otherRecipient
  if (finalRecipient === null || about === null) return originalRecipient
  const to = new Set(about.to.map((address) => address.toLowerCase()))
  return to.has(finalRecipient.toLowerCase()) && !to.has(originalRecipient.toLowerCase()) ? finalRecipient : originalRecipient
}

function ofGroup(
  group: StatusGroup,
  about: OriginalMessage | null,
  said: readonly { address: string; diagnostic: string }[],
  notice: Notice,
): ReportedRecipient {
  const address = chosen(group, about)
  const same = said.find((found) => found.address.toLowerCase() === address?.toLowerCase())
  const diagnostic = group.diagnostic === '' ? (same?.diagnostic ?? '') || refusalIn(notice.text) : group.diagnostic
  const isVague = group.status === null || /^\d\.0\.0$/.test(group.status)
  return {
    address,
    finalRecipient: group.finalRecipient === address ? null : group.finalRecipient,
    action: group.action,
    status: (isVague ? enhancedIn(diagnostic) : null) ?? group.status,
    diagnostic,
    remoteMta: group.remoteMta,
  }
}

/** A notification whose groups name nobody that mail could go to: local names, X.400. */
function unnamed(first: ReportedRecipient | undefined, said: readonly string[], known: readonly string[]): ReportedRecipient[] {
  if (first === undefined) return []
  const found: ReportedRecipient[] = []
  for (const address of (said.length > 0 ? said : known).slice(0, MOST_RECIPIENTS)) found.push({ ...first, address })
  return found
}

function dropRepeats(recipients: readonly ReportedRecipient[]): ReportedRecipient[] {
  const once = new Map<string, ReportedRecipient>()
  for (const recipient of recipients) {
    const key = recipient.address?.toLowerCase() ?? ''
    const before = once.get(key)
    if (before === undefined || (before.diagnostic === '' && recipient.diagnostic !== '')) once.set(key, recipient)
  }
  return [...once.values()]
}

function inTextOriginal(notice: Notice): FoundOriginal | null {
  return notice.original === null ? null : { fields: notice.original, part: notice.part }
}

/** Recipients that headers name. */
function knownRecipients(fields: Fields, about: OriginalMessage | null): string[] {
  const failed = values(fields, 'x-failed-recipients').flatMap((list) => addressesIn(list, MOST_RECIPIENTS))
  return failed.length > 0 ? failed.map(({ address }) => address) : [...(about?.to ?? [])]
}

function fromText(message: Part, notice: Notice): Notification {
  const original = attachedOriginal(message, null) ?? inTextOriginal(notice)
  const about = original === null ? null : originalMessage(original.fields)
  const known = knownRecipients(message.fields, about)
  const failed = rawValue(message.fields, 'x-failed-recipients') !== ''
  const said = textRecipients(notice, about, new Set(known.map((address) => address.toLowerCase())))
  const all = failed ? known : said.length > 0 ? said.map(({ address }) => address) : fallback(notice, known, original)
  const action = actionOf(notice)
  const refusal = refusalIn(notice.text)
  const recipients = [...new Set(all)].slice(0, MOST_RECIPIENTS).map((address) => {
    const own = said.find((found) => found.address.toLowerCase() === address.toLowerCase())?.diagnostic ?? ''
    const diagnostic = isRefusal(own)
      ? own
      : all.length === 1
        ? refusal || own || reasonIn(notice.text) || saidAtAll(notice.text)
        : `${own} ${refusal}`.trim()
    return { address, finalRecipient: null, action, status: enhancedIn(diagnostic) ?? enhancedIn(notice.text), diagnostic, remoteMta: null }
  })
  return { format: 'text', recipients, original, notice, statusPart: null }
}

/** Who it was where the text names nobody: the subject, the one recipient of the original, or a return path that names him. */
function fallback(notice: Notice, known: readonly string[], original: FoundOriginal | null): readonly string[] {
  const [subject] = addressesIn(notice.subject, 1)
  if (subject !== undefined && subject.address.toLowerCase() !== notice.to) return [subject.address]
  if (known.length === 1) return known
  const envelope = original === null ? null : envelopeRecipient(original.fields)
  if (envelope !== null && envelope.toLowerCase() !== notice.to) return [envelope]
  if (known.length > 0 && known.length <= 5) return known
  const local = /recipients?\b[^\n]{0,200}:[ \t]{0,20}\n\s{0,20}([A-Za-z0-9][\w.+-]{1,63})[ \t]{0,20}(?:\n|$)/i.exec(
    notice.text.slice(0, 4000),
  )?.[1]
  if (local !== undefined && notice.from.includes('@')) return [`${local}@${notice.from.slice(notice.from.lastIndexOf('@') + 1)}`]
  const verp = /[-+]([^@+\s]{1,64})=([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6})@/i.exec(notice.to)
  const address = verp === null ? null : cleanAddress(`${verp[1]}@${verp[2]}`)
  return address === null ? [] : [address]
}

/** The line that gives a reason by this name. */
const REASON =
  /^[^\n:]{0,30}(?:reason|error|diagnos|grund|fehler|motif|raison|raz[oó]n|motivo|причина|原因|理由)[^\n:：]{0,20}[:：][ \t]{0,20}(\S[^\n]{2,300})/im

function reasonIn(text: string): string {
  return REASON.exec(text.slice(0, 8000))?.[1]?.trim() ?? ''
}

/** Where no words belong to the address: the first ones of all. */
function saidAtAll(text: string): string {
  return text.slice(0, 1000).replace(/\s+/g, ' ').trim().slice(0, 400)
}

const MOST_REFUSAL = 1000

/** The line of a server that refused, with the lines that go on. */
function refusalIn(text: string): string {
  const lines = text.split('\n', 400)
  const at = lines.findIndex((line) => isRefusal(line) && !/^\s*(?:>>>|Date:|Received:)/i.test(line))
  if (at < 0) return ''
  const first = (lines[at] ?? '').trim().replace(/^<<< /, '')
  const code = /^[45]\d\d(?=-)/.exec(first)?.[0]
  const said = [first]
  for (const line of lines.slice(at + 1, at + 20)) {
    const bare = line.trim().replace(/^<<< /, '')
    if (code !== undefined && bare === '') continue
    if (code === undefined ? !/^\s+\S|^<<< /.test(line) : !bare.startsWith(code)) break
    said.push(bare)
    if (code === undefined || bare.startsWith(`${code} `)) break
  }
  return said.join(' ').slice(0, MOST_REFUSAL)
}
