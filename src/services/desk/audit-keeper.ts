// Lets go of what the audit need not know any more: what is older than `audit.days`, or more than `audit.bytes`.
import { type Clock, every } from '../../base/clock.ts'
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'

const EVERY: Ms = 10 * 60_000
const DAY: Ms = 86_400_000

interface AuditKeeperParts {
  readonly settings: Pick<SettingsStore, 'pruneAudit'>
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
}

export function keepAudit({ settings, config, log, clock }: AuditKeeperParts): Disposable {
  return every(clock, EVERY, () => {
    try {
      settings.pruneAudit(clock.now() - config['audit.days'] * DAY, config['audit.bytes'])
    } catch (error) {
      log.error('old records of the audit cannot be removed', { error: messageOf(error) })
    }
  })
}
