// What Dynamic Block Rules hold back now, and until when; each is ended or held longer here.
import { Button, Select } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { BlockEffect } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { type May, useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { ago, number } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'

const words = rules.blocks
const columns = words.columns
const LOOK_EVERY = 5000
const KEY = ['rules', 'effects'] as const
type Span = keyof typeof words.spans

function doesText({ action, to, target }: BlockEffect): string {
  switch (action) {
    case 'pause':
    case 'fail':
      return words.actions[action]
    case 'pool':
    case 'priority':
      return words.actions[action](target ?? '')
    default:
      return words.actions[action](number(to ?? 0))
  }
}

function Place({ place }: { readonly place: BlockEffect['place'] }): ReactNode {
  const { site, provider } = place
  const names = (Object.keys(words.scopes) as (keyof typeof words.scopes)[]).filter((name) => place[name] !== undefined)
  const search = site !== undefined ? { site } : provider !== undefined ? { provider } : null
  return (
    <>
      {names.map((name) => (
        <div key={name} className="hms-break">
          <span className="hms-muted">{words.scopes[name]}</span> {place[name]}
        </div>
      ))}
      {search !== null && (
        <Link to="/destination" search={search} className="hms-small">
          {words.look}
        </Link>
      )}
    </>
  )
}

const COLUMNS: readonly Column<BlockEffect>[] = [
  {
    id: 'rule',
    title: columns.rule,
    isFixed: true,
    cell: ({ rule, block }) => (
      <span className="hms-break">
        {rule} <span className="hms-muted">{block}</span>
      </span>
    ),
  },
  { id: 'place', title: columns.place, isFixed: true, cell: ({ place }) => <Place place={place} /> },
  { id: 'does', title: columns.does, cell: doesText },
  { id: 'since', title: columns.since, cell: ({ since }) => ago(since) },
  {
    id: 'until',
    title: columns.until,
    isFixed: true,
    cell: ({ until, recoversUntil }) => (
      <>
        {ago(until)}
        {recoversUntil > until && <div className="hms-muted hms-small">{words.recovers(ago(recoversUntil))}</div>}
      </>
    ),
  },
  { id: 'cause', title: columns.cause, cell: ({ cause }) => <span className="hms-break hms-small">{cause}</span> },
]

type Asked = { readonly what: 'end' | 'extend'; readonly effect: BlockEffect } | null

function actionColumn(may: May, ask: (asked: Asked) => void): Column<BlockEffect> {
  const buttons = (effect: BlockEffect): ReactNode => (
    <div className="hms-row">
      {may('queue.effectsEnd') && (
        <Button size="compact-xs" variant="default" onClick={() => ask({ what: 'end', effect })}>
          {words.end}
        </Button>
      )}
      {may('queue.effectsExtend') && (
        <Button size="compact-xs" variant="default" onClick={() => ask({ what: 'extend', effect })}>
          {words.extend}
        </Button>
      )}
    </div>
  )
  return { id: 'do', title: columns.do, isFixed: true, cell: buttons }
}

export function BlocksTab(): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked>(null)
  const found = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.queue.effectsList({ limit: 1000 }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const close = (): void => setAsked(null)
  const done = (): void => void queries.invalidateQueries({ queryKey: KEY })
  const shown = may('queue.effectsEnd') || may('queue.effectsExtend') ? [...COLUMNS, actionColumn(may, setAsked)] : COLUMNS
  return (
    <>
      <Card title={words.title} about={words.about} flush>
        <DataTable
          name="rules-effects"
          label={words.table}
          columns={shown}
          rows={found.data?.data}
          keyOf={({ id }) => id}
          error={found.error}
          again={() => void found.refetch()}
          empty={
            <Empty icon="check" title={words.empty}>
              {words.emptyWhat}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="effects ls" call="GET /effects" />
      {asked?.what === 'end' && (
        <Confirm
          opened
          title={words.endTitle}
          count={async () => asked.effect}
          about={({ rule }) => words.endAbout(rule)}
          action={() => words.end}
          run={() => api.queue.effectsEnd(asked.effect.id)}
          done={done}
          close={close}
          command={<AsCommand hms={`effects end ${asked.effect.id}`} call={`DELETE /effects/${asked.effect.id}`} />}
        />
      )}
      <Dialog opened={asked?.what === 'extend'} close={close} title={words.extendTitle}>
        {asked !== null && <Extend id={asked.effect.id} done={done} close={close} />}
      </Dialog>
    </>
  )
}

interface ExtendProps {
  readonly id: string
  readonly done: () => void
  readonly close: () => void
}

function Extend({ id, done, close }: ExtendProps): ReactNode {
  const [span, setSpan] = useState<Span>('3600000')
  const body = { for: Number(span) }
  const extending = useMutation({
    mutationFn: () => api.queue.effectsExtend(id, body),
    onSuccess: () => {
      done()
      close()
    },
  })
  return (
    <DialogForm
      run={() => extending.mutate()}
      error={extending.error}
      submit={words.extendSubmit}
      isBusy={extending.isPending}
      close={close}
    >
      <Select
        label={words.span}
        description={words.extendAbout}
        allowDeselect={false}
        value={span}
        data={Object.entries(words.spans).map(([value, label]) => ({ value, label }))}
        onChange={(value) => setSpan((value ?? '3600000') as Span)}
      />
      <AsCommand hms={`effects extend ${id} ${Number(span) / 60_000}m`} call={`POST /effects/${id}/extend`} body={body} />
    </DialogForm>
  )
}
