// Which mail of the queue somebody bound to another pool or route: what matches all that is said, and was accepted before that was said.
import type { MessageId } from '../base/brand.ts'
import type { Rebinding } from '../contract/settings.ts'
import { type Choosable, isChosen, type Whither } from './criteria.ts'

export interface Rebindable extends Choosable {
  readonly id: MessageId
}

/** The latest that matches. `otherwise`: where it would go if nobody had bound it. */
export function findRebinding(all: readonly Rebinding[], head: Rebindable, otherwise: Whither): Rebinding | undefined {
  return all.findLast(({ selection: its }) => (its.ids === undefined || its.ids.includes(head.id)) && isChosen(its, head, otherwise))
}
