// How many connections a site deserves: more the more waits, with a soft approach to the limit, so that a few messages do
// not open as many connections and a long queue gets them all.

const STEEPNESS = 0.023

/** Connections wanted for `waiting` deliveries under `limit`; 0 for an empty queue, at least 1 otherwise. */
export function connectionsWanted(waiting: number, limit: number): number {
  if (waiting <= 0) return 0
  const wanted = Math.ceil(limit * (1 - Math.exp(-STEEPNESS * waiting)))
  return Math.max(1, Math.min(wanted, waiting, limit))
}

/** What it takes to send all that may go now: a job with more recipients than one message may have is several. */
export function transactionsOf(jobs: { readonly ready: number; readonly length: number; readonly rows: number }, each: number): number {
  const { ready, length, rows } = jobs
  return Math.max(ready, Math.ceil((rows / each) * (ready / Math.max(1, length))))
}

/** One worker's part of a limit that all workers share; at least 1. */
export function shareOf(limit: number, workers: number): number {
  return Math.max(1, Math.floor(limit / Math.max(1, workers)))
}
