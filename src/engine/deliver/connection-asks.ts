// What the owner's code is asked before a site opens a connection, about the mail that is first in line for it, and what becomes of that mail.
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import type { ConnectionChange, Said } from '../ports/delivery-filters.ts'
import type { CourierRoom } from './courier-room.ts'
import type { Site } from './site.ts'

export interface AskedHost {
  readonly host: string
  readonly address: string
  readonly port: number
}

type Going = Extract<Said<ConnectionChange>, { kind: 'go' }>

/** Null: nobody is asked. Resolves with what holds for the connection, or null: it is not to be opened, and what was said of the mail is known. */
export function askConnection(room: CourierRoom, site: Site, rank: Rank, at: AskedHost): Promise<Going | null> | null {
  const { filters } = room.standings
  if (filters?.asks.connection !== true) return null
  const first = site.queue.first(rank)
  const domain = first?.rows[0]?.domain
  if (first === null || domain === undefined || first.message.head.ours === true) return null
  const { head } = first.message
  const { effective, plan, lanes } = site
  const answer = filters.connection({ head, domain, site: plan.name, ...at, open: lanes.all.size, effective })
  return answer === null ? null : heeded(room, answer, { account: head.account, domain })
}

async function heeded(
  { standings }: CourierRoom,
  answer: Promise<Said<ConnectionChange>>,
  { account, domain }: { readonly account: AccountId; readonly domain: Domain },
): Promise<Going | null> {
  const said = await answer
  if (said.kind === 'go') return said
  standings.put(account, domain, said)
  return null
}

/** The owner's code does not want some of what waits at the site to go there: it is deferred, or fails. The rest goes on. */
export function sendAway({ standings }: CourierRoom, site: Site): void {
  for (const job of site.drain()) {
    const said = standings.known(job)
    if (said === null || said.kind === 'go') site.push(job)
    else standings.heed(job, said, site.plan.name)
  }
  site.asleep.wakeAll()
}
