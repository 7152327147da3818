// Who is logged in, and what that person may: as the server says. What is hidden here is refused there all the same.
import { queryOptions, type QueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Me } from '../../../client/src/index.ts'
import { api, type CallName, isLoggedOut } from './api.ts'

/** Null: nobody. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await api.me.show({ signal })
    } catch (error) {
      if (isLoggedOut(error)) return null
      throw error
    }
  },
  staleTime: 60_000,
})

/** On pages behind the login alone. */
export function useMe(): Me {
  const { data } = useSuspenseQuery(meQuery)
  // Once the session has ended, a page stands for a moment until the login is there: as it was.
  const [known] = useState(data)
  const me = data ?? known
  if (me === null) throw new Error('nobody is logged in')
  return me
}

export type May = (...calls: readonly CallName[]) => boolean

export function mayOf(me: Me): May {
  const names = new Set(me.may)
  return (...calls) => calls.every((call) => names.has(call))
}

/** Whether the person may make all of these calls. */
export function useMay(): May {
  return mayOf(useMe())
}

export function loggedIn(queries: QueryClient, me: Me): void {
  queries.clear()
  queries.setQueryData(meQuery.queryKey, me)
}

export function loggedOut(queries: QueryClient): void {
  queries.clear()
  queries.setQueryData(meQuery.queryKey, null)
}
