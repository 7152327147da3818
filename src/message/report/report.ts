// Reads a message that came back: what kind it is, whom it is about, what it says, and everything that may lead to the message of ours that
// caused it. Pure, synchronous, bounded (bounds.ts), and never throws, whatever the octets are.
import { LONGEST_FIELD, MOST_ARCHIVE_OCTETS, MOST_OCTETS, MOST_SAID } from './bounds.ts'
import { readAggregate } from './aggregate.ts'
import { readFeedback } from './feedback.ts'
import { type Fields, value } from './fields.ts'
import { noticeOf } from './notice.ts'
import { readNotification } from './notification.ts'
import { type FoundOriginal, originalMessage } from './original.ts'
import { type Part, partsOf, readMessage } from './parts.ts'
import { readReply } from './replies.ts'
import { CHALLENGE_REPLIES } from './signs.ts'
import { findTokens } from './tokens.ts'
import type { Report, ReportedRecipient } from './types.ts'

const ARCHIVES = /application\/(?:x-)?(?:zip|gzip|tlsrpt|octet-stream)/i

type Told = Partial<Report> & Pick<Report, 'kind' | 'format'>

export function readReport(octets: Uint8Array): Report {
  const all = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const most = all.length > MOST_OCTETS && ARCHIVES.test(all.toString('latin1', 0, LONGEST_FIELD)) ? MOST_ARCHIVE_OCTETS : MOST_OCTETS
  const text = all
    .toString('latin1', 0, Math.min(all.length, most))
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[ \t]{0,400}\n){1,20}/, '')
  const root = readMessage(text)
  const told = read(root)
  return {
    recipients: [],
    token: told.tokens?.[0] ?? null,
    tokens: [],
    original: null,
    feedback: null,
    aggregate: null,
    text: '',
    parts: [],
    isCut: all.length > most,
    ...told,
  }
}

function read(root: Part): Told {
  const aggregate = readAggregate(root)
  if (aggregate !== null)
    return { kind: 'report', format: aggregate.sums.kind, aggregate: aggregate.sums, parts: uses(root, { [aggregate.part]: 'sums' }) }
  const feedback = readFeedback(root)
  if (feedback !== null) {
    const { original, recipients, part } = feedback
    return {
      kind: 'feedback',
      format: feedback.feedback.format,
      feedback: feedback.feedback,
      recipients,
      ...about(root.fields, original, []),
      parts: uses(root, { ...used(original), [part]: 'the part for programs' }),
    }
  }
  return notification(root) ?? reply(root)
}

function notification(root: Part): Told | null {
  const found = readNotification(root)
  if (found === null) return null
  const { original, notice, recipients, format, statusPart } = found
  const isChallenge = recipients.length > 0 && recipients.every(({ diagnostic }) => CHALLENGE_REPLIES.test(diagnostic.toLowerCase()))
  return {
    kind: isChallenge ? 'challenge' : 'bounce',
    format,
    recipients,
    ...about(root.fields, original, [notice.whole]),
    text: `${notice.subject}\n${notice.text}`.slice(0, MOST_SAID),
    parts: uses(root, {
      ...used(original),
      [notice.part]: 'the text for people',
      ...(statusPart === null ? {} : { [statusPart]: 'the part for programs' }),
    }),
  }
}

function reply(root: Part): Told {
  const notice = noticeOf(root)
  const found = readReply(root, notice)
  const original: FoundOriginal | null = notice.original === null ? null : { fields: notice.original, part: notice.part }
  const said = {
    text: `${notice.subject}\n${notice.text}`.slice(0, MOST_SAID),
    ...about(root.fields, original, [notice.whole.slice(0, MOST_SAID)]),
    parts: uses(root, { [notice.part]: 'the text for people' }),
  }
  if (found === null) return { kind: 'unknown', format: 'none', ...said }
  const recipient: ReportedRecipient = {
    address: found.address,
    finalRecipient: null,
    action: null,
    status: null,
    diagnostic: notice.subject,
    remoteMta: null,
  }
  return { kind: found.kind, format: found.format, recipients: [recipient], ...said }
}

function about(report: Fields, original: FoundOriginal | null, texts: readonly string[]): Pick<Report, 'original' | 'tokens' | 'token'> {
  const tokens = findTokens(report, original?.fields ?? null, [value(report, 'subject'), ...texts])
  return { original: original === null ? null : originalMessage(original.fields), tokens, token: tokens[0] ?? null }
}

const used = (original: FoundOriginal | null): Record<string, string> =>
  original === null ? {} : { [original.part]: 'the returned message' }

function uses(root: Part, known: Readonly<Record<string, string>>): Report['parts'] {
  return partsOf(root).map(({ path, type }) => ({ path, type, use: known[path] ?? '' }))
}
