// The dialog of live connections of all workers, for one who watches. Where he is in the lines of each worker stands in what he gives back, so
// that nothing is kept for him here; a worker forgets him when his connection ends, or when he stays away for 10 s.
import { randomUUID } from 'node:crypto'
import type { TraceFilter } from '../../../contract/bus.ts'
import type { FollowedLine } from '../../../contract/home-tools.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { canonicalNetwork, Params, refused } from '../params.ts'

const MOST_LINES = 1000
/** A name, and how far he is at each process. */
const PLACE = /^([0-9a-f-]{36})((?: \d{1,10}:\d{1,15}){0,128})$/

interface Place {
  readonly id: string
  readonly at: Readonly<Record<string, number>>
}

export function traceOperations({ workers }: OperationContext): Pick<OperationTable, 'trace.follow'> {
  /** Callers whose end is looked for already: one who follows asks again and again. */
  const followed = new WeakSet<AbortSignal>()
  const leavesWith = (gone: AbortSignal | undefined, id: string): void => {
    if (gone === undefined || followed.has(gone)) return
    followed.add(gone)
    // What cannot be told, as a worker is away, ends by itself there.
    gone.addEventListener('abort', () => void workers.some('trace.leave', { id }).catch(() => {}), { once: true })
  }
  return {
    'trace.follow': async (values, gone) => {
      const params = new Params(values)
      const filter: TraceFilter = {
        way: params.optional('way', () => params.choice('way', ['in', 'out'])) ?? null,
        domain: params.optional('domain', () => params.domain('domain')) ?? null,
        address: params.optional('address', () => canonicalNetwork(params.text('address', 100)).cidr) ?? null,
      }
      const { id, at } = placeOf(params.raw('after') ?? null)
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: MOST_LINES })) ?? MOST_LINES
      params.done()
      const asked = { id, filter, after: 0, places: at }
      leavesWith(gone, id)
      if (gone?.aborted === true) return { lines: [], last: written({ id, at }) }
      const { answers } = await workers.some('trace.pull', asked)
      // Why none answers, the first one says.
      const batches = answers.length > 0 ? answers : await workers.all('trace.pull', asked)
      const next: Record<string, number> = {}
      const lines: FollowedLine[] = []
      for (const { lines: all, next: last, missed, pid, slot: worker } of batches) {
        const given = all.slice(0, Math.floor(limit / batches.length) || 1)
        next[pid] = last - all.length + given.length
        const first = given[0]
        if (missed > 0 && first !== undefined)
          lines.push({ ...first, worker, from: 'note', text: `${missed} lines came too fast and are left out` })
        for (const line of given) lines.push({ ...line, worker })
      }
      return { lines: lines.toSorted((a, b) => a.at - b.at), last: written({ id, at: next }) }
    },
  }
}

function placeOf(after: unknown): Place {
  if (after === null) return { id: randomUUID(), at: {} }
  const [, id = '', places = ''] = (typeof after === 'string' ? PLACE.exec(after) : null) ?? []
  if (id === '') throw refused('after must be what the last call gave.')
  const at = places.split(' ').filter((one) => one !== '')
  return { id, at: Object.fromEntries(at.map((one) => one.split(':') as [string, string]).map(([pid, n]) => [pid, Number(n)])) }
}

function written({ id, at }: Place): string {
  return [id, ...Object.entries(at).map(([pid, n]) => `${pid}:${n}`)].join(' ')
}
