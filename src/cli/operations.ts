// The way to an installation: the desk's socket where the server runs, the same operations in this process where it does not.
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { Caller, Operations } from '../contract/operations.ts'
import { connectBus } from '../net/bus/client.ts'

export type OpenCaller = Caller & AsyncDisposable

export interface Installation {
  readonly home: string
  readonly version: string
}

/** Operations may take a while (a large queue, DNS), but not for ever. */
const LONGEST_CALL = 120_000

export async function connectCaller(installation: Installation): Promise<OpenCaller> {
  return (await connectRunning(installation)) ?? (await openStopped(installation))
}

/** The running server, or undefined where none runs. */
export async function connectRunning({ home, version }: Installation): Promise<OpenCaller | undefined> {
  try {
    const client = await connectBus<Operations>(join(home, 'run/desk.sock'), { version })
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

async function openStopped({ home }: Installation): Promise<OpenCaller> {
  throw new Fault('not-running', `No server runs on ${home}.`, { blame: 'owner', mend: "Start it with 'hms start'." })
}
