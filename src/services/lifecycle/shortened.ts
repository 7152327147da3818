// What is kept of the answers of commands: the lists of one may be as long as the queue.

/** That are remembered. */
export const MOST_RUNS = 50
const MOST_MEMBERS = 1000

/** With the first members of its lists. */
export function shortened(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.slice(0, MOST_MEMBERS)
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, Array.isArray(value) ? (value as unknown[]).slice(0, MOST_MEMBERS) : value]),
  )
}
