// Who does something: for the audit, and for whatever is told with who did it.
import type { AccountId } from '../base/brand.ts'

/** Which way a call came. `itself`: nobody asked, the program did it. */
export type Via = 'api' | 'panel' | 'hms' | 'itself'

export interface Actor {
  /** The name of a user, of a key, or of the system's user at the shell (`hms (ann)`). */
  readonly by: string
  readonly via: Via
  /** Whence, where it was the network. */
  readonly address: string | null
  /** That of a user or key of one account; absent: of none. */
  readonly account?: AccountId
}

/** The program's own, which nobody asked for. */
export const ITSELF: Actor = { by: 'hms', via: 'itself', address: null }

/** Whoever may open the socket of a home is its owner; `who`: as the command told it, null where it did not. */
export function actorAtShell(who: string | null): Actor {
  return who === null ? ITSELF : { by: who, via: 'hms', address: null }
}
