// Names inside a home's `run` folder, said once for launcher, worker, desk and the `hms` command.
import { join } from 'node:path'
import type { EpochMs } from '../base/brand.ts'
import type { ListenAddresses } from './launch.ts'

export const runFolder = (home: string): string => join(home, 'run')
export const homeLockPath = (home: string): string => join(home, 'run', 'hms.lock')
export const deskSocketPath = (home: string): string => join(home, 'run', 'desk.sock')
export const workerSocketPath = (home: string, slot: number): string => join(home, 'run', `worker-${slot}.sock`)
/** Written by the launcher while it holds the home's lock: a `RunningServer` as JSON. Stale where the lock is free. */
export const runningPath = (home: string): string => join(home, 'run', 'running.json')

export interface RunningServer {
  /** Of the launcher: SIGTERM to it stops the server in order. */
  readonly pid: number
  readonly version: string
  readonly startedAt: EpochMs
  readonly workers: number
  readonly addresses: ListenAddresses
}
