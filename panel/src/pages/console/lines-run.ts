// Lines that were run and what they printed: with the answers of this login, so that they are gone with it, and there again on coming back to
// the page. Bounded, as what a line prints may be much.
import { useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ConsoleAnswer, Problem } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'

export interface LineRun {
  readonly n: number
  readonly line: string
  readonly answer: ConsoleAnswer | null
  /** The call itself failed. */
  readonly error: Error | null
}

const KEY = ['console', 'run'] as const
const MOST_LINES = 100
const MOST_TEXT = 2_000_000
const NONE: readonly LineRun[] = []
const NEEDS_PROOF = 'fresh-login-needed'

/** The newest last; as much as may be kept. */
function bounded(runs: readonly LineRun[]): readonly LineRun[] {
  let text = 0
  const tooMuch = runs.findLastIndex(({ answer }) => (text += answer?.text.length ?? 0) > MOST_TEXT)
  return runs.slice(Math.max(0, runs.length - MOST_LINES, Math.min(tooMuch + 1, runs.length - 1)))
}

interface Console {
  readonly runs: readonly LineRun[]
  /** Lines that were typed, the newest last, none twice in a row. */
  readonly history: readonly string[]
  readonly isRunning: boolean
  readonly run: (line: string, width: number) => void
  readonly clear: () => void
}

export function useConsole(): Console {
  const queries = useQueryClient()
  const fresh = useFresh()
  const { data: runs = NONE } = useQuery<readonly LineRun[]>({
    queryKey: KEY,
    queryFn: () => NONE,
    initialData: NONE,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  })
  const change = (next: (runs: readonly LineRun[]) => readonly LineRun[]): void =>
    void queries.setQueryData<readonly LineRun[]>(KEY, (before) => bounded(next(before ?? NONE)))
  const running = useMutation({
    mutationKey: KEY,
    mutationFn: async ({ line, width }: { readonly n: number; readonly line: string; readonly width: number }) => {
      let told: ConsoleAnswer | null = null
      try {
        return await fresh(async () => {
          told = await api.me.consoleRun({ line, width })
          if (told.failure === NEEDS_PROOF) throw new Problem(403, { code: NEEDS_PROOF, detail: told.text })
          return told
        })
      } catch (error) {
        // Nothing was shown: what the line said counts.
        if (told !== null && error instanceof Problem && error.code === NEEDS_PROOF) return told
        throw error
      }
    },
    onMutate: ({ n, line }) => change((runs) => [...runs, { n, line, answer: null, error: null }]),
    onSettled: (answer, error, { n }) =>
      change((runs) => runs.map((one) => (one.n === n ? { ...one, answer: answer ?? null, error } : one))),
  })
  const isRunning = useIsMutating({ mutationKey: KEY }) > 0
  const lines = runs.map(({ line }) => line)
  return {
    runs,
    history: lines.filter((line, at) => line !== lines[at - 1]),
    isRunning,
    run: (line, width) => running.mutate({ n: (runs.at(-1)?.n ?? 0) + 1, line, width }),
    clear: () => change(() => NONE),
  }
}
