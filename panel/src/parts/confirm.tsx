// Before something is done to many, or cannot be taken back: what it is about is counted and said, and the button names what it does.
import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'
import { common } from '../texts/common.ts'
import { Waiting } from './layout.tsx'
import { ProblemNotice } from './problem.tsx'

export interface ConfirmProps<Count> {
  readonly opened: boolean
  readonly title: string
  /** Counts what it is about, at the server, each time that it is opened. */
  readonly count: () => Promise<Count>
  readonly about: (count: Count) => ReactNode
  /** Null: there is nothing to do it to. */
  readonly action: (count: Count) => string | null
  readonly isGrave?: boolean
  readonly run: () => Promise<unknown>
  readonly done: () => void
  readonly close: () => void
  /** The same as a command. */
  readonly command?: ReactNode
}

export function Confirm<Count>({ opened, title, close, ...props }: ConfirmProps<Count>): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={title}>
      {opened && <Question {...props} close={close} title={title} />}
    </Dialog>
  )
}

function Question<Count>({
  title,
  count,
  about,
  action,
  isGrave = false,
  run,
  done,
  close,
  command,
}: Omit<ConfirmProps<Count>, 'opened'>): ReactNode {
  const counted = useQuery({ queryKey: ['confirm', title], queryFn: count, gcTime: 0, staleTime: 0 })
  const doing = useMutation({
    mutationFn: run,
    onSuccess: () => {
      done()
      close()
    },
  })
  const label = counted.data === undefined ? null : action(counted.data)
  return (
    <div className="hms-stack">
      {counted.isPending && <Waiting lines={2} />}
      {counted.error !== null && <ProblemNotice error={counted.error} again={() => void counted.refetch()} />}
      {counted.data !== undefined && <div>{about(counted.data)}</div>}
      {doing.error !== null && <ProblemNotice error={doing.error} />}
      {command}
      <div className="hms-row">
        {label !== null && (
          <Button color={isGrave ? 'red.9' : 'harbor'} loading={doing.isPending} onClick={() => doing.mutate()}>
            {label}
          </Button>
        )}
        <Button variant="default" onClick={close}>
          {label === null ? common.close : common.cancel}
        </Button>
      </div>
    </div>
  )
}
