// What the limits have counted, where it outlives the process. Whoever has the lock counts; the kernel frees it with the process, so that
// the next one begins where this one was, killed or not.
import type { Ms } from '../../../base/brand.ts'
import { type Clock, machineClock } from '../../../base/clock.ts'
import type { LimitStore } from '../../../engine/ports/limits.ts'
import type { LimitsRequest } from './limits-thread.ts'
import { takeLockFile } from '../spool/lock-file.ts'
import { ThreadLink } from '../thread-link.ts'

export interface LimitStoreOptions {
  readonly file: string
  readonly lock: string
  readonly clock: Clock
}

/** Between two looks whether the one before has let go; only while one hands over to the next. */
const STEP: Ms = 50

class SqliteLimits implements LimitStore {
  private readonly options: LimitStoreOptions
  private lock: Disposable | null = null
  private thread: ThreadLink | null = null

  constructor(options: LimitStoreOptions) {
    this.options = options
  }

  async open(): ReturnType<LimitStore['open']> {
    for (this.lock ??= takeLockFile(this.options.lock); this.lock === null; this.lock = takeLockFile(this.options.lock))
      await new Promise<void>((resolve) => void machineClock.after(STEP, resolve))
    this.thread ??= new ThreadLink('limits', new URL('./limits-thread.ts', import.meta.url), { file: this.options.file }, () => {})
    return (await this.ask({ name: 'open', now: this.options.clock.now() })) as Awaited<ReturnType<LimitStore['open']>>
  }

  async save(rates: Parameters<LimitStore['save']>[0]): Promise<void> {
    await this.ask({ name: 'save', rates, now: this.options.clock.now() })
  }

  async close(rates: Parameters<LimitStore['close']>[0]): Promise<void> {
    try {
      await this.ask({ name: 'close', rates, now: this.options.clock.now() })
      await this.thread?.ended()
    } finally {
      this.lock?.[Symbol.dispose]()
      this.lock = null
    }
  }

  private async ask(request: LimitsRequest): Promise<unknown> {
    if (this.thread === null) throw new Error('the limits are asked for before they are open')
    try {
      return await this.thread.ask(request)
    } catch (error) {
      const { message } = error as { message: string }
      throw new Error(`${this.options.file}: ${message}`, { cause: error })
    }
  }
}

export function createLimitStore(options: LimitStoreOptions): LimitStore {
  return new SqliteLimits(options)
}
