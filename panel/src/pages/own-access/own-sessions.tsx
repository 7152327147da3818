// Where whoever is logged in is logged in, and ending it.
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMe } from '../../app/session.ts'
import { Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SessionTable } from '../../parts/session-table.tsx'
import { ownAccess } from '../../texts/own-access.ts'

const words = ownAccess.sessions
const KEY = ['me', 'sessions'] as const

export function OwnSessions(): ReactNode {
  const { session } = useMe()
  const queries = useQueryClient()
  const list = usePages(KEY, (after, signal) => api.me.sessions({ limit: 25, ...(after !== undefined && { after }) }, { signal }))
  /** Null: all others. */
  const ending = useMutation({
    mutationFn: (id: string | null) => (id === null ? api.me.sessionsEnd() : api.me.sessionsEndById(id)),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  const actions = (list.rows?.length ?? 0) > 1 && (
    <Button variant="default" size="xs" loading={ending.isPending} onClick={() => ending.mutate(null)}>
      {words.endOthers}
    </Button>
  )
  return (
    <Card title={words.title} about={words.about} actions={actions} flush>
      {ending.error !== null && <ProblemNotice error={ending.error} />}
      <SessionTable name="own-sessions" own={session} {...list} end={({ id }) => ending.mutate(id)} />
    </Card>
  )
}
