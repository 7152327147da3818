// The way to an installation: the desk's socket where the server runs, the same operations in this process where it does not.
import { setTimeout as wait } from 'node:timers/promises'
import { actor } from './cli.ts'
import { Fault } from '../base/fault.ts'
import type { Caller, Operations } from '../contract/operations.ts'
import { connectBus } from '../net/bus/client.ts'
import { requireHome } from '../lifecycle/home-state.ts'
import { deskSocketPath } from '../services/home.ts'

export type OpenCaller = Caller & AsyncDisposable

export interface Installation {
  readonly home: string
  readonly version: string
}

/** Operations may take a while (a large queue, DNS), but not for ever. */
const LONGEST_CALL = 120_000
/** A server that starts or stops holds the home but answers nothing; so does one whose desk is started again. */
const PATIENCE = 10_000
const POLL = 100

export async function connectCaller(installation: Installation): Promise<OpenCaller> {
  requireHome(installation.home)
  const end = performance.now() + PATIENCE
  for (;;) {
    const running = await connectRunning(installation)
    if (running !== undefined) return running
    // Loaded where it is needed: with a server running, a command is a question and its answer.
    const { takeHomeLock } = await import('../services/home-lock.ts')
    const lock = takeHomeLock(installation.home)
    if (lock !== null) return await openStopped(installation, lock)
    if (performance.now() > end) {
      throw new Fault('desk-silent', `A server holds the home ${installation.home} but does not answer.`, {
        blame: 'owner',
        temporary: true,
        mend: 'It may be starting or stopping: try again. Its log tells more.',
      })
    }
    await wait(POLL)
  }
}

/** The running server, or undefined where none runs. */
export async function connectRunning({ home, version }: Installation): Promise<OpenCaller | undefined> {
  try {
    const client = await connectBus<Operations>(deskSocketPath(home), { version, who: actor() })
    // The same type twice: the compiler cannot see through an operation that is still a parameter.
    const call = client.call.bind(client) as unknown as (...args: [...Parameters<Caller['call']>, { timeout: number }]) => Promise<never>
    return {
      call: (name, params) => call(name, params, { timeout: LONGEST_CALL }),
      async [Symbol.asyncDispose]() {
        client[Symbol.dispose]()
      },
    }
  } catch (error) {
    if (error instanceof Fault && error.code === 'not-running') return undefined
    throw error
  }
}

async function openStopped({ home, version }: Installation, lock: Disposable): Promise<OpenCaller> {
  const { openStoppedHome } = await import('./stopped-home.ts')
  return openStoppedHome({ home, version, lock })
}
