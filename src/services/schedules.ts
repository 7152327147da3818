// What the desk does by itself: backups, and certificates from an authority.
import type { EpochMs, Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import { lastScheduled } from '../lifecycle/backup/record.ts'
import { isOrdered, readCertificate } from '../lifecycle/certificate/state.ts'
import { CommandSchedule } from './command-schedule.ts'

const BACKUP_AGAIN: Ms = 10 * 60_000
/** Authorities count failures: five an hour for a name are refused at the best-known one. */
const CERTIFICATE_AGAIN: Ms = 3_600_000

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

export function certificateSchedule({ config, ...parts }: ScheduleParts): CommandSchedule {
  const due = (): EpochMs | null => {
    if (!isOrdered(config)) return null
    try {
      return readCertificate(parts.home, config).renewedAt
    } catch (error) {
      parts.log.warn('The certificate cannot be read; another is ordered.', { reason: messageOf(error) })
      return 0
    }
  }
  return new CommandSchedule({
    ...parts,
    command: ['certificate', 'order'],
    due,
    againAfter: CERTIFICATE_AGAIN,
    words: {
      done: 'a certificate came from its authority',
      failed: 'No certificate could be had',
      mend: "It is tried again every hour; 'hms certificate order' does it now.",
    },
  })
}
