// What the desk does by itself: backups, and certificates from an authority.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import { lastScheduled } from '../../lifecycle/backup/record.ts'
import { hostRenewal, ordersHosts } from '../../lifecycle/certificate/hosts.ts'
import { isOrdered, readCertificate } from '../../lifecycle/certificate/state.ts'
import { CommandSchedule } from './command-schedule.ts'

const BACKUP_AGAIN: Ms = 10 * 60_000
/** Authorities count failures: five an hour for a name are refused at the best-known one. */
const CERTIFICATE_AGAIN: Ms = 15 * 60_000
/** Accounts get hosts of links while the server runs. */
const HOSTS_EVERY: Ms = 10_000

interface ScheduleParts {
  readonly home: string
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
}

export function backupSchedule({ config, ...parts }: ScheduleParts): CommandSchedule {
  const every = config['backup.every']
  const due = (): EpochMs | null => (every > 0 ? (lastScheduled(parts.home) ?? -every) + every : null)
  return new CommandSchedule({
    ...parts,
    command: ['backup', '--scheduled'],
    due,
    againAfter: Math.min(every, BACKUP_AGAIN),
    words: {
      done: 'a backup was made',
      failed: 'No backup could be made',
      mend: "It is tried again every 10 minutes; 'hms backup --scheduled' does it now.",
    },
  })
}

/** `hosts`: those of links, of all accounts. */
export function certificateSchedule({ config, ...parts }: ScheduleParts, hosts: () => ReadonlySet<string>): CommandSchedule {
  return new CommandSchedule({
    ...parts,
    command: ['certificate', 'order', '--due'],
    due: () => certificateDue(parts.home, config, hosts(), parts.log),
    ...(ordersHosts(config) && { askEvery: HOSTS_EVERY }),
    againAfter: CERTIFICATE_AGAIN,
    words: {
      done: 'certificates came from their authority',
      failed: 'No certificate could be had',
      mend: "It is tried again every quarter of an hour; 'hms certificate order --due' does it now.",
    },
  })
}

function certificateDue(home: string, config: Config, hosts: ReadonlySet<string>, log: Log): EpochMs | null {
  const dues = [...hosts].flatMap((host) => hostRenewal(home, config, host) ?? [])
  if (isOrdered(config)) dues.push(ownRenewal(home, config, log))
  return dues.length === 0 ? null : Math.min(...dues)
}

function ownRenewal(home: string, config: Config, log: Log): EpochMs {
  try {
    return readCertificate(home, config).renewedAt ?? Infinity
  } catch (error) {
    log.warn('The certificate cannot be read; another is ordered.', { reason: messageOf(error) })
    return 0
  }
}
