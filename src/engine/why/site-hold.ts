// What holds mail at its site: trouble, block rules, limits, connections. One answer for the queue's lists, `why` and the list of sites.
import type { AccountId, Domain } from '../../base/brand.ts'
import type { HeldEffect } from '../../contract/blocks.ts'
import type { Hold } from '../../contract/why.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { Site } from '../deliver/site.ts'
import { blockWords } from '../../policy/blocks/effect-words.ts'
import { easeOf } from '../../policy/blocks/holding.ts'
import { isWarmup, wordsFor } from '../limits/job-limits.ts'

/** Of which mail; null: of any that waits at the site. */
export interface MailAt {
  readonly domain: Domain | null
  readonly account: AccountId | null
}

/** What holds mail at the site now; null: nothing but the others that wait there. */
export function siteHold(courier: MailCourier, site: Site, mail: MailAt): Hold | null {
  return pausedHold(courier, site) ?? limitHold(courier, site, mail) ?? connectionsHold(courier, site)
}

/** Nothing leaves the site for a while. */
function pausedHold(courier: MailCourier, site: Site): Hold | null {
  const { until, reason, isBackingOff } = site
  if (!isBackingOff || reason === null) return null
  const now = courier.around.clock.now()
  const held = courier.blocks.isQuiet ? [] : courier.blocks.heldFor(site.ease.spot, null)
  const effect = held.find(({ holding }) => easeOf(holding, now).pausedUntil > now)
  return effect === undefined ? { kind: 'backing-off', reason, until } : { ...effectOf(effect), kind: 'block', reason, until }
}

function effectOf({ rule, holding }: HeldEffect): Pick<Hold, 'by' | 'since'> {
  return { by: `rule ${rule}`, since: holding.since }
}

/** A limit of rules, or one that an effect adds. */
function limitHold(courier: MailCourier, site: Site, mail: MailAt): Hold | null {
  const refusal = site.limits.binding(mail)
  if (refusal === null) return null
  const { which } = refusal
  const until = Number.isFinite(refusal.until) ? refusal.until : null
  const id = / effect=(\S+)/.exec(which.key)?.[1]
  const effect = id === undefined ? undefined : courier.blocks.effect(id)
  if (effect === undefined) {
    const kind = isWarmup(which) ? 'warm-up' : which.span === null ? 'connections' : 'rate'
    return { kind, reason: `Limit reached: ${wordsFor(which, courier.around.rules().warmups?.units)}.`, until }
  }
  const words = blockWords(effect)
  const allows = which.span === null ? `${which.limit} concurrent connections` : `${which.limit} messages per minute`
  return { kind: 'block', reason: `Limit reached: ${words} allows ${allows}, after: ${effect.cause}`, until, ...effectOf(effect) }
}

function connectionsHold(courier: MailCourier, site: Site): Hold | null {
  const { connections, mostConnections, mayOpenOne, reason } = site
  const made = (kind: 'probing' | 'connections', what: string): Hold => ({ kind, reason: what, until: null })
  if (mayOpenOne && connections > 0)
    return reason === null
      ? made(
          'connections',
          `The site refused a further connection beside the ${connections} open ones; another is tried within 30 seconds.`,
        )
      : made('probing', `The site is probed with a single connection after a failure: ${reason}`)
  if (connections >= mostConnections)
    return made('connections', `${connections} of ${mostConnections} connections to the site are in use${limitedBy(site)}.`)
  const kept = site.share.keptOf(mostConnections)
  if (kept > 0 && connections >= mostConnections - kept && site.queue.ready(site.share.least) === 0) {
    const rest = `${connections} of ${mostConnections} connections to the site are in use${limitedBy(site)}`
    return made('connections', `${rest}, and ${kept} are reserved for mail of higher priority.`)
  }
  if (courier.places.isAwaitedBy(site))
    return made('connections', `All ${courier.places.most} outbound connections of this worker are in use (delivery.connections).`)
  return null
}

function limitedBy({ effective, mostConnections }: Site): string {
  const found = effective.shared.find(({ setting }) => setting === 'connections')
  if (found?.from === null) return ' (delivery.connections_per_site)'
  return found?.limit === mostConnections ? ` (rule ${found.from.rule})` : ''
}
