// The ledger of all workers (ledger.db): each writes in a thread of its own, what comes together in one transaction. Which process is at an
// entry is told by a lock file that the kernel frees with it.
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountId, MessageId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { Fault } from '../../../base/fault.ts'
import type { Begun, Ledger, LedgerEntry, LedgerKey } from '../../../engine/ports/ledger.ts'
import type { Found, LedgerRequest, Written } from './ledger-thread.ts'
import { takeLockFile } from '../spool/lock-file.ts'
import type { StoreError } from '../spool/protocol.ts'
import { judge } from '../sqlite-error.ts'
import { ThreadLink } from '../thread-link.ts'

export interface LedgerOptions {
  readonly file: string
  /** Where the lock files are. */
  readonly locks: string
  readonly clock: Clock
  /** Octets of all entries. */
  readonly room?: number
}

const LOCK = /^ledger-([0-9a-f]{16})\.lock$/
/** A lock file of a process that died is in the way of nobody; one that was made a moment ago may not be locked yet. */
const OLD_LOCK = 3_600_000

export class SqliteLedger implements Ledger, AsyncDisposable {
  readonly #options: LedgerOptions
  readonly #owner = randomBytes(8).toString('hex')
  #lock: Disposable | null = null
  #thread: ThreadLink | null = null
  /** Entries that somebody of this process is at: another of its entries without an answer is one that could not be written. */
  readonly #underWay = new Set<string>()

  /** Nothing is opened before the first entry. */
  constructor(options: LedgerOptions) {
    this.#options = options
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#thread !== null) await this.#ask({ name: 'close' }).catch(() => undefined)
    await this.#thread?.ended()
    this.#lock?.[Symbol.dispose]()
    if (this.#lock !== null) rmSync(this.#lockFile(this.#owner), { force: true })
    this.#lock = null
  }

  async begin({ account, key, digest, ids, until }: LedgerEntry): Promise<Begun> {
    const name = nameOf({ account, key })
    const isAlone = !this.#underWay.has(name)
    this.#underWay.add(name)
    let begun: Begun | null = null
    try {
      const entry = { account, key, digest, ids: ids.join(','), until, now: this.#options.clock.now() }
      const found = await this.#ask({ name: 'begin', ...entry })
      if (found === null) begun = { state: 'new' }
      else begun = found === 'no-room' ? { state: 'no-room' } : await this.#found({ account, key }, found, { digest, isAlone })
      return begun
    } finally {
      if (begun?.state === 'new' || begun?.state === 'left') this.#underWay.add(name)
      else if (isAlone) this.#underWay.delete(name)
    }
  }

  async #found({ account, key }: LedgerKey, found: Written, asked: { readonly digest: string; readonly isAlone: boolean }): Promise<Begun> {
    if (found.digest !== asked.digest) return { state: 'other-request' }
    if (found.answer !== null) return { state: 'done', answer: found.answer }
    if (!asked.isAlone || !this.#isLeft(found.owner)) return { state: 'under-way' }
    const taken = await this.#ask({ name: 'take', account, key, before: found.owner })
    return taken === null ? { state: 'under-way' } : { state: 'left', ...readIds(found.ids), since: found.at }
  }

  async renew({ account, key }: LedgerKey, ids: readonly MessageId[], note = ''): Promise<void> {
    await this.#ask({ name: 'renew', account, key, ids: note === '' ? ids.join(',') : `${ids.join(',')}\n${note}` })
  }

  async done({ account, key }: LedgerKey, answer: string): Promise<void> {
    try {
      await this.#ask({ name: 'done', account, key, answer })
    } catch (error) {
      await this.#ask({ name: 'leave', account, key }).catch(() => undefined)
      throw error
    } finally {
      this.#underWay.delete(nameOf({ account, key }))
    }
  }

  async forget({ account, key }: LedgerKey): Promise<void> {
    this.#underWay.delete(nameOf({ account, key }))
    await this.#ask({ name: 'forget', account, key })
  }

  async forgetAll(account: AccountId, prefix: string): Promise<void> {
    await this.#ask({ name: 'forget-all', account, key: prefix })
  }

  async leave({ account, key }: LedgerKey): Promise<void> {
    this.#underWay.delete(nameOf({ account, key }))
    await this.#ask({ name: 'leave', account, key })
  }

  #lockFile(owner: string): string {
    return join(this.#options.locks, `ledger-${owner}.lock`)
  }

  /** By a process that died, or by this one, which is at it no more. */
  #isLeft(owner: string): boolean {
    if (owner === this.#owner || owner === '') return true
    const lock = takeLockFile(this.#lockFile(owner))
    if (lock === null) return false
    rmSync(this.#lockFile(owner), { force: true })
    lock[Symbol.dispose]()
    return true
  }

  #opened(): ThreadLink {
    if (this.#thread !== null) return this.#thread
    this.#sweep()
    this.#lock = takeLockFile(this.#lockFile(this.#owner))
    const { file, room } = this.#options
    const data = { file, owner: this.#owner, most: room }
    this.#thread = new ThreadLink('ledger', new URL('./ledger-thread.ts', import.meta.url), data, () => {})
    return this.#thread
  }

  #sweep(): void {
    for (const name of readdirSync(this.#options.locks)) {
      const [, owner] = LOCK.exec(name) ?? []
      const path = join(this.#options.locks, name)
      if (owner === undefined || Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < OLD_LOCK) continue
      const lock = takeLockFile(path)
      if (lock === null) continue
      rmSync(path, { force: true })
      lock[Symbol.dispose]()
    }
  }

  async #ask(request: LedgerRequest): Promise<Found> {
    try {
      return (await this.#opened().ask(request)) as Found
    } catch (error) {
      const { message } = error as StoreError
      const code = judge(error as StoreError) === 'full' ? 'spool-full' : 'spool-failing'
      throw new Fault(code, `${this.#options.file} cannot be written: ${message}.`, { blame: 'owner', temporary: true, cause: error })
    }
  }
}

/** The ids, and in further lines the note. */
function readIds(text: string): { readonly ids: MessageId[]; readonly note?: string } {
  const end = text.indexOf('\n')
  const ids = (end < 0 ? text : text.slice(0, end)).split(',') as MessageId[]
  return end < 0 ? { ids } : { ids, note: text.slice(end + 1) }
}

function nameOf({ account, key }: LedgerKey): string {
  return `${account} ${key}`
}
