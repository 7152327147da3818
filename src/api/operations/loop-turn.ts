// Work of a call that may hold the event loop for a part of a second, such as filling in a template of the caller's: in its turn.
import type { OperationContext } from './context.ts'

export async function inLoopTurn<T>({ loop, actor }: Pick<OperationContext, 'loop' | 'actor'>, work: () => T | Promise<T>): Promise<T> {
  if (loop === null) return work()
  // Whoever has many users and keys has no more of it.
  return loop.run(actor.account === undefined ? actor.by : `account ${actor.account}`, work)
}
