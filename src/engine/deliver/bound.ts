// Mail that somebody bound to another pool or route: parts of a job that go elsewhere than the rest of it.
import type { Domain } from '../../base/brand.ts'
import { findRebinding } from '../../policy/rebinding.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import { isPosted } from '../../smtp/post-address.ts'
import { domainOf, type Job } from '../schedule/in-hand.ts'
import type { CourierRoom } from './courier-room.ts'
import type { Plan } from './routing.ts'

/** Where parts of a job go on. */
export interface Onward {
  /** By a route of the owner's; null: there is none of that pattern. */
  readonly via: (pattern: string) => Plan | Promise<Plan> | null
  readonly follow: (job: Job, plan: Plan) => void
}

/** What somebody bound elsewhere goes there, the rest by `plan`. */
export function followBound(room: CourierRoom, job: Job, plan: Plan, { via, follow }: Onward): void {
  job.pool = null
  const { rebindings } = room.around.settings()
  // What is posted has no other way.
  if (rebindings.length === 0 || job.stage !== 'routing' || isPosted(domainOf(job))) return follow(job, plan)
  const { head } = job.message
  const groups = Map.groupBy(job.rows, ({ domain, address }: QueuedRecipient) => {
    const site = plan.kind === 'site' ? plan.name : null
    return findRebinding(rebindings, head, { domain, address, site, source: () => sourceOf(room, { plan, domain, head }) }) ?? null
  })
  for (const [to, rows] of groups) {
    if (to === null) continue
    const part = room.scheduler.inHand.split(job, rows, 'routing')
    part.pool = to.pool
    const route = to.route === null ? null : via(to.route)
    if (route instanceof Promise) void route.then((found) => follow(part, found))
    else follow(part, route ?? plan)
  }
  if (groups.has(null)) follow(job, plan)
}

/** What a message would leave from if nobody had bound it. */
export function sourceOf(
  room: CourierRoom,
  { plan, domain, head }: { readonly plan: Plan; readonly domain: Domain; readonly head: MessageHead },
): string | null {
  if (plan.kind !== 'site') return null
  const picked = room.sources.pick(plan, () => room.effective(plan, domain, head.account), head)
  return picked.ok ? picked.source.name : null
}
