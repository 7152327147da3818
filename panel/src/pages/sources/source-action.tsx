// What is done with a source by hand, with how much waits for it.
import { TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { SourceView } from '../../../../client/src/index.ts'
import { api, type CallName } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { sources } from '../../texts/sources.ts'

const words = sources.list
export type Act = keyof typeof words.actions

export const ACTS: readonly { readonly act: Act; readonly needs: CallName; readonly isFor: (source: SourceView) => boolean }[] = [
  { act: 'resume', needs: 'sources.resume', isFor: ({ hand }) => hand !== null },
  { act: 'suspend', needs: 'sources.suspend', isFor: ({ hand }) => hand !== 'suspended' },
  { act: 'drain', needs: 'sources.drain', isFor: ({ hand }) => hand === null },
  { act: 'force', needs: 'sources.force', isFor: ({ hand, failures }) => hand === null && failures.length > 0 },
]

interface ActionProps {
  readonly act: Act
  readonly source: string
  readonly close: () => void
}

export function SourceAction({ act, source, close }: ActionProps): ReactNode {
  return (
    <Dialog opened close={close} title={words.actionOf[act](source)}>
      <Form act={act} source={source} close={close} />
    </Dialog>
  )
}

function Form({ act, source, close }: ActionProps): ReactNode {
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const body = note.trim() === '' ? {} : { note: note.trim() }
  const doing = useMutation({
    mutationFn: () => api.sources[act](source, body),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['sources'] })
      close()
    },
  })
  const flags = note.trim() === '' ? [] : [`--note ${quoted(note.trim())}`]
  return (
    <DialogForm
      run={() => doing.mutate()}
      error={doing.error}
      submit={words.actions[act]}
      isBusy={doing.isPending}
      isGrave={act === 'suspend'}
      close={close}
    >
      <p>{words.actionAbout[act]}</p>
      {(act === 'suspend' || act === 'drain') && <WhatWaits source={source} />}
      <TextInput
        data-autofocus
        label={words.note}
        description={words.noteAbout}
        maxLength={200}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <AsCommand
        hms={['sources', act, quoted(source), ...flags].join(' ')}
        call={`POST /sources/${encodeURIComponent(source)}/${act}`}
        body={body}
      />
    </DialogForm>
  )
}

function WhatWaits({ source }: { readonly source: string }): ReactNode {
  const may = useMay()
  const counted = useQuery({
    queryKey: ['sources', 'count', source],
    queryFn: () => api.queue.count({ source }),
    staleTime: 0,
    enabled: may('queue.count'),
  })
  if (counted.error !== null) return <ProblemNotice error={counted.error} again={() => void counted.refetch()} />
  if (counted.data === undefined) return <Waiting lines={1} />
  const { messages: m, recipients: r } = counted.data
  return <p>{r === 0 ? words.nothingWaits : words.waiting(messages.countMessages(m, number(m)), messages.countRecipients(r, number(r)))}</p>
}
