// Named places at which a crash test can end the process as a power switch would. Without HMS_TEST_CRASH in the environment
// a point is an empty function. With it, it names a file; while that file says `point` or `point 3`, the process that
// comes to the point (for the third time) removes the file and kills itself, so that one file is one crash.
import { readFileSync, unlinkSync } from 'node:fs'

/** In the order in which a message meets them; docs/spool-states.md, docs/formats.md and docs/upgrade.md say what is on disk at each. */
export type CrashPoint =
  | 'body-file-written'
  | 'body-file-synced'
  | 'body-slots-written'
  | 'body-slots-synced'
  | 'injection-begun'
  | 'commit-begun'
  | 'commit-written'
  | 'commit-done'
  | 'commit-answered'
  | 'injection-committed'
  | 'delivery-begun'
  | 'delivery-answered'
  | 'copy-synced'
  | 'events-pulled'
  | 'feedback-committed'
  | 'events-committed'
  | 'report-month-written'
  | 'report-rebuild-noted'
  | 'pickup-moved'
  | 'pickup-committed'
  | 'job-handed-in'
  | 'plugin-aside'
  | 'erase-part'
  | 'erase-log-renamed'
  | 'journal-written'
  | 'journal-synced'
  | 'convert-begun'
  | 'convert-copied'
  | 'convert-checked'
  | 'convert-identified'
  | 'convert-renamed'
  | 'adopt-begun'
  | 'adopt-numbered'
  | 'adopt-renewed'
  | 'backup-begun'
  | 'backup-copied'
  | 'backup-written'
  | 'backup-renamed'
  | 'upgrade-checking'
  | 'upgrade-backing-up'
  | 'upgrade-installing'
  | 'upgrade-trying'
  | 'upgrade-switching'
  | 'upgrade-switched'
  | 'upgrade-serving'
  | 'upgrade-settling'
  | 'hand-over-desk-ended'
  | 'hand-over-tried'
  | 'hand-over-leading'
  | 'hand-over-led'
  | 'restore-begun'
  | 'restore-unpacked'
  | 'restore-made'
  | 'restore-swapping'
  | 'restore-moved'
  | 'restore-swapped'
  | 'restore-adopted'

const file = process.env['HMS_TEST_CRASH']
const passed = new Map<string, number>()

function come(path: string, point: CrashPoint): void {
  let wanted: string
  try {
    wanted = readFileSync(path, 'utf8').trim()
  } catch {
    return
  }
  const [name, nth] = wanted.split(' ')
  if (name !== point) return
  const times = (passed.get(point) ?? 0) + 1
  passed.set(point, times)
  if (times < Number(nth ?? 1)) return
  unlinkSync(path)
  process.kill(process.pid, 'SIGKILL')
}

/** Costs nothing without the variable: an empty function of one shape, which the compiler inlines away. */
export const crashPoint: (point: CrashPoint) => void = file === undefined ? () => {} : (point) => come(file, point)
