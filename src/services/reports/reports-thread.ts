// The thread that counts events into the rollups and answers from them: neither the desk's loop nor a delivery waits for it, whatever is asked.
import { parentPort, workerData } from 'node:worker_threads'
import type { Ms } from '../../base/brand.ts'
import { every, machineClock } from '../../base/clock.ts'
import { keepHeapSmall } from '../../base/heap-rest.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { FromReports, ReportsAsked, ToReports } from './protocol.ts'
import { ReportsCore, type ReportsHome } from './reports-core.ts'

/** What is counted is written so often; who asks sees it at once. */
const WRITE_EVERY: Ms = 20_000
const LOOK_EVERY: Ms = 10_000
const AGAIN: Ms = 10_000
/** Octets that may be garbage before they are collected. */
const HEAP_STEP = 8 * 1024 * 1024

const port = parentPort
if (port === null) throw new Error('reports-thread.ts runs as a worker thread only')
const core = new ReportsCore(workerData as ReportsHome)
let [isRunning, isClosed] = [false, false]
let trouble: string | null = null

const say = (said: FromReports): void => port.postMessage(said)

function tell(now: string | null): void {
  if (now !== trouble) say({ trouble: now })
  trouble = now
}

/** Others have their turn after each step. */
function run(): void {
  if (isClosed) return
  isRunning = true
  try {
    const isMore = core.step()
    tell(null)
    if (isMore) return void setImmediate(run)
  } catch (error) {
    tell(messageOf(error))
    machineClock.after(AGAIN, run)
    return
  }
  isRunning = false
}

function wake(): void {
  if (!isRunning) run()
}

function answer(asked: ReportsAsked): unknown {
  switch (asked.name) {
    case 'query':
      return core.query(asked.wish)
    case 'rebuild':
      return core.rebuild()
    case 'prune':
      return core.prune(asked.before)
    case 'rest':
      return !isRunning && trouble === null && core.isAtRest()
    case 'close':
      isClosed = true
      core.write()
      return core[Symbol.dispose]()
  }
}

port.on('message', (message: ToReports) => {
  if (message === 'look') core.look()
  else if ('lines' in message) {
    say({ took: message.lines.lines.length })
    core.offer(message.lines)
  } else {
    const { id, ...asked } = message
    try {
      port.postMessage({ id, answer: answer(asked) ?? null, error: null })
    } catch (error) {
      const { code, message: text, blame, mend } = error as Fault
      port.postMessage({ id, answer: null, error: { message: text, fault: error instanceof Fault ? { code, blame, mend } : null } })
    }
  }
  wake()
})

keepHeapSmall(machineClock, HEAP_STEP)
every(machineClock, WRITE_EVERY, () => {
  if (isClosed) return
  try {
    core.write()
  } catch (error) {
    tell(messageOf(error))
  }
})
every(machineClock, LOOK_EVERY, () => {
  core.look()
  wake()
})
wake()
