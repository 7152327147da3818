// What of an event is counted, and under which values.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { AcceptedEvent, MailEvent } from '../../contract/events.ts'
import type { CATEGORIES } from '../../contract/feedback.ts'
import { REPORT_FIGURES, type ReportFigure } from '../../contract/report-figures.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'

/** Column of each figure. */
export const COLUMN = Object.fromEntries(REPORT_FIGURES.map((figure, n) => [figure, n])) as Readonly<Record<ReportFigure, number>>
export const COLUMNS = REPORT_FIGURES.length

/** Those by which values are weighed where rare ones are folded: what happened to recipients. */
export const LIGHT_COLUMNS: readonly number[] = REPORT_FIGURES.flatMap((figure, n) => (/messages|ctets|queuedFor/.test(figure) ? [] : [n]))

/** One thing to count. Null: it has no value of that kind, and is not counted by it. Empty: it has none, which is counted. */
export interface Fact {
  at: EpochMs
  account: number
  stream: string
  mailing: string
  domain: string | null
  site: string | null
  source: string | null
  code: string | null
  /** Columns and what is added to them, in turn. */
  readonly add: number[]
  /** Of what was delivered; -1: none was. */
  took: Ms
}

export function emptyFact(): Fact {
  return { at: 0, account: 0, stream: '', mailing: '', domain: null, site: null, source: null, code: null, add: [], took: -1 }
}

/** Fills `fact` anew and gives whether there is anything to count. Of what was accepted the domains come beside (`acceptedDomains`). */
export function factOf(event: MailEvent, fact: Fact): boolean {
  fact.at = event.at
  fact.account = event.account
  fact.stream = event.stream === undefined ? FIRST_STREAM : (event.stream ?? '')
  fact.mailing = event.mailing ?? ''
  fact.domain = 'domain' in event ? event.domain : null
  fact.site = null
  fact.source = null
  fact.code = null
  fact.took = -1
  fact.add.length = 0
  return count(event, fact)
}

function count(event: MailEvent, fact: Fact): boolean {
  switch (event.kind) {
    case 'accepted':
      // A message with many recipients has an event for each thousand of them.
      if ((event.from ?? 0) === 0) fact.add.push(COLUMN.messages, 1, COLUMN.octets, event.size)
      fact.add.push(COLUMN.recipients, event.recipients)
      return true
    case 'delivered':
      fact.add.push(COLUMN.delivered, 1, COLUMN.deliveredOctets, event.size, COLUMN.queuedFor, event.queuedFor)
      fact.took = event.queuedFor
      break
    case 'deferred':
    case 'failed':
    case 'expired':
      fact.add.push(COLUMN[event.kind], 1)
      fact.code = String(event.failureCode)
      break
    case 'bounced':
      fact.add.push(BOUNCED[event.category] ?? COLUMN.bouncedOther, 1)
      fact.code = String(event.failureCode)
      return true
    case 'opened':
    case 'clicked':
      fact.add.push(event.machine === null ? COLUMN[event.kind] : COLUMN[`${event.kind}ByMachine`], 1)
      return true
    case 'deleted':
    case 'complained':
    case 'unsubscribed':
      fact.add.push(COLUMN[event.kind], 1)
      return true
    case 'held':
    case 'released':
      return false
  }
  fact.site = event.site ?? ''
  fact.source = event.source ?? ''
  return true
}

const BOUNCED: Partial<Record<keyof typeof CATEGORIES, number>> = { Hard: COLUMN.bouncedHard, Soft: COLUMN.bouncedSoft }

/** How many recipients each domain has in what was accepted. */
export function acceptedDomains({ recipient, others }: AcceptedEvent): ReadonlyMap<string, number> {
  const domains = new Map<string, number>([[domainIn(recipient), 1]])
  for (const one of others ?? []) {
    const domain = domainIn(one)
    domains.set(domain, (domains.get(domain) ?? 0) + 1)
  }
  return domains
}

function domainIn(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}
