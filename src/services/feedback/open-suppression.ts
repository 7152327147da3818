// Suppression as the desk has it: the one writer of suppression.db, and who tells it what comes back.
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { keyFile, suppressionFile } from '../../lifecycle/home-files.ts'
import { erasureSecret } from '../../store/sqlite/events/erased-target.ts'
import { SuppressionStore } from '../../store/sqlite/suppression/suppression.ts'
import type { RoleContext } from '../role.ts'
import type { SettingsWatch } from '../settings-watch.ts'
import { SuppressionDesk } from './suppression-desk.ts'

const TIDY_EVERY: Ms = 10 * 60_000

export interface OpenedSuppression extends AsyncDisposable {
  readonly book: SuppressionStore
  readonly desk: SuppressionDesk
}

export interface SuppressionParts extends Pick<RoleContext, 'launch' | 'log'> {
  readonly watch: SettingsWatch
  /** Workers look at the lists at once. */
  readonly announce: () => void
}

export function openSuppression({ launch: { home, config }, watch, log, announce }: SuppressionParts): OpenedSuppression {
  const opened = new AsyncDisposableStack()
  const book = opened.use(new SuppressionStore(suppressionFile(home), erasureSecret(keyFile(home, config))))
  opened.use(every(systemClock, TIDY_EVERY, () => void tidy(book, log)))
  const desk = new SuppressionDesk(book, () => watch.newest(), announce)
  return { book, desk, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function tidy(book: SuppressionStore, log: Log): Promise<void> {
  try {
    await book.prune(systemClock.now())
  } catch (error) {
    log.error('What is over cannot be removed from suppression lists; it is tried again.', { error: messageOf(error) })
  }
}
