// Which mail is kept back: the owner suspended what matches all that he said of it.
import type { Suspension } from '../contract/settings.ts'
import { type Choosable, isChosen, type Whither } from './criteria.ts'

export function findSuspension(all: readonly Suspension[], head: Choosable, whither: Whither): Suspension | undefined {
  return all.find((one) => isChosen(one, head, whither))
}

const OF_SOME = ['source', 'recipient', 'sender', 'acceptedBefore', 'acceptedAfter'] as const

/** It keeps back all that goes to its domain or its site, or all there is. */
export function isOfAll(one: Suspension): boolean {
  return one.account === null && one.mailing === null && OF_SOME.every((name) => one[name] === undefined)
}

/** Programs of 1.0.0 do not know them: they would keep back more than was said. */
export function hasLaterCriteria(one: Suspension): boolean {
  return one.site !== undefined || OF_SOME.some((name) => one[name] !== undefined)
}

/** Why a recipient is held: by these words it is found again when the suspension ends. */
export function suspendedReason({ id, by, note }: Suspension): string {
  return `Suspended (${id}) by ${by}${note === '' ? '.' : `: ${note}`}`
}
