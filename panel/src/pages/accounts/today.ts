// What became of mail of accounts since midnight, and how much of it waits.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { zone } from '../../texts/format.ts'

const LOOK_EVERY = 30_000
/** Accounts whose queues are counted, one after the other. */
const MOST_COUNTED = 50

const midnight = (): string => {
  const now = new Date()
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString()
}

/** Of one account, or a row for each. */
export function useToday(account?: number) {
  const may = useMay()
  return useQuery({
    queryKey: ['accounts', 'today', account ?? 'all'],
    queryFn: ({ signal }) =>
      api.reports.query(
        { from: midnight(), zone: zone(), interval: 'total', ...(account === undefined ? { by: 'account', limit: 1000 } : { account }) },
        { signal },
      ),
    refetchInterval: LOOK_EVERY,
    enabled: may('reports.query'),
  })
}

export const countQuery = (account: number, state?: 'held') =>
  queryOptions({
    queryKey: ['accounts', 'queued', account, state ?? 'all'],
    queryFn: ({ signal }) => api.queue.count({ account, ...(state !== undefined && { state }) }, { signal }),
    refetchInterval: LOOK_EVERY,
  })

/** One after the other, so that a page of accounts is no burst of searches. */
export function useQueuedOf(accounts: readonly number[]): ReadonlyMap<number, number> | undefined {
  const may = useMay()
  const counted = accounts.slice(0, MOST_COUNTED)
  const { data } = useQuery({
    queryKey: ['accounts', 'queued of', counted],
    queryFn: async ({ signal }) => {
      const found = new Map<number, number>()
      for (const account of counted) found.set(account, (await api.queue.count({ account }, { signal })).messages)
      return found
    },
    refetchInterval: LOOK_EVERY,
    enabled: may('queue.count') && counted.length > 0,
  })
  return data
}
