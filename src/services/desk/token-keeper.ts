// Looks every hour whether the key that signs tokens is old enough to be followed by another.
import type { Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { rotateTokenKeys } from '../../api/operations/senders/tokens.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { isTokenKeyDue } from '../../policy/token-keys.ts'

const LOOK_EVERY: Ms = 3_600_000

export interface TokenKeeperParts {
  readonly settings: SettingsStore
  readonly log: Log
  readonly clock: Clock
}

export function keepTokenKeys({ settings, log, clock }: TokenKeeperParts): Disposable {
  return every(clock, LOOK_EVERY, () => {
    try {
      const now = clock.now()
      if (!isTokenKeyDue(settings.read().tokenKeys, now)) return
      const { n } = rotateTokenKeys({ settings, now: () => now, by: 'age' })
      log.info('Another key signs tokens.', { key: n })
    } catch (error) {
      log.error('The keys of tokens cannot be looked after.', { error: messageOf(error) })
    }
  })
}
