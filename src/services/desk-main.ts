// The process of the desk. Where all cores are busy, mail goes first: what people and programs ask has what is left, and a share of a quarter.
import { setPriority } from 'node:os'
import { startDesk } from './desk/desk.ts'
import { runRole } from './role.ts'

/** Beside a thread of a worker that wants a whole core it still has a quarter of it, which is enough to take the events of all mail. */
const NICENESS = 5

// Before it has threads, which are as nice as who starts them.
try {
  setPriority(NICENESS)
} catch {
  // It was started nicer than that.
}
await runRole('desk', startDesk)
