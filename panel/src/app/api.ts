// The one client of the management API in this page, and what is remembered of its answers. A call that finds the session gone says so to
// whoever listens, so that the login comes up wherever it happened.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { HmsClient, Problem } from '../../../client/src/index.ts'

/** Of this very server: where the page is from. */
export const api = new HmsClient({ url: '', retries: 1 })

/** Names of calls, as the reference has them: `queue.list`. */
type Rooms = Omit<HmsClient, 'etagOf'>
export type CallName = {
  [Room in keyof Rooms & string]: `${Room}.${Exclude<keyof Rooms[Room] & string, `${string}Each` | `${string}Stream`>}`
}[keyof Rooms & string]

type Heard = () => void
const ended = new Set<Heard>()

/** When a call found that nobody is logged in (any more). */
export function onSessionEnd(heard: Heard): () => void {
  ended.add(heard)
  return () => ended.delete(heard)
}

export function isLoggedOut(error: unknown): boolean {
  return error instanceof Problem && error.code === 'not-authenticated'
}

const look = (error: unknown): void => {
  if (isLoggedOut(error)) for (const heard of ended) heard()
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: look }),
    mutationCache: new MutationCache({ onError: look }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // The client tries again by itself where that may help.
        retry: false,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  })
}
