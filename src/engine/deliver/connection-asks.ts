// What the owner's code is asked before a site opens a connection, about the mail that is first in line for it, and what becomes of that mail.
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import type { ConnectionChange, Said } from '../ports/delivery-filters.ts'
import type { Job } from '../schedule/in-hand.ts'
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

/** What waits at the site and is not to go there: it is deferred, or fails. Gives the rest. */
export function sendAway({ standings }: CourierRoom, site: Site, waiting: readonly Job[]): readonly Job[] {
  return waiting.filter((job) => {
    const said = standings.known(job)
    if (said === null || said.kind === 'go') return true
    standings.heed(job, said, site.plan.name)
    return false
  })
}
