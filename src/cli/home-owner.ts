// Root at the shell acts as the user that owns the home, so that whatever a command makes there belongs to that user: a file of root's
// is one that the server cannot open.
import { statSync } from 'node:fs'

/** Gives up root for the owner of the home, for good. Does nothing for anyone else, and where there is no home or it is root's own. */
export function actAsOwner(home: string): void {
  if (process.geteuid?.() !== 0) return
  const owner = statSync(home, { throwIfNoEntry: false })
  if (owner === undefined || owner.uid === 0) return
  process.setgroups?.([owner.gid])
  process.setgid?.(owner.gid)
  process.setuid?.(owner.uid)
}
