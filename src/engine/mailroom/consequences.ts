// What is told of a message that came for an own domain. Pure. Nobody outside may have an effect on a recipient: a report counts (`proved`)
// where it holds a token of ours that the index of what was sent knows, and then for that recipient alone, whoever it names; or where it is
// a complaint that a known reporter proves to be his. Everything else is told as it is, and changes nothing.
import type { AccountId, Domain, EpochMs, MessageId } from '../../base/brand.ts'
import type { BouncedEvent, ComplainedEvent, FeedbackEvent, UnsubscribedEvent } from '../../contract/events.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { Category, ReportKind } from '../../contract/feedback.ts'
import type { FeedbackReporter } from '../../contract/settings.ts'
import type { Report, ReportedRecipient } from '../../message/report/types.ts'
import type { TokenFacts } from '../../message/token.ts'
import { isReporter } from '../../policy/feedback/reporters.ts'
import type { LastSent, Proof, Reading, SentTo } from '../ports/feedback.ts'
import type { JudgedRecipient } from '../report/judge.ts'

/** The message that brought it. */
export interface Arrival {
  readonly id: MessageId
  readonly account: AccountId
  readonly at: EpochMs
}

/** What a token in it stands for; null: there is none of ours. */
export interface Traced {
  readonly token: TokenFacts
  /** Null: the index does not know it. */
  readonly sent: SentTo | null
}

/** What is known beside the message. */
interface Known {
  readonly traced: Traced | null
  readonly reporters: readonly FeedbackReporter[]
  /** What was last sent to a recipient of it, where there is no token. */
  readonly probably?: { readonly of: ReportedRecipient; readonly sent: LastSent } | null
}

/** Recipients of one report without a token that are told of. */
const MOST_TOLD = 20
const LONGEST_RESPONSE = 1024
const LONGEST_NAME = 255

type Whose = Pick<BouncedEvent, 'account' | 'message' | 'clientId' | 'mailing' | 'stream' | 'recipient' | 'domain'>

export function consequencesOf(
  { report, judged, proof }: Omit<Reading, 'client'>,
  arrival: Arrival,
  { traced, reporters, probably = null }: Known,
): readonly FeedbackEvent[] {
  const { kind } = report
  if (kind === 'unknown' || kind === 'report') return []
  const counted = traced === null ? report.recipients.slice(0, MOST_TOLD) : [ofToken(report, traced)]
  const named = counted.length === 0 ? [null] : counted
  const isProved = traced === null ? kind === 'feedback' && isFromReporter(proof, reporters) : traced.sent !== null
  return named.map((one) => {
    const common = {
      at: arrival.at,
      ...whose(arrival, traced, one?.address ?? null),
      report: arrival.id,
      reporter: reporterOf(report, one, proof),
      proved: isProved,
      authentication: proofText(proof),
    }
    if (kind === 'feedback') return complained(common, report)
    if (kind === 'unsubscribe' && isProved) return unsubscribed(common)
    const told = bounced(common, report, one, verdictOf(kind, one === null ? undefined : judged[report.recipients.indexOf(one)]))
    return one !== null && one === probably?.of ? Object.assign(told, { probably: probably.sent }) : told
  })
}

type Common = Whose & Pick<BouncedEvent, 'at' | 'report' | 'reporter' | 'proved' | 'authentication'>

function complained(common: Common, { feedback }: Report): ComplainedEvent {
  return { kind: 'complained', ...common, feedbackType: (feedback?.type ?? 'abuse').slice(0, 50) }
}

function unsubscribed({
  report: _report,
  reporter: _reporter,
  proved: _proved,
  authentication: _auth,
  ...told
}: Common): UnsubscribedEvent {
  return { kind: 'unsubscribed', ...told, by: 'mail', client: null, agent: null }
}

