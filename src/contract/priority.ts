// Which mail goes first. Mail of a higher priority takes the next turn of any connection, and a share of every limit is kept for it; mail
// of one priority shares fairly.

export const PRIORITIES = ['high', 'normal', 'bulk'] as const
/** `high`: somebody waits for it (a password, a receipt). `bulk`: nobody does (a newsletter). */
export type Priority = (typeof PRIORITIES)[number]

/** As limits and queues compare them: the larger goes first. */
export type Rank = 0 | 1 | 2
export const NORMAL_RANK = 1
export const HIGHEST = 2
export const RANKS: readonly Rank[] = [2, 1, 0]

/** As a message keeps it: absent is normal. */
interface Prioritized {
  readonly priority?: Exclude<Priority, 'normal'>
}

export function rankOf({ priority }: Prioritized): Rank {
  return priority === undefined ? NORMAL_RANK : priority === 'high' ? 2 : 0
}

/** As it is kept beside a recipient: the smaller number is read first. */
export function orderOf(message: Prioritized): number {
  return NORMAL_RANK - rankOf(message)
}

/** The lower of both. */
export function atMost(wanted: Priority, most: Priority): Priority {
  return PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(most) ? most : wanted
}
