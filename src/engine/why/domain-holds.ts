// What holds the mail of a domain in the shards of this worker, by what and how much. Counts are those of the scheduler's memory and of the
// index of what waits; nothing is looked at one by one but what is being sent.
import type { Domain, EpochMs } from '../../base/brand.ts'
import { OWN_SITE } from '../../contract/events.ts'
import { type HeldBack, type Hold, MOST_AHEAD, type WaitingDomain } from '../../contract/why.ts'
import type { Suspension } from '../../contract/settings.ts'
import { isOfAll, suspendedReason } from '../../policy/suspension.ts'
import { isOfAccount } from '../../policy/accounts/standing.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { Site } from '../deliver/site.ts'
import type { DomainWaiting, QueuedRecipient, WhySpool } from '../ports/spool.ts'
import {
  BEING_READ,
  diskHold,
  isItsTime,
  mailroomHold,
  NOT_BEFORE,
  serverHold,
  sourceHold,
  suspendedHold,
  turnHold,
} from './recipient-hold.ts'
import { siteHold } from './site-hold.ts'

const LEAST_HOLDS = 10

export async function domainHolds(courier: MailCourier, domain: Domain, spool: WhySpool): Promise<WaitingDomain> {
  const { lines, held } = courier.scheduler
  let [waiting, inHand] = [0, 0]
  for (const line of lines.ofDomain(domain)) {
    waiting += line.waiting
    inHand += line.inHand
  }
  const rows = await indexed(courier, domain, spool)
  // What is due much later has no line where very many domains have mail.
  waiting = Math.max(waiting, rows.due + rows.later)
  const plan = courier.planOf(domain)
  const site = courier.outlook.siteOf(domain)
  const holds = [...waitingHolds({ courier, domain, site }, { waiting, inHand, rows }), ...heldHolds(courier, domain)].filter(
    ({ recipients }) => recipients > 0,
  )
  const sum = [...held.of(domain).values()].reduce((total, one) => total + one, 0)
  return {
    domain,
    site: courier.mailroom?.owns(domain) === true ? OWN_SITE : plan?.kind === 'site' ? plan.name : null,
    waiting,
    held: held.isKnown ? sum : null,
    holds: holds.toSorted((a, b) => b.recipients - a.recipients).slice(0, LEAST_HOLDS),
  }
}

async function indexed({ around: { clock } }: MailCourier, domain: Domain, spool: WhySpool): Promise<DomainWaiting> {
  const shards = await Promise.all(spool.shards().map((shard) => spool.waitingFor(shard, domain, clock.now(), MOST_AHEAD)))
  return {
    due: shards.reduce((sum, one) => sum + one.due, 0),
    later: shards.reduce((sum, one) => sum + one.later, 0),
    next: shards.flatMap(({ next }) => next),
  }
}

interface Place {
  readonly courier: MailCourier
  readonly domain: Domain
  readonly site: Site | undefined
}

interface Counts {
  readonly waiting: number
  readonly inHand: number
  readonly rows: DomainWaiting
}

function waitingHolds({ courier, domain, site }: Place, { waiting, inHand, rows }: Counts): readonly HeldBack[] {
  const all = suspendedAll(courier, domain) ?? serverHold(courier)
  if (all !== null) return [heldBack(all, waiting)]
  // Those in memory are due: the index has them, too.
  const isCut = rows.later >= MOST_AHEAD && rows.due >= MOST_AHEAD
  const later = rows.later < MOST_AHEAD ? Math.min(rows.later, waiting - inHand) : Math.max(rows.later, waiting - rows.due)
  const onDisk = Math.max(0, waiting - inHand - later)
  const { mailroom } = courier
  if (mailroom?.owns(domain) === true) {
    const reading = Math.min(inHand, mailroom.reading)
    return merged([
      heldBack(BEING_READ, reading),
      heldBack(mailroomHold(mailroom, true), inHand - reading),
      heldBack(mailroomHold(mailroom, false), onDisk),
      ...laterHolds({ rows: rows.next.flatMap(({ recipients }) => recipients), later, bySite: null }, isCut),
    ])
  }
  const sending = Math.min(inHand, sendingTo(site, domain))
  const bySite = sourceHold(courier, domain) ?? (site === undefined ? null : siteHold(courier, site, { domain, account: null }))
  const ready = site === undefined ? lookingUp(domain) : turnHold(site)
  return merged([
    heldBack(MOVING, sending),
    heldBack(bySite ?? ready, inHand - sending),
    heldBack(bySite ?? diskHold(courier, site), onDisk),
    ...laterHolds({ rows: rows.next.flatMap(({ recipients }) => recipients), later, bySite }, isCut),
  ])
}