function bounced(common: Common, report: Report, one: ReportedRecipient | null, verdict: Verdict): BouncedEvent {
  const response = (one !== null && one.diagnostic !== '' ? one.diagnostic : report.text).replaceAll(/\s+/g, ' ').slice(0, LONGEST_RESPONSE)
  return { kind: 'bounced', ...common, ...verdict, status: one?.status ?? null, response }
}

/** The one that the token is of, as the report calls it; where it calls it otherwise, the first that it is about. */
function ofToken({ recipients }: Report, { sent }: Traced): ReportedRecipient | null {
  const address = sent?.address.toLowerCase()
  const same = recipients.find((one) => address !== undefined && one.address?.toLowerCase() === address)
  return same ?? recipients.find(({ action }) => action === 'failed') ?? recipients[0] ?? null
}

function whose(arrival: Arrival, traced: Traced | null, address: string | null): Whose {
  const sent = traced?.sent ?? null
  const recipient = (sent?.address ?? address ?? '').slice(0, 320)
  return {
    account: sent?.account ?? traced?.token.account ?? arrival.account,
    message: traced?.token.message ?? arrival.id,
    clientId: sent?.clientId ?? null,
    mailing: sent?.mailing ?? null,
    stream: sent?.stream ?? null,
    recipient,
    domain: recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase() as Domain,
  }
}

function reporterOf({ feedback }: Report, one: ReportedRecipient | null, { from }: Proof): string | null {
  const said = feedback?.reporter ?? one?.remoteMta ?? from?.slice(from.lastIndexOf('@') + 1)
  return said?.slice(0, LONGEST_NAME) ?? null
}

/** What kind of message it is says more than its words, where it is no bounce. */
const BY_KIND: Partial<Record<ReportKind, { readonly category: Category; readonly failureCode: FailureCode }>> = {
  autoreply: { category: 'AutoReply', failureCode: 5001 },
  challenge: { category: 'Challenge', failureCode: 1011 },
  subscribe: { category: 'Subscribe', failureCode: 5999 },
  unsubscribe: { category: 'Unsubscribe', failureCode: 5999 },
  addressChange: { category: 'AddressChange', failureCode: 5999 },
}

type Verdict = Pick<BouncedEvent, 'category' | 'failureCode' | 'blame' | 'action' | 'rule'>

function verdictOf(kind: ReportKind, judged: JudgedRecipient | undefined): Verdict {
  const fixed = BY_KIND[kind]
  const advice = kind === 'challenge' || kind === 'addressChange' ? 'look' : 'none'
  if (fixed !== undefined) return { ...fixed, blame: null, action: advice, rule: null }
  if (judged === undefined) return { category: 'Unknown', failureCode: 9999, blame: null, action: 'look', rule: null }
  const { category, code, blame, action, rule } = judged
  return { category: category ?? 'Unknown', failureCode: code ?? 9999, blame, action, rule }
}

/** SPF proves the envelope, DKIM the message. */
function isFromReporter({ spf, dkim, from }: Proof, reporters: readonly FeedbackReporter[]): boolean {
  const signers = dkim.filter(({ result }) => result === 'pass').map(({ domain }) => domain)
  return isReporter({ signers, from, envelope: spf.result === 'pass' ? spf.sender : null }, reporters)
}

/** As in an Authentication-Results field (rfc:8601#2.2), without the name of who says it. */
export function proofText({ spf, dkim, dmarc, arc }: Proof): string {
  const signatures = dkim.map(
    ({ result, domain, selector }) => `dkim=${result} header.d=${harmless(domain)} header.s=${harmless(selector)}`,
  )
  return [
    `spf=${spf.result} smtp.mailfrom=${harmless(spf.sender)}`,
    ...(signatures.length === 0 ? ['dkim=none'] : signatures),
    `dmarc=${dmarc.result} header.from=${harmless(dmarc.domain)}`,
    `arc=${arc}`,
  ].join('; ')
}

/** It comes from outside and goes into a header. */
function harmless(name: string): string {
  const text = name.slice(0, LONGEST_NAME).replace(/[^\w.@=+-]/g, '?')
  return text === '' ? '""' : text
}
