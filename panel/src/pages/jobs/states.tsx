// How a job is, in a word, and how far.
import { Progress } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Job } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { jobs } from '../../texts/jobs.ts'
import { number } from '../../texts/format.ts'

type Shown = keyof typeof jobs.states

const TONES: Readonly<Record<Shown, Tone>> = {
  reading: 'info',
  sending: 'info',
  scheduled: 'quiet',
  paused: 'warn',
  waits: 'warn',
  done: 'ok',
  cancelled: 'quiet',
  failed: 'bad',
}

export function shownState({ state, paused, trouble, start }: Job): Shown {
  if (state !== 'sending') return state
  if (paused !== null) return 'paused'
  if (trouble !== null) return 'waits'
  return start > Date.now() ? 'scheduled' : 'sending'
}

export function JobBadge({ job }: { readonly job: Job }): ReactNode {
  const state = shownState(job)
  return <Badge tone={TONES[state]}>{jobs.states[state]}</Badge>
}

/** Something may still become of it by itself. */
export const isLive = ({ state }: Job): boolean => state === 'reading' || state === 'sending'

export const handedIn = ({ queued, refused }: Job): number => queued + refused
export const leftOf = (job: Job): number => Math.max(0, job.recipients - handedIn(job))

export function JobProgress({ job }: { readonly job: Job }): ReactNode {
  const done = handedIn(job)
  return (
    <div className="hms-job-progress">
      <Progress value={job.recipients === 0 ? 0 : (100 * done) / job.recipients} aria-label={jobs.progressOf(job.name)} />
      <span className="hms-small hms-muted">{jobs.progress(number(done), number(job.recipients))}</span>
    </div>
  )
}
