// Pickup as a worker has it.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Injector } from '../../engine/accept/injector.ts'
import type { WasCommitted } from '../../engine/ports/ledger.ts'
import type { Launch } from '../launch.ts'
import { Pickup } from './pickup.ts'

export interface PickupSurroundings {
  readonly launch: Launch
  readonly settings: () => Settings
  readonly injector: Injector
  readonly wasCommitted: WasCommitted
  readonly mayTake: () => boolean
  readonly log: Log
}

/** Where no account has it, it costs a look at the accounts once a second. */
export function openPickup({ launch: { home, config }, settings, injector, wasCommitted, mayTake, log }: PickupSurroundings): Pickup {
  return new Pickup({ home, config, settings, injector, wasCommitted, mayTake, log, clock: systemClock })
}
