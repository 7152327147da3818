// What is filled in in a dialog: its fields, what went wrong, and the buttons that do it or leave it.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../texts/common.ts'
import { ProblemNotice } from './problem.tsx'

interface DialogFormProps {
  readonly run: () => void
  readonly error: Error | null
  /** What the button says that does it. */
  readonly submit: string
  readonly isBusy: boolean
  readonly isGrave?: boolean
  /** Nothing can be done as it stands. */
  readonly isBarred?: boolean
  readonly close: () => void
  readonly children: ReactNode
}

export function DialogForm({ run, error, submit, isBusy, isGrave = false, isBarred = false, close, children }: DialogFormProps): ReactNode {
  return (
    <form
      className="hms-stack"
      onSubmit={(event) => {
        event.preventDefault()
        run()
      }}
    >
      {children}
      {error !== null && <ProblemNotice error={error} />}
      <div className="hms-row">
        <Button type="submit" color={isGrave ? 'red.9' : 'harbor'} disabled={isBarred} loading={isBusy}>
          {submit}
        </Button>
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
      </div>
    </form>
  )
}
