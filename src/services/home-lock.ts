// The lock of a home, `run/hms.lock`: whoever holds it may run a server on the home, or change the home at rest. While one launcher hands
// over to the next, the lock is free for a moment between the two: a second one, `run/next.lock`, keeps others out meanwhile. Everybody takes
// the second first and lets go of it again; a successor holds it from before its predecessor lets go of the first until it has the first.
import { existsSync, mkdirSync } from 'node:fs'
import type { Ms } from '../base/brand.ts'
import { takeLockFile } from '../store/sqlite/spool/lock-file.ts'
import { homeLockPath, nextLockPath, runFolder } from './home.ts'
import { pause } from './pause.ts'

const STEP: Ms = 20

/** Held until disposed; null where another holds it or is about to. Throws where the home cannot be written. */
export function takeHomeLock(home: string): Disposable | null {
  mkdirSync(runFolder(home), { recursive: true, mode: 0o700 })
  using next = takeLockFile(nextLockPath(home))
  return next === null ? null : takeLockFile(homeLockPath(home))
}

/** Whether nobody holds the home's lock at this moment, or is about to take it from who holds it. */
export function homeIsFree(home: string): boolean {
  if (!existsSync(homeLockPath(home))) return true
  using lock = takeHomeLock(home)
  return lock !== null
}

/** The first step of a successor. Null where another succeeds at this moment; one that only asks is waited for. */
export function announceSuccessor(home: string, patience: Ms): Promise<Disposable | null> {
  return takeWithin(nextLockPath(home), patience)
}

/** The second: the lock itself, from a predecessor that lets go of it. */
export function inheritHomeLock(home: string, patience: Ms): Promise<Disposable | null> {
  return takeWithin(homeLockPath(home), patience)
}

async function takeWithin(path: string, patience: Ms): Promise<Disposable | null> {
  const end = performance.now() + patience
  for (;;) {
    const lock = takeLockFile(path)
    if (lock !== null || performance.now() >= end) return lock
    await pause(STEP)
  }
}
