// Watches live connections as long as somebody looks: lines are put together and shown four times a second at most.
import { useEffect, useState } from 'react'
import type { FollowedLine } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { type Dialog, withLines } from './dialogs.ts'
import type { TraceSearch } from './routes.ts'

const TOLD_EVERY = 250
/** Between two looks: what is more would never be seen. */
const MOST_FRESH = 5000

interface Watching {
  readonly dialogs: readonly Dialog[]
  readonly error: Error | null
  readonly clear: () => void
}

/** Null: nothing is watched. */
export function useTrace(watched: TraceSearch | null): Watching {
  const [dialogs, setDialogs] = useState<readonly Dialog[]>([])
  const [failed, setFailed] = useState<{ readonly watched: TraceSearch; readonly error: Error } | null>(null)
  useEffect(() => {
    if (watched === null) return
    const stop = new AbortController()
    let fresh: FollowedLine[] = []
    const timer = setInterval(() => {
      if (fresh.length === 0) return
      const lines = fresh
      fresh = []
      setDialogs((before) => withLines(before, lines))
    }, TOLD_EVERY)
    const follow = async (): Promise<void> => {
      try {
        for await (const { data } of api.queue.traceFollowStream(watched, { signal: stop.signal }))
          if (fresh.length < MOST_FRESH) fresh.push(data)
      } catch (failure) {
        if (!stop.signal.aborted && failure instanceof Error) setFailed({ watched, error: failure })
      }
    }
    void follow()
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [watched])
  return { dialogs, error: failed !== null && failed.watched === watched ? failed.error : null, clear: () => setDialogs([]) }
}
