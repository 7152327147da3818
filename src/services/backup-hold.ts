// How a backup reaches who writes to a home: the workers of a running server, over their sockets; on a stopped home the home's lock says
// that nobody does.
import { readFileSync } from 'node:fs'
import type { Ms } from '../base/brand.ts'
import { Fault } from '../base/fault.ts'
import type { WorkerCalls } from '../contract/bus.ts'
import type { BackupHold } from '../lifecycle/backup/moment.ts'
import { type BusClient, connectBus } from '../net/bus/client.ts'
import { runningPath, type RunningServer, workerSocketPath } from './home.ts'
import { takeHomeLock } from './home-lock.ts'
import { pause } from './pause.ts'

/** A server that starts or stops holds the home and answers nothing; so does one whose worker is started again. */
const PATIENCE: Ms = 10_000
const POLL: Ms = 100
const CALL_TIMEOUT: Ms = 2000

/** Ends with the backup: what the workers kept for it goes then. */
export async function openBackupHold(home: string, version: string): Promise<BackupHold & Disposable> {
  const until = performance.now() + PATIENCE
  for (;;) {
    const lock = takeHomeLock(home)
    if (lock !== null)
      return { isRunning: false, hold: async () => true, go: async () => true, [Symbol.dispose]: () => lock[Symbol.dispose]() }
    const hold = await connectAll(home, version)
    if (hold !== null) return hold
    if (performance.now() > until) throw silent(home)
    await pause(POLL)
  }
}

async function connectAll(home: string, version: string): Promise<(BackupHold & Disposable) | null> {
  using opened = new DisposableStack()
  const clients: BusClient<WorkerCalls>[] = []
  const running = readRunning(home)
  if (running === null) return null
  for (let slot = 0; slot < running.workers; slot++) {
    try {
      clients.push(opened.use(await connectBus<WorkerCalls>(workerSocketPath(home, running.line, slot), { version })))
    } catch (error) {
      if (error instanceof Fault && (error.code === 'not-running' || error.temporary)) return null
      throw error
    }
  }
  const kept = opened.move()
  const all = async (name: 'backup.hold' | 'backup.go'): Promise<boolean> => {
    const answers = await Promise.all(
      clients.map((client) => client.call(name, {}, { timeout: CALL_TIMEOUT }).catch(() => ({ held: false }))),
    )
    return answers.every(({ held }) => held)
  }
  return { isRunning: true, hold: () => all('backup.hold'), go: () => all('backup.go'), [Symbol.dispose]: () => kept.dispose() }
}

/** Null where it is about to be written. */
function readRunning(home: string): RunningServer | null {
  try {
    return JSON.parse(readFileSync(runningPath(home), 'utf8')) as RunningServer
  } catch {
    return null
  }
}

function silent(home: string): Fault {
  return new Fault('desk-silent', `A server holds the home ${home} but a worker of it does not answer.`, {
    blame: 'owner',
    temporary: true,
    mend: 'It may be starting or stopping: try again. Its log tells more.',
  })
}
