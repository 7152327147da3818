// What several filters say at a step, put together: asked in the owner's order, the first that refuses ends it, the last that has words for
// the client is heard. Answers that are there at once cost no turn of the event loop.
import { isRefusal, type Reply, SILENCE } from '../../smtp/reply.ts'
import { chain } from '../../smtp/server/chain.ts'
import type { Refusal } from '../../smtp/server/handler.ts'
import type { SessionFilter, StageAnswer } from '../ports/filters.ts'

export type Question = (filter: SessionFilter) => StageAnswer | Promise<StageAnswer> | undefined

/** Null: go on, in our own words. */
export function askAll(
  filters: readonly SessionFilter[],
  question: Question,
  at = 0,
  words: Reply | null = null,
): Refusal | Promise<Refusal> {
  const filter = filters[at]
  if (filter === undefined) return words
  return chain(question(filter) ?? null, (answer): Refusal | Promise<Refusal> => {
    if (answer === null) return askAll(filters, question, at + 1, words)
    if (answer.kind === 'disconnect') return SILENCE
    if (answer.kind === 'refuse' || isRefusal(answer.reply)) return answer.reply
    return askAll(filters, question, at + 1, answer.reply)
  })
}
