// What several parts of the page ask for.
import { api } from '../../app/api.ts'

const MOST = 1000
const LOOK_EVERY = 5000

export const pluginsQuery = {
  queryKey: ['plugins', 'list'],
  queryFn: async ({ signal }: { readonly signal: AbortSignal }) => (await api.routes.pluginList({ limit: MOST }, { signal })).data,
  refetchInterval: LOOK_EVERY,
} as const

export const pluginQuery = (name: string) =>
  ({
    queryKey: ['plugins', 'one', name],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.routes.pluginGet(name, { signal }),
    refetchInterval: LOOK_EVERY,
  }) as const
