// What several parts of the page ask for.
import { api } from '../../app/api.ts'

const MOST = 1000

export const sourcesQuery = {
  queryKey: ['sources', 'list'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.sources.list({ limit: MOST }, { signal }),
} as const

export const reverseQuery = {
  queryKey: ['sources', 'reverse'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.sources.reverse({ limit: MOST }, { signal }),
  staleTime: 60_000,
} as const

export const listedQuery = {
  queryKey: ['sources', 'listed'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.sources.listed({ limit: MOST }, { signal }),
  staleTime: 60_000,
} as const
