// What can be done to a job, asked for once more with what is left of it.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Job } from '../../../../client/src/index.ts'
import { api, type CallName } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { number } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'
import { isLive, leftOf } from './states.tsx'

export type ActionName = 'pause' | 'resume' | 'cancel' | 'forget'

interface Action {
  readonly name: ActionName
  readonly needs: CallName
  readonly fits: (job: Job) => boolean
}

const ACTIONS: readonly Action[] = [
  { name: 'forget', needs: 'jobs.forget', fits: (job) => !isLive(job) },
  { name: 'cancel', needs: 'jobs.cancel', fits: isLive },
  { name: 'pause', needs: 'jobs.pause', fits: ({ state, paused }) => state === 'sending' && paused === null },
  { name: 'resume', needs: 'jobs.resume', fits: ({ state, paused }) => state === 'sending' && paused !== null },
]

export const actionsFor = (job: Job): readonly Action[] => ACTIONS.filter(({ fits }) => fits(job))

interface JobConfirmProps {
  readonly id: number
  readonly action: ActionName
  readonly close: () => void
}

export function JobConfirm({ id, action, close }: JobConfirmProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const words = jobs.actions
  const fits = (job: Job): boolean => actionsFor(job).some(({ name }) => name === action)
  const isForget = action === 'forget'
  return (
    <Confirm
      opened
      title={words[action]}
      count={() => api.jobs.show(id)}
      about={(job) => (fits(job) ? words.about[action](isForget ? job.name : words.left(leftOf(job), number(leftOf(job)))) : words.over)}
      action={(job) => (fits(job) ? words[action] : null)}
      isGrave={action === 'cancel' || isForget}
      run={async (): Promise<unknown> => api.jobs[action](id)}
      done={() => {
        if (isForget) void navigate({ to: '/jobs' })
        void queries.invalidateQueries({ queryKey: isForget ? ['jobs', 'list'] : ['jobs'] })
      }}
      close={close}
      command={
        <AsCommand
          hms={isForget ? null : `assemble ${action} ${id}`}
          call={isForget ? `DELETE /jobs/${id}` : `POST /jobs/${id}/${action}`}
        />
      }
    />
  )
}