const MOVING: Hold = { kind: 'sending', reason: 'In flight.', until: null }

function lookingUp(domain: Domain): Hold {
  return { kind: 'looking-up', reason: `The MX of ${domain} is being looked up.`, until: null }
}

function suspendedAll(courier: MailCourier, domain: Domain): Hold | null {
  const { suspensions } = courier.around.settings()
  const plan = courier.planOf(domain)
  const site = plan?.kind === 'site' ? plan.name : null
  const isAt = (one: Suspension): boolean => one.site === undefined || one.site === site
  const found = suspensions.find((one) => isAt(one) && isOfAll(one) && (one.domain === null || one.domain === domain))
  return found === undefined ? null : suspendedHold(found)
}

function sendingTo(site: Site | undefined, domain: Domain): number {
  let sending = 0
  for (const { current } of site?.lanes.all ?? []) for (const row of current?.rows ?? []) if (row.domain === domain) sending++
  return sending
}

interface Later {
  /** Some of them, the earliest first. */
  readonly rows: readonly QueuedRecipient[]
  readonly later: number
  readonly bySite: Hold | null
}

/** By the last reply, in the proportions of the first that are due. What is due before its site takes mail again waits for the site. */
function laterHolds({ rows, later, bySite }: Later, atLeast: boolean): readonly HeldBack[] {
  const holdOf = ({ attempts, lastReply, due }: QueuedRecipient): Hold => {
    if (bySite !== null && due < (bySite.until ?? 0)) return bySite
    if (isItsTime({ attempts, lastReply })) return { kind: 'scheduled', reason: lastReply ?? NOT_BEFORE, until: null }
    if (attempts === 0) return { kind: 'retry', reason: `Deferred, retried on schedule. Last reply: ${lastReply}`, until: null }
    return { kind: 'retry', reason: `Deferred, retried on schedule. Last reply: ${lastReply ?? 'none'}`, until: null }
  }
  const groups = Map.groupBy(
    rows.map((row) => ({ due: row.due, hold: holdOf(row) })),
    ({ hold }) => hold.reason,
  )
  const isPart = later > rows.length && groups.size > 1
  return [...groups.values()].flatMap((some) => {
    const recipients = Math.round((later * some.length) / rows.length)
    const held = (hold: Hold): HeldBack => ({ ...hold, until: hold.until ?? firstDue(some), recipients, atLeast: atLeast || isPart })
    return some.slice(0, 1).map(({ hold }) => held(hold))
  })
}

function firstDue(rows: readonly { readonly due: EpochMs }[]): EpochMs {
  return rows.reduce((first, { due }) => Math.min(first, due), Infinity)
}

function heldHolds(courier: MailCourier, domain: Domain): readonly HeldBack[] {
  const { suspensions } = courier.around.settings()
  const holdFor = (reason: string): Hold => {
    const suspension = suspensions.find((one) => suspendedReason(one) === reason)
    if (suspension !== undefined) return suspendedHold(suspension)
    return { kind: isOfAccount(reason) ? 'account' : 'held', reason, until: null }
  }
  return [...courier.scheduler.held.of(domain)].map(([reason, recipients]) => heldBack(holdFor(reason), recipients))
}

export function heldBack(hold: Hold, recipients: number, atLeast = false): HeldBack {
  return { ...hold, recipients, atLeast }
}

/** The same reason once. */
export function merged(holds: readonly HeldBack[]): readonly HeldBack[] {
  const byReason = new Map<string, HeldBack>()
  for (const hold of holds) {
    const known = byReason.get(`${hold.kind} ${hold.reason}`)
    const until = known === undefined ? hold.until : earlier(known.until, hold.until)
    const recipients = hold.recipients + (known?.recipients ?? 0)
    byReason.set(`${hold.kind} ${hold.reason}`, { ...hold, until, recipients, atLeast: hold.atLeast || known?.atLeast === true })
  }
  return [...byReason.values()]
}

function earlier(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}
