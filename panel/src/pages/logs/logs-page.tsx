// The processed log of an account, the newest lines first: of a day, with older lines on demand, filtered by words, followed as it grows.
import { Button, Select, Switch, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Card, Empty, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number } from '../../texts/format.ts'
import { logs as words } from '../../texts/logs.ts'
import { logsRoute } from './routes.ts'
import { type LogSearch, plainDay } from './search.ts'
import './logs.css'

const AT_ONCE = 500
const LOOK_EVERY = 1000

export function LogsPage(): ReactNode {
  const search = logsRoute.useSearch()
  const navigate = logsRoute.useNavigate()
  const { account: own } = useMe()
  const [isFollowed, setFollowed] = useState(false)
  const set = (next: LogSearch): void => void navigate({ search: next, replace: true, resetScroll: false })
  const account = own ?? search.account
  const { day } = search
  const flags = `${day === undefined ? '' : ` --day ${plainDay(day)}`}${isFollowed ? ' --follow' : ''}`
  return (
    <Page title={words.title} about={words.about}>
      <Card>
        <div className="hms-logs-form">
          {own === null && <AccountChoice search={search} set={set} />}
          <TextInput
            type="date"
            label={words.day}
            value={day ?? ''}
            onChange={(event) => {
              const { day: _day, ...rest } = search
              set(event.currentTarget.value === '' ? rest : { ...rest, day: event.currentTarget.value })
            }}
          />
          <TextInput
            className="hms-logs-find"
            label={words.find}
            placeholder={words.findHint}
            value={search.find ?? ''}
            onChange={(event) => {
              const { find: _find, ...rest } = search
              set(event.currentTarget.value === '' ? rest : { ...rest, find: event.currentTarget.value })
            }}
          />
          <Switch label={words.follow} checked={isFollowed} onChange={(event) => setFollowed(event.currentTarget.checked)} />
        </div>
      </Card>
      {account === undefined ? (
        <Empty icon="user" title={words.noAccount}>
          {words.noAccountWhat}
        </Empty>
      ) : (
        <Lines key={`${account} ${day}`} account={account} search={search} isFollowed={isFollowed} />
      )}
      <AsCommand
        hms={`log ${account ?? 1000}${flags}`}
        call={`GET /accounts/${account ?? 1000}/log${day === undefined ? '' : `?day=${plainDay(day)}`}`}
      />
    </Page>
  )
}

interface ChoiceProps {
  readonly search: LogSearch
  readonly set: (search: LogSearch) => void
}

function AccountChoice({ search, set }: ChoiceProps): ReactNode {
  const may = useMay()
  const list = useQuery({
    queryKey: ['accounts', 'choice'],
    queryFn: async ({ signal }) => (await api.accounts.list({ limit: 1000 }, { signal })).data,
    enabled: may('accounts.list'),
  })
  const choices = (list.data ?? []).map(({ id, name }) => ({ value: String(id), label: `${id} ${name}` }))
  const { account } = search
  const isListed = account === undefined || choices.some(({ value }) => value === String(account))
  return (
    <Select
      label={words.account}
      placeholder={words.noAccount}
      searchable
      data={isListed ? choices : [{ value: String(account), label: String(account) }, ...choices]}
      value={account === undefined ? null : String(account)}
      onChange={(value) => {
        const { account: _account, ...rest } = search
        set(value === null ? rest : { ...rest, account: Number(value) })
      }}
    />
  )
}

interface LinesProps {
  readonly account: number
  readonly search: LogSearch
  readonly isFollowed: boolean
}

function Lines({ account, search: { day, find }, isFollowed }: LinesProps): ReactNode {
  const list = useInfiniteQuery({
    queryKey: ['logs', account, day ?? null],
    queryFn: ({ pageParam, signal }) =>
      api.events.logRead(
        account,
        { limit: AT_ONCE, ...(day !== undefined && { day: plainDay(day) }), ...(pageParam !== null && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // Older lines do not change: only the newest part is read again and again.
    refetchInterval: ({ state }) => (isFollowed && (state.data?.pages.length ?? 1) === 1 ? LOOK_EVERY : false),
  })
  if (list.data === undefined)
    return list.error === null ? (
      <Card>
        <Waiting lines={8} />
      </Card>
    ) : (
      <ProblemNotice error={list.error} again={() => void list.refetch()} />
    )
  const all = list.data.pages.flatMap(({ data }) => data)
  const wanted = find?.toLowerCase()
  const shown = wanted === undefined ? all : all.filter((line) => line.toLowerCase().includes(wanted))
  return (
    <Card flush>
      <div className="hms-spread hms-logs-head">
        <span className="hms-muted hms-small" role="status">
          {words.shown(number(shown.length), number(all.length))} {isFollowed && words.following}
        </span>
        {shown.length > 0 && <CopyButton text={shown.join('\n')} what={words.copy} />}
      </div>
      {shown.length === 0 ? (
        <Nothing isFiltered={all.length > 0} find={find} account={account} />
      ) : (
        <pre className="hms-logs-lines" tabIndex={0} role="region" aria-label={words.lines}>
          {shown.map((line, n) => (
            <span key={`${shown.length - n} ${line}`}>
              <Marked line={line} find={wanted} />
              {'\n'}
            </span>
          ))}
        </pre>
      )}
      <div className="hms-logs-foot">
        {list.error !== null && <ProblemNotice error={list.error} again={() => void list.refetch()} />}
        {list.hasNextPage ? (
          <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {words.more}
          </Button>
        ) : (
          all.length > 0 && <span className="hms-muted hms-small">{words.end}</span>
        )}
      </div>
    </Card>
  )
}

function Marked({ line, find }: { readonly line: string; readonly find: string | undefined }): ReactNode {
  const at = find === undefined ? -1 : line.toLowerCase().indexOf(find)
  if (find === undefined || at < 0) return line
  return (
    <>
      {line.slice(0, at)}
      <mark>{line.slice(at, at + find.length)}</mark>
      {line.slice(at + find.length)}
    </>
  )
}

interface NothingProps {
  readonly isFiltered: boolean
  readonly find: string | undefined
  readonly account: number
}

function Nothing({ isFiltered, find, account }: NothingProps): ReactNode {
  const may = useMay()
  if (!isFiltered)
    return (
      <Empty icon="table" title={words.empty}>
        {words.emptyWhat}
      </Empty>
    )
  const isAddress = find !== undefined && /^\S+@\S+$/.test(find)
  return (
    <Empty
      icon="search"
      title={words.none}
      actions={
        may('events.find') && (
          <ButtonLink to="/messages" search={{ account, ...(isAddress && { recipient: find }) }} variant="default" size="xs">
            {words.search}
          </ButtonLink>
        )
      }
    >
      {words.noneWhat}
    </Empty>
  )
}
