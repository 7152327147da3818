// The one thing that holds a recipient now. What is asked first holds it first: a person's word, the server itself, the recipient's own
// time, then its site, then those before it.
import type { Domain } from '../../base/brand.ts'
import { findSuspension, suspendedReason } from '../../policy/suspension.ts'
import { standingWords } from '../../policy/accounts/standing.ts'
import type { Account, Suspension } from '../../contract/settings.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Hold } from '../../contract/why.ts'
import type { MailCourier } from '../deliver/courier.ts'
import { accountStop, isStopped } from '../deliver/account-stops.ts'
import { WINDOW_REASON } from '../deliver/closed-windows.ts'
import type { Site } from '../deliver/site.ts'
import type { Mailroom } from '../mailroom/mailroom.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import { siteHold } from './site-hold.ts'

export function recipientHold(courier: MailCourier, head: MessageHead, row: QueuedRecipient): Hold {
  const job = courier.scheduler.inHand.find(head.id)?.jobOf(row.n)
  const site = courier.outlook.siteOf(row.domain, head)
  return (
    movingHold(courier, job, row, site) ??
    handHold(courier, head, row) ??
    serverHold(courier) ??
    ownHold(courier, job, row) ??
    effectHold(courier, head, row, site) ??
    sourceHold(courier, row.domain, head) ??
    timeHold(courier, row, site) ??
    (site && siteHold(courier, site, { domain: row.domain, account: head.account })) ??
    queueHold(courier, job, row, site)
  )
}

/** What is begun goes on. */
function movingHold(courier: MailCourier, job: Job | undefined, { domain }: QueuedRecipient, site: Site | undefined): Hold | null {
  if (job?.stage === 'settling') return { kind: 'settling', reason: 'Its result is being recorded.', until: null }
  if (job?.stage !== 'sending') return null
  if (courier.mailroom?.owns(domain) === true) return BEING_READ
  const lane = [...(site?.lanes.all ?? [])].find(({ current }) => current === job)
  return { kind: 'sending', reason: lane === undefined ? 'In flight.' : `In flight to ${lane.peer}.`, until: null }
}

function handHold(courier: MailCourier, head: MessageHead, { state, lastReply, domain, address }: QueuedRecipient): Hold | null {
  const { suspensions } = courier.around.settings()
  const stop = accountStop(courier.around, head)
  if (state === 'waiting') {
    const plan = courier.planOf(domain)
    const site = plan?.kind === 'site' ? plan.name : null
    const found = findSuspension(suspensions, head, { domain, address, site, source: () => courier.outlook.sourceOf(domain, head) })
    if (found !== undefined) return suspendedHold(found)
    return stop !== null && isStopped({ lastReply }, stop) ? accountHold(stop) : null
  }
  if (stop?.reason === lastReply) return accountHold(stop)
  const found = suspensions.find((one) => suspendedReason(one) === lastReply)
  return found === undefined ? { kind: 'held', reason: lastReply ?? 'It is held.', until: null } : suspendedHold(found)
}

export function suspendedHold(found: Suspension): Hold {
  const reason = suspendedReason(found)
  return { kind: 'suspended', reason: reason.endsWith('.') ? reason : `${reason}.`, until: null, by: found.by, since: found.at }
}

function accountHold({ account, by }: { readonly account: Account; readonly by: string }): Hold {
  const { standing } = account
  const reason = `${standingWords(account)}.`.replace('..', '.')
  return { kind: 'account', reason, until: standing?.until ?? null, by, ...(standing !== undefined && { since: standing.since }) }
}

/** The server sends nothing at all. */
export function serverHold(courier: MailCourier): Hold | null {
  if (courier.isStopping) return { kind: 'stopping', reason: 'The server is stopping: delivery resumes after the next start.', until: null }
  if (courier.settler.stalled === null) return null
  const health = courier.around.spool.health()
  const why = health.state === 'ok' ? 'a commit takes long' : health.reason
  return { kind: 'spool', reason: `Delivery is paused because results cannot be written to the spool: ${why}.`, until: null }
}

export const BEING_READ: Hold = { kind: 'sending', reason: 'It is being processed here, as mail for one of your own domains.', until: null }

