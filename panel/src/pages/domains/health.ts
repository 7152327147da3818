// What the last check of a domain found, asked for once however many look at it.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { type DomainHealth, Problem } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'

/** Null: it was not looked at yet. */
export const keptHealth = (domain: string) =>
  queryOptions({
    queryKey: ['health', domain, 'kept'],
    queryFn: async ({ signal }): Promise<DomainHealth | null> => {
      try {
        return await api.domains.checkById(domain, { signal })
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null
        throw error
      }
    },
  })

export const useKeptHealth = (domain: string) => useQuery(keptHealth(domain))
