// Effects in words, for alerts, the audit and lists.
import type { EpochMs } from '../../base/brand.ts'
import type { BlockEffect, Happening, HeldEffect } from '../../contract/blocks.ts'
import { BACKOFF_RULE } from './backing-off.ts'
import { easeOf } from './holding.ts'
import { placeWords } from './places.ts'

/** As it is listed. */
export function listed({ id, rule, place, cause, holding }: HeldEffect, now: EpochMs): BlockEffect {
  const { block, action, since, until, recoversUntil } = holding
  const { connections, perMinute, pausedUntil } = easeOf(holding, now)
  const isOther = pausedUntil > now || action === 'fail' || action === 'pool' || action === 'priority'
  const to = isOther ? null : action === 'slow' ? perMinute : connections
  const { target } = block
  return { id, rule, block: block.name, place, action, to, ...(target !== undefined && { target }), since, until, recoversUntil, cause }
}

/** `delivery paused`, `10 messages a minute`. */
export function doingWords({ action, to, target }: Pick<BlockEffect, 'action' | 'to' | 'target'>): string {
  if (action === 'pool') return `mail is sent from the pool ${target}`
  if (action === 'priority') return `mail has at most priority ${target}`
  if (action === 'fail') return 'all mail fails'
  if (to === null) return 'delivery paused'
  return action === 'slow' ? `${to} messages per minute` : `at most ${to} connection${to === 1 ? '' : 's'}`
}

/** The block, as the subject of a sentence. */
export function blockWords({ rule, holding }: Pick<HeldEffect, 'rule' | 'holding'>): string {
  if (rule === BACKOFF_RULE) return rule
  return `the block "${holding.block.name}" of the rule ${rule}`
}

/** That it ends step by step, as a sentence without its full stop. */
export function recoveringWords(effect: HeldEffect, now: EpochMs): string {
  const all = new Date(effect.holding.recoversUntil).toISOString()
  return `${startWords(effect)}: ${doingWords(listed(effect, now))} for now, fully recovered at ${all}, by ${blockWords(effect)}, after: ${effect.cause}`
}

function startWords({ place }: HeldEffect): string {
  const where = placeWords(place)
  // A name of a host keeps its letters.
  return place.site === undefined ? `${where.charAt(0).toUpperCase()}${where.slice(1)}` : where
}

/** What happened, as a sentence without its full stop. */
export function happeningWords({ at, kind, effect, by }: Happening): string {
  const { cause, holding } = effect
  const start = startWords(effect)
  const who = blockWords(effect)
  if (kind === 'alert') return `${start}: alert by ${who}, after: ${cause}`
  if (kind === 'ended') return `${start}: no longer restricted by ${who}${by === 'time' ? '' : `, ended by ${by}`}`
  const until = new Date(holding.until).toISOString()
  const doing = doingWords(listed(effect, at))
  if (kind === 'extended') return `${start}: ${doing} until ${until}, by ${who}, as ${by} asked`
  return `${start}: ${doing} until ${until} by ${who}, after: ${cause}`
}
