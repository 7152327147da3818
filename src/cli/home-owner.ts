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

export interface Acting {
  /** As whoever runs the command: for the program's folder. */
  asCaller<T>(work: () => Promise<T>): Promise<T>
}

/** Acts as the owner from now on, but for what is the caller's to do. */
export function alternateWithOwner(home: string): Acting {
  const { uid, gid } = statSync(home)
  if (process.geteuid?.() !== 0 || uid === 0) return { asCaller: (work) => work() }
  const callersGroup = process.getegid?.() ?? 0
  const become = (user: number, group: number): void => {
    // Only root may change the group.
    process.seteuid?.(0)
    process.setegid?.(group)
    process.seteuid?.(user)
  }
  become(uid, gid)
  return {
    async asCaller(work) {
      become(0, callersGroup)
      try {
        return await work()
      } finally {
        become(uid, gid)
      }
    },
  }
}
