// Jobs as a worker has them.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Injector } from '../../engine/accept/injector.ts'
import { jobsFile } from '../../lifecycle/home-files.ts'
import { JobStore } from '../../store/sqlite/jobs/jobs.ts'
import type { Launch } from '../launch.ts'
import { JobRunner } from './job-runner.ts'

export interface JobSurroundings {
  readonly launch: Launch
  readonly epoch: string
  readonly injector: Injector
  readonly mayRun: () => boolean
  readonly log: Log
}

/** Where there never was a job it costs a look for its file once a second. */
export function openJobs({ launch: { home, config }, epoch, injector, mayRun, log }: JobSurroundings): JobRunner {
  const queue = new JobStore(jobsFile(home), epoch)
  return new JobRunner({ home, queue, injector, mayRun, kept: config['jobs.kept'], clock: systemClock, log })
}
