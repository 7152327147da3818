// The limits of a worker: its own where it is the only one, otherwise those that control keeps for all.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { LocalLimits } from '../../engine/limits/local-limits.ts'
import type { Limits } from '../../engine/ports/limits.ts'
import { limitsFile } from '../../lifecycle/home-files.ts'
import { createLimitStore } from '../../store/sqlite/limits/limits.ts'
import { shareKept } from '../../policy/limits/priority-use.ts'
import { controlSocketPath, limitsLockPath } from '../home.ts'
import type { Launch } from '../launch.ts'
import { RemoteLimits } from './remote-limits.ts'

export interface OpenedLimits extends AsyncDisposable {
  readonly limits: Limits
}

export function openLimits({ home, line, slot, slots, version, config }: Launch, log: Log): OpenedLimits {
  if (slots > 1) {
    const limits = new RemoteLimits({ path: controlSocketPath(home, line), slot, version, clock: systemClock, log })
    return { limits, [Symbol.asyncDispose]: async () => limits[Symbol.dispose]() }
  }
  const store = createLimitStore({ file: limitsFile(home), lock: limitsLockPath(home), clock: systemClock })
  const limits = new LocalLimits({ clock: systemClock, log, store, share: shareKept(config) })
  return { limits, [Symbol.asyncDispose]: () => limits.close() }
}
