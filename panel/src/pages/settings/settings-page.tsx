// All settings of the server: found by words, with what they are and their defaults; what is wrong in the file, what waits for a start, what was
// changed and by whom, and whether a new version brought another default.
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { OptionView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Card, Empty, Notice, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number } from '../../texts/format.ts'
import { settings as words } from '../../texts/settings.ts'
import { Changes } from './changes.tsx'
import { isPending, settingsFound } from './find.ts'
import { settingsRoute } from './routes.ts'
import { SettingState, SettingValue } from './setting-value.tsx'
import './settings.css'

const columns = words.columns
const COLUMNS: readonly Column<OptionView>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ name, meaning }) => (
      <>
        <Link to="/settings/$name" params={{ name }} className="hms-mono hms-break">
          {name}
        </Link>
        <div className="hms-muted hms-small">{meaning}</div>
      </>
    ),
  },
  { id: 'now', title: columns.now, isFixed: true, cell: ({ now }) => <SettingValue text={now} /> },
  { id: 'default', title: columns.default, cell: (option) => <SettingValue text={option.default} /> },
  { id: 'state', title: columns.state, isFixed: true, cell: (option) => <SettingState option={option} /> },
]

export function SettingsPage(): ReactNode {
  const search = settingsRoute.useSearch()
  const navigate = settingsRoute.useNavigate()
  const may = useMay()
  const list = useQuery({
    queryKey: ['settings', 'list'],
    queryFn: async ({ signal }) => (await api.settings.configDescribe({ limit: 1000 }, { signal })).data,
  })
  const rows = list.data && settingsFound(list.data, search)
  const set = (next: typeof search): void => void navigate({ search: next, replace: true, resetScroll: false })
  return (
    <Page title={words.title} about={words.about}>
      <Problems />
      {may('settings.configFiles', 'settings.configMergeShow') && <MergeNotice />}
      <Pending pending={list.data?.filter(isPending).length ?? 0} show={() => set({ show: 'pending' })} />
      <Card flush>
        <DataTable
          name="settings"
          label={words.table}
          columns={COLUMNS}
          rows={rows}
          keyOf={({ name }) => name}
          error={list.error}
          again={() => void list.refetch()}
          tools={<Tools search={search} set={set} />}
          empty={<Nothing search={search} set={set} />}
        />
      </Card>
      {may('audit.list') && <Changes />}
      <AsCommand hms="config describe" call="GET /settings" />
    </Page>
  )
}

interface SearchProps {
  readonly search: ReturnType<typeof settingsRoute.useSearch>
  readonly set: (search: SearchProps['search']) => void
}

function Tools({ search: { find = '', show }, set }: SearchProps): ReactNode {
  return (
    <div className="hms-row">
      <TextInput
        size="xs"
        className="hms-settings-find"
        aria-label={words.search}
        placeholder={words.search}
        leftSection={<Icon name="search" size={16} />}
        value={find}
        onChange={(event) => set({ ...(event.currentTarget.value !== '' && { find: event.currentTarget.value }), ...(show && { show }) })}
      />
      <SegmentedControl
        size="xs"
        aria-label={words.show}
        value={show ?? 'all'}
        data={[
          { value: 'all', label: words.all },
          { value: 'changed', label: words.changed },
          { value: 'pending', label: words.pending },
        ]}
        onChange={(value) => set({ ...(find !== '' && { find }), ...((value === 'changed' || value === 'pending') && { show: value }) })}
      />
    </div>
  )
}

function Nothing({ search: { find, show }, set }: SearchProps): ReactNode {
  const all = (
    <Button size="xs" variant="default" onClick={() => set({})}>
      {words.empty.all}
    </Button>
  )
  const [title, what] =
    find !== undefined
      ? [words.empty.none, words.empty.what]
      : show === 'pending'
        ? [words.nothingPending, words.nothingPendingWhat]
        : [words.nothingChanged, words.nothingChangedWhat]
  return (
    <Empty icon={find === undefined ? 'check' : 'search'} title={title} actions={all}>
      {what}
    </Empty>
  )
}

/** Before somebody finds out by a start that is refused. */
function Problems(): ReactNode {
  const check = useQuery({ queryKey: ['settings', 'problems'], queryFn: ({ signal }) => api.settings.configCheck({ signal }) })
  const problems = check.data?.problems ?? []
  if (problems.length === 0) return null
  return (
    <Notice tone="bad" title={words.problems.title}>
      <ul>
        {problems.map(({ file, line, setting, expected, found }) => (
          <li key={`${setting} ${line}`}>
            <strong>{words.problems.one(file, line, setting)}</strong> <span>{words.problems.what(expected, found)}</span>
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function MergeNotice(): ReactNode {
  const files = useQuery({
    queryKey: ['settings', 'files'],
    queryFn: async ({ signal }) => (await api.settings.configFiles({ limit: 1000 }, { signal })).data,
  })
  const beside = files.data?.find((one) => one.beside !== null)?.beside ?? null
  if (beside === null) return null
  const open = (
    <ButtonLink to="/settings/merge" size="xs">
      {words.merge.open}
    </ButtonLink>
  )
  return (
    <Notice tone="warn" title={words.merge.notice} actions={open}>
      {words.merge.noticeWhat(beside)}
    </Notice>
  )
}

function Pending({ pending, show }: { readonly pending: number; readonly show: () => void }): ReactNode {
  const restart = words.restart
  if (pending === 0) return null
  const button = (
    <Button size="xs" variant="default" onClick={show}>
      {restart.show}
    </Button>
  )
  return (
    <Notice tone="warn" title={restart.title(pending, number(pending))} actions={button}>
      <div className="hms-stack-tight">
        <p>{restart.what}</p>
        <CodeLine text={restart.lines} what={restart.linesWhat} />
      </div>
    </Notice>
  )
}
