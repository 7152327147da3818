// Pages of processed logs, read one at a time: a closed day is decompressed from its beginning. Whoever runs the server waits for nobody of an
// account, and nobody of one account has more than some waiting.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { callerOf, SharedPlaces } from '../../api/management/limits.ts'
import type { Asker, LogAsked, LogPage } from '../../engine/ports/home-tools.ts'
import { dayOf } from '../logs/log-batch.ts'
import { type LogBounds, readClosedLogEnd, readLogEnd } from './log-reading.ts'

const MOST_LOG = 4 * 1024 * 1024
const PLACES = { all: 100, each: 4, account: 4, accounts: 50 } as const

export class LogQueue {
  readonly #home: string
  readonly #places = new SharedPlaces(PLACES, 'pages of logs are read or wait')
  readonly #last = { server: Promise.resolve() as Promise<unknown>, accounts: Promise.resolve() as Promise<unknown> }

  constructor(home: string) {
    this.#home = home
  }

  async page(account: AccountId, asked: LogAsked, asker: Asker): Promise<LogPage> {
    const { by } = asker
    const of = asker.account ?? null
    using _place = this.#places.enter(callerOf({ name: by, account: of }, ''))
    const line = of === null ? 'server' : 'accounts'
    const mine = this.#last[line].then(() => this.#read(account, asked))
    this.#last[line] = mine.catch(() => {})
    return await mine
  }

  async #read(account: AccountId, { day, limit, before }: LogAsked): Promise<LogPage> {
    const file = join(this.#home, 'accounts', String(account), 'logfiles', `${day ?? dayOf(systemClock.now())}Processed.log`)
    const bounds: LogBounds = { lines: limit, octets: MOST_LOG, before }
    const read = existsSync(file) ? readLogEnd : existsSync(`${file}.gz`) ? readClosedLogEnd : null
    if (read === null) return { lines: [], next: null }
    const { lines, start } = await read(read === readLogEnd ? file : `${file}.gz`, bounds)
    return { lines: lines.toReversed(), next: start === 0 || lines.length === 0 ? null : start }
  }
}
