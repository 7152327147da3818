// Follows what runs in the background to its end, also while the server that tells of it is away for a moment: it is asked again until it answers.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Problem, type Run } from '../../../client/src/index.ts'
import { api } from './api.ts'

const LOOK_EVERY = 1000
/** While another process takes over, calls wait that nobody answers. */
const LONGEST_ANSWER = 5000

export interface Followed {
  readonly run: Run | undefined
  /** Nobody answers now. */
  readonly isAway: boolean
  /** What the server says instead. */
  readonly error: Error | null
}

const runQuery = (id: number) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => api.lifecycle.runShow(id, { signal, timeout: LONGEST_ANSWER, retries: 0 }),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.ended === null ? LOOK_EVERY : false),
    refetchIntervalInBackground: true,
  })

/** Of a desk that ends or begins: not of this run. */
const isPassing = (error: Error): boolean => !(error instanceof Problem) || error.status >= 500

export function useRun(id: number): Followed {
  const { data, error } = useQuery(runQuery(id))
  const isAway = error !== null && isPassing(error)
  return { run: data, isAway: isAway && data?.ended == null, error: isAway ? null : error }
}