/** Mail for a domain of our own goes to no site: what holds others does not hold it. */
function ownHold(courier: MailCourier, job: Job | undefined, row: QueuedRecipient): Hold | null {
  const { mailroom } = courier
  if (mailroom?.owns(row.domain) !== true) return null
  return timeHold(courier, row, undefined) ?? mailroomHold(mailroom, job !== undefined)
}

/** Behind others that are to be read. */
export function mailroomHold({ waiting, reading }: Pick<Mailroom, 'waiting' | 'reading'>, isInMemory: boolean): Hold {
  const what = 'It is for one of your own domains and processed here'
  if (!isInMemory) return { kind: 'disk', reason: `${what}: it stays on disk until there is room in memory.`, until: null }
  return { kind: 'turn', reason: `${what}: it is in line with ${waiting} others, while ${reading} are being processed.`, until: null }
}

/** An effect for mail of its account or mailing alone. */
function effectHold({ blocks }: MailCourier, head: MessageHead, { due }: QueuedRecipient, site: Site | undefined): Hold | null {
  const stopped = site === undefined || blocks.isQuiet ? null : blocks.stopped(site.ease.spot, head)
  return stopped?.kind === 'waits' && stopped.until >= due ? { kind: 'block', reason: stopped.reason, until: stopped.until } : null
}

/** It has nothing to leave from, however long that takes. */
export function sourceHold(courier: MailCourier, domain: Domain, head?: MessageHead): Hold | null {
  const missing = courier.outlook.noSource(domain, head)
  return missing === null ? null : { kind: 'source', reason: missing.reason, until: null }
}

/** Its own time has not come; where its site takes nothing for longer than that, the site holds it. */
function timeHold(courier: MailCourier, { due, attempts, lastReply }: QueuedRecipient, site: Site | undefined): Hold | null {
  if (due <= courier.around.clock.now() || (site !== undefined && site.until > due)) return null
  if (isItsTime({ attempts, lastReply })) return { kind: 'scheduled', reason: lastReply ?? NOT_BEFORE, until: due }
  if (attempts === 0) return { kind: 'retry', reason: `Deferred, retried on schedule. Last reply: ${lastReply}`, until: due }
  const times = attempts === 1 ? 'once' : attempts === 2 ? 'twice' : `${attempts} times`
  return { kind: 'retry', reason: `Deferred ${times}, retried on schedule. Last reply: ${lastReply ?? 'none'}`, until: due }
}

/** Whether its own time or a window holds it: nothing else was said of it. */
export function isItsTime({ attempts, lastReply }: Pick<QueuedRecipient, 'attempts' | 'lastReply'>): boolean {
  return lastReply === null ? attempts === 0 : lastReply.startsWith(WINDOW_REASON)
}

export const NOT_BEFORE = 'Scheduled: it is not to be sent yet.'

/** Others are before it, or it is not in memory yet. */
function queueHold(courier: MailCourier, job: Job | undefined, row: QueuedRecipient, site: Site | undefined): Hold {
  if (job?.stage === 'routing' || courier.planOf(row.domain) === undefined)
    return { kind: 'looking-up', reason: `The MX of ${row.domain} is being looked up.`, until: null }
  if (job !== undefined && site !== undefined) return turnHold(site, job.rank)
  return diskHold(courier, site)
}

/** `rank`: who is of lower priority is behind it. */
export function turnHold({ queue, connections }: Site, rank: Rank = 0): Hold {
  const busy = `${connections} ${connections === 1 ? 'connection' : 'connections'}`
  const ready = `${queue.ready(rank)} ready recipients${rank === 0 ? '' : ' of its priority or higher'}`
  return { kind: 'turn', reason: `In line with ${ready} for ${busy} to the site.`, until: null }
}

export function diskHold(courier: MailCourier, site: Site | undefined): Hold {
  if (courier.scheduler.inHand.isFull)
    return {
      kind: 'memory',
      reason: 'The memory for messages in flight is full (spool.memory): it stays on disk until there is room.',
      until: null,
    }
  if (site?.isFullFor(null) === true)
    return {
      kind: 'disk',
      reason: `The site has as many recipients ready in memory as allowed (${site.queue.rows()}): it stays on disk until there is room.`,
      until: null,
    }
  return { kind: 'disk', reason: 'Due, waiting to be read from disk.', until: null }
}
