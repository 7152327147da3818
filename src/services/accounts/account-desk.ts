// Accounts at the desk: brakes over what events say of them, and what their states have as a time. Events may come before it can act.
import { systemClock } from '../../base/clock.ts'
import type { AccountId } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { QueueUsed, WorkerCalls } from '../../contract/bus.ts'
import type { BusClient } from '../../net/bus/client.ts'
import type { StateContext } from '../../api/operations/senders/account-states.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import { AccountHistory } from '../../store/sqlite/desk/account-history.ts'
import type { Launch } from '../launch.ts'
import type { SettingsWatch } from '../settings-watch.ts'
import { AccountKeeper } from './account-keeper.ts'
import { BrakeDesk } from './brake-desk.ts'

export interface AccountDeskParts {
  readonly launch: Launch
  readonly settings: SettingsStore
  /** What anybody changed, this process too. */
  readonly watch: SettingsWatch
  readonly log: Log
}

export class AccountDesk implements Disposable {
  readonly brakes: BrakeDesk
  readonly #parts: AccountDeskParts
  readonly #opened: DisposableStack
  readonly #queueUse = new Map<string, { readonly queueUse: readonly QueueUsed[]; readonly client: BusClient<WorkerCalls> }>()
  readonly #ready = Promise.withResolvers<StateContext>()

  constructor(parts: AccountDeskParts) {
    const { launch, watch, log } = parts
    this.#parts = parts
    using opened = new DisposableStack()
    const history = opened.use(new AccountHistory(deskFile(launch.home)))
    const around = { settings: () => watch.current, clock: systemClock, log }
    this.brakes = opened.use(new BrakeDesk({ ...around, history, ready: this.#ready.promise }))
    this.#opened = opened.move()
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  /** A worker told what it has of the queue: it is told what all others have. */
  reported(path: string, queueUse: readonly QueueUsed[] | undefined, client: BusClient<WorkerCalls>): void {
    if (queueUse === undefined && this.#queueUse.size === 0) return
    this.#queueUse.set(path, { queueUse: queueUse ?? [], client })
    const sums = new Map<AccountId, QueueUsed>()
    for (const [other, one] of this.#queueUse) {
      if (one.client.ended) this.#queueUse.delete(other)
      else if (other !== path) for (const used of one.queueUse) addTo(sums, used)
    }
    // One that leaves may be of a release that does not know the call.
    client.call('queue.others', { others: [...sums.values()] }).catch(() => {})
  }

  /** From now on what was found has consequences. */
  begin({ workers, tell }: Pick<StateContext, 'workers' | 'tell'>): void {
    const { settings, watch, log } = this.#parts
    const context: StateContext = { settings, workers, tell, now: systemClock.now, isRunning: () => true }
    this.#opened.use(new AccountKeeper({ context, settings: () => watch.current, clock: systemClock, log }))
    this.#ready.resolve(context)
  }
}

function addTo(sums: Map<AccountId, QueueUsed>, { account, messages, bytes }: QueueUsed): void {
  const sum = sums.get(account)
  sums.set(account, { account, messages: messages + (sum?.messages ?? 0), bytes: bytes + (sum?.bytes ?? 0) })
}
