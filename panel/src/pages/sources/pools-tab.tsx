// Pools of the rules with the part that each source has, and fixed routes.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { RouteView, SourceView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, share } from '../../texts/format.ts'
import { sources } from '../../texts/sources.ts'
import { EditLink } from './addresses-tab.tsx'
import { sourcesQuery } from './queries.ts'
import { isUsable } from './source-state.tsx'

export function PoolsTab(): ReactNode {
  const may = useMay()
  return (
    <>
      <Pools />
      {may('routes.list') && <Routes />}
      <AsCommand hms="route ls" call="GET /routes" />
    </>
  )
}

interface PoolRow {
  readonly pool: string
  readonly parts: readonly { readonly name: string; readonly share: number; readonly isUsable: boolean }[]
}

function poolsOf(all: readonly SourceView[]): readonly PoolRow[] {
  const rows = all.flatMap((source) =>
    source.pools.map(({ pool, weight }) => ({ pool, weight, name: source.name, isUsable: isUsable(source) })),
  )
  return [...Map.groupBy(rows, ({ pool }) => pool)]
    .map(([pool, its]) => {
      const sum = its.reduce((total, { weight }) => total + weight, 0)
      return {
        pool,
        parts: its.map(({ name, weight, isUsable: usable }) => ({ name, share: sum === 0 ? 0 : weight / sum, isUsable: usable })),
      }
    })
    .toSorted((a, b) => (a.pool < b.pool ? -1 : 1))
}

const POOLS: readonly Column<PoolRow>[] = [
  { id: 'pool', title: sources.pools.columns.pool, isFixed: true, cell: ({ pool }) => <strong className="hms-break">{pool}</strong> },
  {
    id: 'sources',
    title: sources.pools.columns.sources,
    isFixed: true,
    cell: ({ parts }) => (
      <span className="hms-row">
        {parts.map((part) => (
          <Badge key={part.name} tone={part.isUsable ? 'ok' : 'bad'}>
            {sources.pools.part(part.name, share(part.share))}
          </Badge>
        ))}
      </span>
    ),
  },
  {
    id: 'used',
    title: sources.pools.columns.used,
    isFixed: true,
    isNumber: true,
    cell: ({ parts }) => sources.pools.of(number(parts.filter((one) => one.isUsable).length), number(parts.length)),
  },
]

function Pools(): ReactNode {
  const words = sources.pools
  const may = useMay()
  const found = useQuery(sourcesQuery)
  const link = may('rules.get') && <EditLink label={words.edit} />
  return (
    <Card title={words.title} about={words.about} actions={link} flush>
      <DataTable
        name="pools"
        label={words.table}
        columns={POOLS}
        rows={found.data === undefined ? undefined : poolsOf(found.data.data)}
        keyOf={({ pool }) => pool}
        error={found.error}
        again={() => void found.refetch()}
        empty={<Empty title={words.empty}>{words.emptyWhat}</Empty>}
      />
    </Card>
  )
}

const ROUTES: readonly Column<RouteView>[] = [
  {
    id: 'pattern',
    title: sources.routes.columns.pattern,
    isFixed: true,
    cell: ({ pattern }) => <strong className="hms-break">{pattern}</strong>,
  },
  { id: 'url', title: sources.routes.columns.url, isFixed: true, cell: (route) => <span className="hms-break">{urlOf(route)}</span> },
  { id: 'tls', title: sources.routes.columns.tls, cell: ({ tls }) => tls },
  { id: 'login', title: sources.routes.columns.login, cell: ({ user }) => (user === null ? common.none : sources.routes.login(user)) },
]

const urlOf = ({ host, port, implicitTls }: RouteView): string =>
  `${implicitTls ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`

function removeColumn(remove: (pattern: string) => void): Column<RouteView> {
  const words = sources.routes
  const button = ({ pattern }: RouteView): ReactNode => (
    <Button size="compact-xs" variant="default" aria-label={words.removeOf(pattern)} onClick={() => remove(pattern)}>
      {words.remove}
    </Button>
  )
  return { id: 'do', title: words.columns.do, isFixed: true, cell: button }
}

function Routes(): ReactNode {
  const words = sources.routes
  const may = useMay()
  const queries = useQueryClient()
  const [opened, setOpened] = useState(false)
  const [removing, setRemoving] = useState<string | null>(null)
  const found = useQuery({ queryKey: ['sources', 'routes'], queryFn: ({ signal }) => api.routes.list({ limit: 1000 }, { signal }) })
  const add = may('routes.set') && <Button onClick={() => setOpened(true)}>{words.add}</Button>
  return (
    <Card title={words.title} about={words.about} actions={add} flush>
      <DataTable
        name="routes"
        label={words.table}
        columns={may('routes.remove') ? [...ROUTES, removeColumn(setRemoving)] : ROUTES}
        rows={found.data?.data}
        keyOf={({ pattern }) => pattern}
        error={found.error}
        again={() => void found.refetch()}
        empty={<Empty title={words.empty}>{words.emptyWhat}</Empty>}
      />
      <Dialog opened={opened} close={() => setOpened(false)} title={words.addTitle}>
        <AddRoute close={() => setOpened(false)} />
      </Dialog>
      {removing !== null && (
        <Confirm
          opened
          title={words.removeOf(removing)}
          count={() => api.routes.get(removing)}
          about={({ pattern }) => words.removeAbout(pattern)}
          action={() => words.remove}
          isGrave
          run={() => api.routes.remove(removing)}
          done={() => void queries.invalidateQueries({ queryKey: ['sources', 'routes'] })}
          close={() => setRemoving(null)}
          command={<AsCommand hms={`route rm ${quoted(removing)}`} call={`DELETE /routes/${encodeURIComponent(removing)}`} />}
        />
      )}
    </Card>
  )
}

function AddRoute({ close }: { readonly close: () => void }): ReactNode {
  const words = sources.routes
  const queries = useQueryClient()
  const [pattern, setPattern] = useState('')
  const [url, setUrl] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const name = pattern.trim()
  const body = { url: url.trim(), ...(user !== '' && { user, password }) }
  const setting = useMutation({
    mutationFn: () => api.routes.set(name, body),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['sources', 'routes'] })
      close()
    },
  })
  return (
    <DialogForm run={() => setting.mutate()} error={setting.error} submit={words.submit} isBusy={setting.isPending} close={close}>
      <TextInput
        data-autofocus
        label={words.pattern}
        description={words.patternAbout}
        required
        value={pattern}
        onChange={(event) => setPattern(event.currentTarget.value)}
      />
      <TextInput
        label={words.url}
        description={words.urlAbout}
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <TextInput
        label={words.user}
        description={words.loginAbout}
        autoComplete="off"
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      {user !== '' && (
        <PasswordInput
          label={words.password}
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      )}
      <AsCommand
        hms={`route set ${quoted(name || 'example.com')} ${quoted(body.url || 'smtp://192.0.2.1:25')}`}
        call={`PUT /routes/${encodeURIComponent(name || 'example.com')}`}
        body={{ url: body.url }}
      />
    </DialogForm>
  )
}
