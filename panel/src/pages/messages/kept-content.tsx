// The content of a message where a copy is kept: its source, and the copy to take along. It says so where none is.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Problem } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Icon } from '../../parts/icons.tsx'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { size } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { visibleLines } from '../../parts/visible.ts'

const words = messages.one

export function KeptContent({ account, id }: { readonly account: number; readonly id: string }): ReactNode {
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const kept = useQuery({
    queryKey: ['kept', account, id],
    queryFn: async ({ signal }) => {
      try {
        return await api.kept.show(account, id, { signal })
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null
        throw error
      }
    },
    enabled: may('kept.show'),
  })
  if (!may('kept.show')) return null
  const newest = kept.data?.deliveries[0]
  const raw = `/api/v1/accounts/${account}/kept/${id}/raw`
  return (
    <Card
      title={words.kept}
      actions={
        newest !== undefined && (
          <>
            {!isOpen && (
              <Button size="xs" variant="default" onClick={() => setOpen(true)}>
                {words.keptSource}
              </Button>
            )}
            <RawButton path={raw} name={`${id}.eml`} />
          </>
        )
      }
    >
      {kept.isPending && <Waiting lines={1} />}
      {kept.error !== null && <ProblemNotice error={kept.error} again={() => void kept.refetch()} />}
      {kept.data !== undefined &&
        (newest === undefined ? <p className="hms-muted">{words.keptNone}</p> : <p>{words.keptAbout(size(newest.size))}</p>)}
      {isOpen && <Source account={account} id={id} />}
    </Card>
  )
}

/** The whole, fetched in the form that only this asks for. */
function RawButton({ path, name }: { readonly path: string; readonly name: string }): ReactNode {
  const [isBusy, setBusy] = useState(false)
  const load = async (): Promise<void> => {
    setBusy(true)
    try {
      const response = await fetch(path, { headers: { accept: 'message/rfc822' } })
      saveFile(name, [await response.blob()], 'message/rfc822')
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button size="xs" variant="default" leftSection={<Icon name="download" size={16} />} loading={isBusy} onClick={() => void load()}>
      {words.keptRaw}
    </Button>
  )
}

/** The first megabyte of it: nobody reads more. */
function Source({ account, id }: { readonly account: number; readonly id: string }): ReactNode {
  const source = useQuery({
    queryKey: ['kept', account, id, 'source'],
    queryFn: async ({ signal }) => {
      const { octets } = await api.kept.raw(account, id, {}, { signal })
      return new TextDecoder().decode(Uint8Array.from(atob(octets), (sign) => sign.codePointAt(0) ?? 0))
    },
  })
  if (source.error !== null) return <ProblemNotice error={source.error} />
  if (source.data === undefined) return <Waiting />
  return (
    <pre className="hms-source" tabIndex={0} aria-label={words.keptSource}>
      {visibleLines(source.data)}
    </pre>
  )
}
