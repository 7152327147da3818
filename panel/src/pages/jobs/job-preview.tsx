// What a job sends: messages of its first recipients as they would leave.
import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { jobs } from '../../texts/jobs.ts'

const words = jobs.one
const MESSAGES = 5

interface Message {
  readonly to: string
  readonly text: string
}

export function JobPreview({ id, recipients }: { readonly id: number; readonly recipients: number }): ReactNode {
  const may = useMay()
  const shown = useQuery({
    queryKey: ['jobs', 'preview', id],
    queryFn: ({ signal }) => api.jobs.preview(id, { limit: MESSAGES }, { signal }),
    enabled: may('jobs.preview') && recipients > 0,
    staleTime: 60_000,
  })
  if (!may('jobs.preview')) return null
  return (
    <Card title={words.preview} about={words.previewAbout}>
      {recipients === 0 ? (
        <p className="hms-muted">{words.previewNone}</p>
      ) : shown.error !== null ? (
        <ProblemNotice error={shown.error} again={() => void shown.refetch()} />
      ) : shown.data === undefined ? (
        <Waiting lines={5} />
      ) : (
        <Messages messages={shown.data.messages} />
      )}
    </Card>
  )
}

/** One at a time. */
export function Messages({ messages }: { readonly messages: readonly Message[] }): ReactNode {
  const [at, setAt] = useState('0')
  const shown = messages[Number(at)] ?? messages[0]
  if (shown === undefined) return <p className="hms-muted">{words.previewNone}</p>
  return (
    <div className="hms-stack">
      <Select
        label={words.previewOf}
        allowDeselect={false}
        value={messages.includes(shown) ? String(messages.indexOf(shown)) : '0'}
        data={messages.map(({ to }, n) => ({ value: String(n), label: to }))}
        onChange={(value) => setAt(value ?? '0')}
      />
      <pre className="hms-job-message" tabIndex={0} aria-label={words.preview}>
        {shown.text.trimEnd()}
      </pre>
    </div>
  )
}
