// Which source of a pool a message leaves from: weighted rendezvous hashing of its id. Nothing is remembered, and still a retry leaves from
// where the first attempt did (greylisting looks at that), in every worker and after a restart; where a source is out, its mail alone
// is spread over the others, and comes back to it.
import type { EpochMs, MessageId } from '../../base/brand.ts'

export interface Weighted {
  readonly name: string
  readonly weight: number
}

/** FNV-1a, well mixed at the end: ids differ in their last letters. 0 to 2^32 - 1. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mixed(hash)
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const seeds = (members: readonly Weighted[]): readonly number[] => members.map(({ name }) => hashOf(name))

/** A pool whose sources can be chosen from; `usable` says which of them come into question. */
export class Choice<Member extends Weighted> {
  readonly members: readonly Member[]
  readonly #seeds: readonly number[]

  constructor(members: readonly Member[]) {
    this.members = members
    this.#seeds = seeds(members)
  }

  of(id: MessageId, usable: (member: Member) => boolean): Member | null {
    const hash = hashOf(id)
    let best: Member | null = null
    let most = -Infinity
    for (const [i, member] of this.members.entries()) {
      if (!usable(member)) continue
      const chance = (mixed(hash ^ (this.#seeds[i] ?? 0)) + 0.5) / 2 ** 32
      const score = Math.log(chance) / member.weight
      if (score > most) [best, most] = [member, score]
    }
    return best
  }
}

/** 1 to 2^30 - 1: by it a message remembers the pool that it named. */
export function poolNumber(name: string): number {
  return (hashOf(name) % (2 ** 30 - 1)) + 1
}

/** Whether a message that was accepted then may leave from a source: one that is being drained keeps what it had. */
export function mayUse(usableBefore: EpochMs, acceptedAt: EpochMs): boolean {
  return acceptedAt < usableBefore
}
