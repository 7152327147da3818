// Another secret of a webhook, shown once.
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { webhooks } from '../../texts/webhooks.ts'
import { ShownSecret } from './webhook-form.tsx'

const words = webhooks.one

interface RotateProps {
  readonly id: string
  readonly opened: boolean
  readonly close: () => void
}

export function RotateSecret({ id, opened, close }: RotateProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.rotate}>
      <Question id={id} close={close} />
    </Dialog>
  )
}

function Question({ id, close }: Omit<RotateProps, 'opened'>): ReactNode {
  const queries = useQueryClient()
  const rotating = useMutation({
    mutationFn: () => api.webhooks.rotate(id),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', 'one', id] }),
  })
  if (rotating.data !== undefined) return <ShownSecret secret={rotating.data.secret} done={close} />
  return (
    <div className="hms-stack">
      <p>{words.rotateAbout}</p>
      {rotating.error !== null && <ProblemNotice error={rotating.error} />}
      <AsCommand hms={`webhook rotate ${id}`} call={`POST /webhooks/${id}/secret`} body={{}} />
      <div className="hms-row">
        <Button loading={rotating.isPending} onClick={() => rotating.mutate()}>
          {words.rotate}
        </Button>
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
      </div>
    </div>
  )
}
