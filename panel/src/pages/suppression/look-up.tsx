// Whether somebody is suppressed, on any list: by the address, by its domain or by a pattern.
import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Empty, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { DataTable } from '../../parts/table.tsx'
import { suppression } from '../../texts/suppression.ts'
import { ENTRY_COLUMNS, entryKey, LIST_COLUMN } from './entry-columns.tsx'

const words = suppression.lookUp

interface LookUpProps {
  readonly target: string | undefined
  readonly look: (search: { readonly target?: string }) => void
}

export function LookUp({ target, look }: LookUpProps): ReactNode {
  const [text, setText] = useState(target ?? '')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    look(text.trim() === '' ? {} : { target: text.trim() })
  }
  return (
    <Card title={words.title} about={words.about}>
      <form className="hms-row" role="search" aria-label={words.title} onSubmit={submit}>
        <TextInput
          aria-label={words.target}
          placeholder={words.hint}
          className="hms-suppression-target"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          {words.submit}
        </Button>
      </form>
      {target !== undefined && (
        <div className="hms-suppression-found">
          <Found target={target} />
        </div>
      )}
    </Card>
  )
}

function Found({ target }: { readonly target: string }): ReactNode {
  const may = useMay()
  const found = useQuery({
    queryKey: ['suppression', 'find', target],
    queryFn: ({ signal }) => api.suppression.find({ target, limit: 1000 }, { signal }),
  })
  if (found.error !== null) return <ProblemNotice error={found.error} />
  if (found.data === undefined) return <Waiting lines={2} />
  return (
    <div className="hms-stack">
      <DataTable
        name="suppression-found"
        label={words.table}
        columns={[LIST_COLUMN, ...ENTRY_COLUMNS]}
        rows={found.data.data}
        keyOf={entryKey}
        empty={
          <Empty
            icon="check"
            title={words.none(target)}
            actions={
              may('events.find') && (
                <ButtonLink to="/messages" search={{ recipient: target }} variant="default" size="xs">
                  {words.messages}
                </ButtonLink>
              )
            }
          >
            {words.noneWhat}
          </Empty>
        }
      />
      <AsCommand hms={`suppression find ${quoted(target)}`} call={`GET /suppression/entries?target=${encodeURIComponent(target)}`} />
    </div>
  )
}
