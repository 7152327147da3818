// What the audit is searched by: as it stands in the address of the page, as the API takes it, and as the command does.
import { accountOf } from '../../app/account-search.ts'
import { quoted } from '../../parts/command.tsx'

export const SPANS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const
export type SpanName = keyof typeof SPANS

const TEXTS = ['who', 'action', 'subject'] as const

export interface AuditSearch {
  readonly who?: string
  readonly action?: string
  readonly subject?: string
  readonly account?: number
  readonly last?: SpanName
}

/** Of whatever stands in the address: what is no filter is left out. */
export function searchOf(given: Readonly<Record<string, unknown>>): AuditSearch {
  const texts = TEXTS.flatMap((name) => {
    const value = given[name]
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    return text === '' ? [] : [[name, text] as const]
  })
  const { last } = given
  return {
    ...Object.fromEntries(texts),
    ...accountOf(given),
    ...(typeof last === 'string' && Object.hasOwn(SPANS, last) && { last: last as SpanName }),
  }
}

/** For `audit.list`. So that the same minute asks the same. */
export function queryOf({ last, ...rest }: AuditSearch) {
  return { ...rest, ...(last !== undefined && { since: Math.floor((Date.now() - SPANS[last]) / 60_000) * 60_000 }) }
}

export function commandOf({ who, action, subject, account, last }: AuditSearch): string {
  return [
    'audit',
    ...(last === undefined ? [] : [`--since ${last}`]),
    ...(who === undefined ? [] : [`--by ${quoted(who)}`]),
    ...(action === undefined ? [] : [`--what ${quoted(action)}`]),
    ...(subject === undefined ? [] : [`--to ${quoted(subject)}`]),
    ...(account === undefined ? [] : [`--account ${account}`]),
  ].join(' ')
}
