// The queue of the whole installation: asked of every worker, as each owns a part of the shards. A part that does not answer
// is a Fault rather than a smaller number.
import { Fault } from '../base/fault.ts'
import type { MessageId } from '../base/brand.ts'
import type { WorkerCalls } from '../contract/bus.ts'
import type { OperationParams, OperationResult, QueueEntry } from '../contract/operations.ts'
import type { BusClient } from '../net/bus/client.ts'
import type { WorkerLinks } from './worker-links.ts'

export class QueueFanout {
  readonly #links: WorkerLinks

  constructor(links: WorkerLinks) {
    this.#links = links
  }

  /** By id, which is by age within a shard. */
  async list({ selection, after = null, limit }: Listing): Promise<OperationResult<'queue.list'>> {
    const parts = await this.#all((worker) => worker.call('queue.list', { selection, after, limit }))
    const all = parts.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const entries = all.slice(0, limit)
    const more = all.length > limit || parts.some((part) => part.length >= limit)
    return { entries, next: more ? (entries.at(-1)?.id ?? null) : null }
  }

  async count(params: OperationParams<'queue.count'>): Promise<OperationResult<'queue.count'>> {
    const parts = await this.#all((worker) => worker.call('queue.count', params))
    return { messages: sum(parts.map(({ messages }) => messages)), recipients: sum(parts.map(({ recipients }) => recipients)) }
  }

  async show(id: MessageId): Promise<{ readonly entry: QueueEntry | null; readonly header: string | null }> {
    const parts = await this.#all((worker) => worker.call('queue.show', { id }))
    return parts.find(({ entry }) => entry !== null) ?? { entry: null, header: null }
  }

  async act(params: OperationParams<'queue.act'>): Promise<OperationResult<'queue.act'>> {
    const parts = await this.#all((worker) => worker.call('queue.act', params))
    return { recipients: sum(parts.map(({ recipients }) => recipients)) }
  }

  async check(): Promise<OperationResult<'spool.check'>> {
    const parts = await this.#all((worker) => worker.call('spool.check', {}))
    return { recipients: sum(parts.map(({ recipients }) => recipients)), problems: parts.flatMap(({ problems }) => problems) }
  }

  /** Tells the workers to read the settings now; those that do not answer see the change by themselves. */
  async settingsChanged(): Promise<void> {
    await Promise.allSettled(this.#links.clients().map((worker) => worker.call('settings.changed', {}, { timeout: 2000 })))
  }

  async #all<T>(ask: (worker: BusClient<WorkerCalls>) => Promise<T>): Promise<readonly T[]> {
    const [missing] = this.#links.missing()
    if (missing !== undefined)
      throw new Fault('worker-missing', `Worker ${missing} does not answer at the moment, so a part of the queue cannot be seen.`, {
        blame: 'owner',
        temporary: true,
        mend: 'Try again in a few seconds; a worker that ended is started again by itself.',
      })
    return Promise.all(this.#links.clients().map(ask))
  }
}

type Listing = Pick<OperationParams<'queue.list'>, 'selection' | 'limit'> & { readonly after?: MessageId | null }

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
