// A simulator of providers in a process of its own: many receiving servers with limits of their own that nobody else knows, over real
// SMTP on loopback, in the time of a tree of processes that a test moves on.
import type { EpochMs, Ms } from '../../src/base/brand.ts'
import { Apart } from '../apart.ts'
import type { TreeClock } from '../tree-clock.ts'
import type { SourceRecord } from './provider.ts'

export interface ProviderReport {
  readonly domain: string
  readonly sources: readonly (readonly [source: string, SourceRecord])[]
  /** Recipients with how often each was taken. */
  readonly taken: readonly (readonly [recipient: string, times: number])[]
}

export class Providers implements AsyncDisposable {
  readonly #apart: Apart
  readonly port: number
  /** For `dns.servers`. */
  readonly dns: string

  private constructor(apart: Apart, { port, dns }: { readonly port: number; readonly dns: string }) {
    this.#apart = apart
    this.port = port
    this.dns = dns
  }

  /** `file`: the hidden limits (`hidden-limits.ts`). `seed`: of the time that answers take. */
  static async start(file: string, seed: number, { environment }: TreeClock): Promise<Providers> {
    const apart = await Apart.start([file, String(seed)], { file: 'providers/providers-child.ts', environment })
    return new Providers(apart, await apart.ask('places'))
  }

  /** Recipients that any of them took. */
  taken(): Promise<number> {
    return this.#apart.ask('taken')
  }

  async report(): Promise<ReadonlyMap<string, ProviderReport>> {
    const all = await this.#apart.ask<readonly ProviderReport[]>('report')
    return new Map(all.map((one) => [one.domain, one]))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#apart[Symbol.asyncDispose]()
  }
}

/** Of all windows of that length, wherever they start, the most that any holds. */
export function mostInAnyWindow(times: readonly EpochMs[], span: Ms): number {
  let most = 0
  let first = 0
  for (const [i, at] of times.entries()) {
    while ((times[first] ?? at) <= at - span) first++
    most = Math.max(most, i - first + 1)
  }
  return most
}

/** The most that were open at once; who ended when another began was gone before it. */
export function mostAtOnce(connections: SourceRecord['connections']): number {
  const changes = connections.flatMap(([begun, ended]): [number, number][] => [
    [begun, 1],
    ...(ended === 0 ? [] : [[ended, -1] as [number, number]]),
  ])
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  let [open, most] = [0, 0]
  for (const [, change] of changes) most = Math.max(most, (open += change))
  return most
}

export function countWithin(times: readonly EpochMs[], from: EpochMs, to: EpochMs): number {
  return times.filter((at) => at >= from && at < to).length
}
