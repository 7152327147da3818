// The health of sender domains as a desk keeps it.
import { systemClock } from '../../base/clock.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import { HealthKeeper, type HealthKeeperParts } from './health-keeper.ts'

export function openHealth({ home, ...parts }: Omit<HealthKeeperParts, 'file' | 'clock'> & { readonly home: string }): HealthKeeper {
  const keeper = new HealthKeeper({ ...parts, file: deskFile(home), clock: systemClock })
  keeper.begin()
  return keeper
}
