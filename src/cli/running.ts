// Whether a server runs on a home, and which: told by the lock that the kernel frees with the launcher, not by a pid alone.
import { readFileSync } from 'node:fs'
import { runningPath, type RunningServer } from '../services/home.ts'
import { homeIsFree } from '../services/home-lock.ts'
import { asOwner } from './home-owner.ts'

/** The server that runs on the home; undefined where none does. */
export function runningServer(home: string): RunningServer | undefined {
  return asOwner(home, () => {
    const running = readRunning(home)
    // The lock is tried only where a process of that number lives, so that asking does not get in a starting server's way.
    return running !== undefined && lives(running.pid) && !homeIsFree(home) ? running : undefined
  })
}

function readRunning(home: string): RunningServer | undefined {
  try {
    return JSON.parse(readFileSync(runningPath(home), 'utf8')) as RunningServer
  } catch {
    return undefined
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
