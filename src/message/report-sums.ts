// Reports of DMARC and TLS-RPT as rows to be kept, and rows as sums by domain and day. Pure. Anybody can send one: only what is about a domain
// of ours is kept, and only what the DNS proves to be of its sender's domain is added up.
import type { EpochMs } from '../base/brand.ts'
import type { Settings } from '../contract/settings.ts'
import { isIP } from 'node:net'
import type { DmarcDay, DmarcSource, ReportSum, TlsDay } from '../contract/sums.ts'
import type { AggregateReport, DmarcSums, TlsSums } from './report/types.ts'

const DAY = 86_400_000
const LONGEST = 255
const MOST_POLICIES = 50
const MOST_FAILURES = 20
const MOST_REPORTERS = 100
/** Of a report; what failed from elsewhere is in its counts. */
const MOST_SOURCES = 20
/** Of a day. */
const MOST_OF_DAY = 100

interface Who {
  /** The domain that is proved; null: none is. */
  readonly reporter: string | null
  readonly isOurs: (domain: string) => boolean
  readonly now: EpochMs
}

/** Of a time that is still to come nobody can report: such rows would push out the others, and never be old. */
export function sumsOf(report: AggregateReport, { reporter, isOurs, now }: Who): readonly ReportSum[] {
  const whose = (domain: string, at: number) => ({
    reporter: (reporter ?? report.organization).slice(0, LONGEST),
    isProved: reporter !== null,
    report: report.reportId.slice(0, LONGEST),
    domain: domain.toLowerCase().slice(0, LONGEST),
    day: Number.isFinite(at) ? Math.floor(at / DAY) : 0,
  })
  const rows: readonly ReportSum[] = report.kind === 'dmarc' ? [dmarcSum(report, whose)] : tlsSums(report, whose)
  return rows.filter(({ domain, day }) => isOurs(domain) && day <= now / DAY + 1)
}

type Whose = (domain: string, at: number) => Omit<ReportSum, 'kind' | 'counts'>

function dmarcSum(report: DmarcSums, whose: Whose): ReportSum {
  const { domain, begin, messages, aligned, dkimAligned, spfAligned, dispositions, sources } = report
  const counts = {
    messages,
    aligned,
    dkim: dkimAligned,
    spf: spfAligned,
    quarantined: dispositions.quarantine,
    rejected: dispositions.reject,
    sources: worst(sources.filter(({ ip }) => isIP(ip) !== 0)).slice(0, MOST_SOURCES),
  }
  return { kind: 'dmarc', ...whose(domain, begin * 1000), counts }
}

/** Those that something failed from, the most first. */
function worst(sources: readonly DmarcSource[]): readonly DmarcSource[] {
  const failed = ({ messages, aligned }: DmarcSource): number => messages - aligned
  return sources.filter((one) => failed(one) > 0).toSorted((a, b) => failed(b) - failed(a))
}

function tlsSums({ policies, failures, begin }: TlsSums, whose: Whose): readonly ReportSum[] {
  const kinds: Record<string, number> = Object.create(null) as Record<string, number>
  for (const { result, sessions } of failures.slice(0, MOST_FAILURES)) {
    const name = result.slice(0, 50)
    kinds[name] = (kinds[name] ?? 0) + sessions
  }
  const at = Date.parse(begin)
  return policies.slice(0, MOST_POLICIES).map(({ domain, succeeded, failed }, i): ReportSum => {
    // Failures are not told apart by policy: they stand beside the first.
    const counts = { succeeded, failed, failures: i === 0 ? kinds : {} }
    return Object.assign(whose(domain, at), { kind: 'tls' as const, counts })
  })
}

/** Those that mail leaves by here, those above and those below them: a policy is published for an organization. */
export function ourDomains({ dkimKeys, senderDomains, ownDomains, accounts }: Settings): (domain: string) => boolean {
  const ours: string[] = [...senderDomains.keys(), ...ownDomains.keys(), ...dkimKeys.map(({ domain }) => domain)]
  for (const { returnPathDomain } of accounts.values()) if (returnPathDomain !== null) ours.push(returnPathDomain)
  return (domain) => ours.some((one) => one === domain || one.endsWith(`.${domain}`) || domain.endsWith(`.${one}`))
}

type Of<Kind extends ReportSum['kind']> = Extract<ReportSum, { kind: Kind }>

/** Newest first. `each`: each reporter by himself, so that one who makes figures up is seen. */
export function dmarcDays(rows: readonly Of<'dmarc'>[], each = false): readonly DmarcDay[] {
  return grouped(rows, each).map(dmarcDay)
}

function dmarcDay({ day, proved }: Group<Of<'dmarc'>>): DmarcDay {
  const sum = (of: (row: Of<'dmarc'>) => number): number => proved.reduce((all, row) => all + of(row), 0)
  return {
    ...day,
    messages: sum(({ counts }) => counts.messages),
    aligned: sum(({ counts }) => counts.aligned),
    dkim: sum(({ counts }) => counts.dkim),
    spf: sum(({ counts }) => counts.spf),
    quarantined: sum(({ counts }) => counts.quarantined),
    rejected: sum(({ counts }) => counts.rejected),
    sources: sourcesOf(proved),
  }
}

function sourcesOf(rows: readonly Of<'dmarc'>[]): readonly DmarcSource[] {
  const found = new Map<string, DmarcSource>()
  for (const { ip, messages, aligned } of rows.flatMap(({ counts }) => counts.sources ?? [])) {
    const before = found.get(ip)
    found.set(ip, { ip, messages: messages + (before?.messages ?? 0), aligned: aligned + (before?.aligned ?? 0) })
  }
  return worst([...found.values()]).slice(0, MOST_OF_DAY)
}

export function tlsDays(rows: readonly Of<'tls'>[], each = false): readonly TlsDay[] {
  return grouped(rows, each).map(tlsDay)
}

function tlsDay({ day, proved }: Group<Of<'tls'>>): TlsDay {
  const failures = new Map<string, number>()
  for (const { counts } of proved)
    for (const [kind, sessions] of Object.entries(counts.failures)) failures.set(kind, (failures.get(kind) ?? 0) + sessions)
  const sum = (of: (row: Of<'tls'>) => number): number => proved.reduce((all, row) => all + of(row), 0)
  return {
    ...day,
    succeeded: sum(({ counts }) => counts.succeeded),
    failed: sum(({ counts }) => counts.failed),
    failures: Object.fromEntries(failures),
  }
}

interface Group<Row> {
  readonly day: Pick<DmarcDay, 'domain' | 'day' | 'reporters' | 'unproved'>
  readonly proved: readonly Row[]
}

function grouped<Row extends ReportSum>(rows: readonly Row[], each: boolean): Group<Row>[] {
  const groups = Map.groupBy(rows, ({ day, domain, isProved, reporter }) => `${day} ${domain} ${each && isProved ? reporter : ''}`)
  const all = [...groups.values()].map((group): Group<Row> => {
    const [{ domain, day } = { domain: '', day: 0 }] = group
    const proved = group.filter(({ isProved }) => isProved)
    const reporters = [...new Set(proved.map(({ reporter }) => reporter))].toSorted().slice(0, MOST_REPORTERS)
    return { day: { domain, day: day * DAY, reporters, unproved: group.length - proved.length }, proved }
  })
  return all.toSorted((a, b) => b.day.day - a.day.day || a.day.domain.localeCompare(b.day.domain))
}
