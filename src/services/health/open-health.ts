// The health of sender domains as a desk keeps it.
import { systemClock } from '../../base/clock.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import { type HealthAlarms, HealthKeeper, type HealthKeeperParts } from './health-keeper.ts'

type Parts = Omit<HealthKeeperParts, 'file' | 'clock'> & { readonly home: string }

export function openHealth({ home, ...parts }: Parts, alarms: HealthAlarms): HealthKeeper {
  const keeper = new HealthKeeper({ ...parts, file: deskFile(home), clock: systemClock })
  keeper.begin(alarms)
  return keeper
}
