// Root at the shell acts as the user that owns the home, so that whatever a command makes there belongs to that user: a file of root's
// is one that the server cannot open. Nor does root follow what that user may have put there: a link leads it nowhere that the user could not go.
import { statSync } from 'node:fs'

/** Gives up root for the owner of the home, for good. Does nothing for anyone else, and where there is no home or it is root's own. */
export function actAsOwner(home: string): void {
  const owner = otherOwner(home)
  if (owner === null) return
  process.setgroups?.([owner.gid])
  process.setgid?.(owner.gid)
  process.setuid?.(owner.uid)
}

/** One look into the home as its owner, for what else is root's to do. */
export function asOwner<T>(home: string, work: () => T): T {
  const owner = otherOwner(home)
  if (owner === null) return work()
  const callersGroup = process.getegid?.() ?? 0
  become(owner)
  try {
    return work()
  } finally {
    become({ uid: 0, gid: callersGroup })
  }
}

export interface Acting {
  /** As whoever runs the command: for the program's folder. */
  asCaller<T>(work: () => Promise<T>): Promise<T>
}

/** Acts as the owner from now on, but for what is the caller's to do. */
export function alternateWithOwner(home: string): Acting {
  const owner = otherOwner(home)
  if (owner === null) return { asCaller: (work) => work() }
  const callersGroup = process.getegid?.() ?? 0
  become(owner)
  return {
    async asCaller(work) {
      become({ uid: 0, gid: callersGroup })
      try {
        return await work()
      } finally {
        become(owner)
      }
    },
  }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Null where this process is not root, there is no home, or it is root's own. */
function otherOwner(home: string): Owner | null {
  if (process.geteuid?.() !== 0) return null
  const owner = statSync(home, { throwIfNoEntry: false })
  return owner === undefined || owner.uid === 0 ? null : owner
}

function become({ uid, gid }: Owner): void {
  // Only root may change the group.
  process.seteuid?.(0)
  process.setegid?.(gid)
  process.seteuid?.(uid)
}
