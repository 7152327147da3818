// The health of sender domains as a desk keeps it, and what it hears of events for that.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import type { FeedbackConsumer } from '../desk/outbox-pump.ts'
import { ComplaintCounter } from './complaint-counter.ts'
import { type HealthAlarms, HealthKeeper, type HealthKeeperParts } from './health-keeper.ts'
import { Refusals } from './refusals.ts'

type Parts = Omit<HealthKeeperParts, 'file' | 'clock'> & { readonly home: string }

export function openHealth({ home, ...parts }: Parts, alarms: HealthAlarms): HealthKeeper {
  const keeper = new HealthKeeper({ ...parts, file: deskFile(home), clock: systemClock })
  keeper.begin(alarms)
  return keeper
}

export interface HealthEars extends Disposable {
  readonly consumers: readonly FeedbackConsumer[]
  readonly refusals: Refusals
}

export function openHealthEars(home: string, log: Log): HealthEars {
  const counter = new ComplaintCounter(deskFile(home), systemClock, log)
  const refusals = new Refusals(systemClock.now())
  return { consumers: [refusals, counter], refusals, [Symbol.dispose]: () => counter[Symbol.dispose]() }
}
