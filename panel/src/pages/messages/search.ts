// What messages are searched by: as it stands in the address of the page, and as the calls of the API take it.
import type { MailEventKind, QueueSelection } from '../../../../client/src/index.ts'

export const SPANS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const
export type SpanName = keyof typeof SPANS

export const EVENT_FIELDS = ['recipient', 'subject', 'domain', 'message', 'clientId', 'headerId', 'mailing', 'account'] as const
export const QUEUE_FIELDS = ['recipient', 'sender', 'domain', 'mailing', 'account', 'reason'] as const
export type Field = (typeof EVENT_FIELDS)[number] | (typeof QUEUE_FIELDS)[number]

export const KINDS = [
  'accepted',
  'delivered',
  'deferred',
  'failed',
  'expired',
  'bounced',
  'complained',
  'unsubscribed',
  'opened',
  'clicked',
  'held',
  'released',
  'deleted',
] as const satisfies readonly MailEventKind[]

export interface MessageSearch {
  /** Left out: what happened. */
  readonly view?: 'queue'
  readonly recipient?: string
  readonly sender?: string
  readonly subject?: string
  readonly domain?: string
  readonly message?: string
  readonly clientId?: string
  readonly headerId?: string
  readonly mailing?: string
  readonly account?: number
  readonly reason?: string
  readonly site?: string
  readonly kinds?: readonly MailEventKind[]
  readonly last?: SpanName
  readonly state?: 'waiting' | 'held'
}

const TEXTS = ['recipient', 'sender', 'subject', 'domain', 'message', 'clientId', 'headerId', 'mailing', 'reason', 'site'] as const

/** Of whatever stands in the address: what is no filter is left out. */
export function searchOf(given: Readonly<Record<string, unknown>>): MessageSearch {
  const texts = TEXTS.flatMap((name) => {
    const value = given[name]
    // A mailing or an id may be a number to whoever reads the address.
    return (typeof value === 'string' || typeof value === 'number') && value !== '' ? [[name, String(value)] as const] : []
  })
  const account = Number(given['account'])
  const kinds = Array.isArray(given['kinds']) ? KINDS.filter((kind) => (given['kinds'] as unknown[]).includes(kind)) : []
  const { view, last, state } = given
  return {
    ...(view === 'queue' && { view: 'queue' as const }),
    ...Object.fromEntries(texts),
    ...(Number.isInteger(account) && account >= 1000 && { account }),
    ...(kinds.length > 0 && { kinds }),
    ...(typeof last === 'string' && Object.hasOwn(SPANS, last) && { last: last as SpanName }),
    ...((state === 'waiting' || state === 'held') && { state }),
  }
}

const isPattern = (text: string): boolean => /[*?]/.test(text)
/** So that the same minute asks the same. */
const since = (last: SpanName | undefined): { since?: number } =>
  last === undefined ? {} : { since: Math.floor((Date.now() - SPANS[last]) / 60_000) * 60_000 }

/** For `events.find`. */
export function eventQuery({ recipient, subject, domain, message, clientId, headerId, mailing, account, kinds, last }: MessageSearch) {
  return {
    ...(recipient !== undefined && (isPattern(recipient) ? { address: recipient } : { recipient })),
    ...(subject !== undefined && { subject }),
    ...(domain !== undefined && { domain }),
    ...(message !== undefined && { message: message.toLowerCase() }),
    ...(clientId !== undefined && { clientId }),
    ...(headerId !== undefined && { headerId }),
    ...(mailing !== undefined && { mailing }),
    ...(account !== undefined && { account }),
    ...(kinds !== undefined && { kinds }),
    ...since(last),
  }
}

/** For calls about the queue. */
export function queueQuery({ recipient, sender, domain, mailing, account, reason, state, site, last }: MessageSearch): QueueSelection {
  const { since: acceptedAfter } = since(last)
  return {
    ...(recipient !== undefined && { recipient }),
    ...(sender !== undefined && { sender }),
    ...(domain !== undefined && { domain }),
    ...(mailing !== undefined && { mailing }),
    ...(account !== undefined && { account }),
    ...(reason !== undefined && { reason }),
    ...(state !== undefined && { state }),
    ...(site !== undefined && { site }),
    ...(acceptedAfter !== undefined && { acceptedAfter }),
  }
}

const FLAGS: Readonly<Record<Exclude<Field, 'sender' | 'reason'>, string>> = {
  recipient: '--recipient',
  subject: '--subject',
  domain: '--recipient',
  message: '--message',
  clientId: '--client-id',
  headerId: '--header-id',
  mailing: '--mailing',
  account: '--account',
}

/** The same as a line of `hms`, each word quoted by `quote`. */
export function eventCommand(search: MessageSearch, quote: (text: string) => string): string {
  const filters = Object.entries(FLAGS).flatMap(([name, flag]) => {
    const value = search[name as keyof typeof FLAGS]
    return value === undefined ? [] : [flag, quote(name === 'domain' ? `@${value}` : String(value))]
  })
  const kinds = search.kinds === undefined ? [] : ['--kind', search.kinds.join(',')]
  const time = search.last === undefined ? [] : ['--since', search.last]
  return ['events', ...filters, ...kinds, ...time].join(' ')
}

/** Filters that are set, as the page shows them. */
export function filtersOf(search: MessageSearch): readonly (readonly [Field, string])[] {
  const fields: readonly Field[] = search.view === 'queue' ? QUEUE_FIELDS : EVENT_FIELDS
  return fields.flatMap((field) => {
    const value = search[field]
    return value === undefined ? [] : [[field, String(value)] as const]
  })
}
