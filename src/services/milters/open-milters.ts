// The milters of a worker, as the settings have them.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { MilterFilters } from '../../net/milter/filters.ts'
import { hostNameOf } from '../host-name.ts'
import type { Launch } from '../launch.ts'
import type { SettingsWatch } from '../settings-watch.ts'

export function openMilters({ config, version }: Launch, settings: SettingsWatch, log: Log): MilterFilters {
  const milters = new MilterFilters({
    server: { host: hostNameOf(config), version },
    clock: systemClock,
    bounds: { header: config['smtp.header_size'], recipients: config['smtp.recipients'], body: config['smtp.message_size'] },
    isPerRecipient: (account) => (settings.current.accounts.get(account)?.returnPathDomain ?? null) !== null,
    log,
  })
  milters.use(settings.current.milters)
  return milters
}
