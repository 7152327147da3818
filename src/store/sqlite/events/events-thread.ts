// The thread in which a desk searches events and makes the indexes of days that are over: its event loop waits for neither. Searches have
// their turns block by block, first between accounts and then between those of one account, so that nobody's many are in the way of
// another's one.
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../../base/fault.ts'
import { indexDay } from './event-index-build.ts'
import { type EventQuestion, EventRun } from './event-run.ts'
import { errorOf } from '../sqlite-error.ts'

/** `ticket`: the asker's number of a search, by which he ends it. `isEnded`: he is gone already, and is told how far a step came. */
export type EventsRequest =
  | { readonly name: 'search'; readonly ticket: number; readonly question: EventQuestion; readonly isEnded: boolean }
  | { readonly name: 'index'; readonly day: string; readonly late: number }
type Message = (EventsRequest & { readonly id: number }) | { readonly end: number }

interface Running {
  readonly id: number
  readonly ticket: number
  readonly run: EventRun
}

/** An index is made in a quarter of the time at most. */
const REST = 3
const LEAST_REST = 1

const port = parentPort
if (port === null) throw new Error('events-thread.ts runs as a worker thread only')
const { folder } = workerData as { readonly folder: string }
/** By account; 0: of no one account. */
const searches = new Map<number, Running[]>()
let isRunning = false
let indexing: Promise<void> = Promise.resolve()

function tell(id: number, answer: unknown, error: unknown = null): void {
  if (error === null) return port?.postMessage({ id, answer, error: null })
  const { code, message, blame, mend } = error as Fault
  port?.postMessage({ id, answer, error: { ...errorOf(error), fault: error instanceof Fault ? { code, message, blame, mend } : null } })
}

/** One step; true where it is over. */
function stepped({ id, run }: Running): boolean {
  try {
    if (run.step()) return false
    tell(id, run.page)
  } catch (error) {
    tell(id, null, error)
  }
  run[Symbol.dispose]()
  return true
}

async function runAll(): Promise<void> {
  if (isRunning) return
  isRunning = true
  while (searches.size > 0)
    for (const [account, list] of searches) {
      const next = list.shift()
      if (next !== undefined && !stepped(next)) list.push(next)
      if (list.length === 0) searches.delete(account)
      await turn()
    }
  isRunning = false
}

function begin(id: number, { ticket, question, isEnded }: Extract<EventsRequest, { name: 'search' }>): void {
  try {
    const account = question.filter.account ?? 0
    const list = searches.get(account) ?? []
    const run = new EventRun(folder, question)
    if (isEnded) run.end()
    list.push({ id, ticket, run })
    searches.set(account, list)
    void runAll()
  } catch (error) {
    tell(id, null, error)
  }
}

async function index(id: number, day: string, late: number): Promise<void> {
  let since = performance.now()
  const pace = async (): Promise<void> => {
    await wait(Math.max(LEAST_REST, (performance.now() - since) * REST))
    since = performance.now()
  }
  try {
    tell(id, await indexDay(join(folder, `${day}.db`), late, pace))
  } catch (error) {
    tell(id, null, error)
  }
}

port.on('message', (message: Message) => {
  if ('end' in message) {
    for (const { ticket, run } of [...searches.values()].flat()) if (ticket === message.end) run.end()
  } else if (message.name === 'search') begin(message.id, message)
  else indexing = indexing.then(() => index(message.id, message.day, message.late))
})
