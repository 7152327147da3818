// Names inside a home's `run` folder, said once for launcher, worker, desk and the `hms` command.
import { join } from 'node:path'
import type { EpochMs } from '../base/brand.ts'
import type { ListenAddresses } from './launch.ts'

export const runFolder = (home: string): string => join(home, 'run')
export const homeLockPath = (home: string): string => join(home, 'run', 'hms.lock')
/** Held by a launcher that is about to take the home's lock from its predecessor; see home-lock.ts. */
export const nextLockPath = (home: string): string => join(home, 'run', 'next.lock')
export const launcherSocketPath = (home: string): string => join(home, 'run', 'launcher.sock')
export const controlSocketPath = (home: string, line: WorkerLine): string =>
  join(home, 'run', line === 'a' ? 'control.sock' : 'control-b.sock')
/** Held by the process that counts for the limits. */
export const limitsLockPath = (home: string): string => join(home, 'run', 'limits.lock')
/** Held by the worker that takes files from pickup folders. */
export const pickupLockPath = (home: string): string => join(home, 'run', 'pickup.lock')
/** Held by the worker that hands in what jobs send. */
export const jobsLockPath = (home: string): string => join(home, 'run', 'jobs.lock')
/** Held by whoever makes a backup of the home. */
export const backupLockPath = (home: string): string => join(home, 'run', 'backup.lock')
export const deskSocketPath = (home: string): string => join(home, 'run', 'desk.sock')
/** `line`: workers of two launchers, of which one hands over to the other, have sockets of their own. */
export const workerSocketPath = (home: string, line: WorkerLine, slot: number): string =>
  join(home, 'run', line === 'a' ? `worker-${slot}.sock` : `worker-b${slot}.sock`)
/** Written by the launcher while it holds the home's lock: a `RunningServer` as JSON. Stale where the lock is free. */
export const runningPath = (home: string): string => join(home, 'run', 'running.json')

/** Changes at each hand-over. */
export type WorkerLine = 'a' | 'b'

export interface RunningServer {
  /** Of the launcher: SIGTERM to it stops the server in order. */
  readonly pid: number
  readonly version: string
  readonly startedAt: EpochMs
  readonly workers: number
  /** Which sockets are those of its workers. */
  readonly line: WorkerLine
  readonly addresses: ListenAddresses
}
