// The SMTP dialog of live connections, by who is at the other end: for the question why a server says what it says, while it says it.
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { SaidLines } from '../../parts/said-lines.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number, timeOfDay } from '../../texts/format.ts'
import { trace as words } from '../../texts/trace.ts'
import { type Dialog, textOf } from './dialogs.ts'
import { type TraceSearch, traceRoute } from './routes.ts'
import { useTrace } from './watching.ts'
import './trace.css'

export function TracePage(): ReactNode {
  const search = traceRoute.useSearch()
  const navigate = traceRoute.useNavigate()
  const [watched, setWatched] = useState<TraceSearch | null>(null)
  const { dialogs, error, clear } = useTrace(watched)
  const isWatching = watched !== null && error === null
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWatched(isWatching ? null : { ...search })
  }
  const set = (next: TraceSearch): void => {
    setWatched(null)
    void navigate({ search: next, replace: true, resetScroll: false })
  }
  const query = new URLSearchParams(Object.entries(search)).toString()
  return (
    <Page title={words.title} about={words.about}>
      <Card>
        <form className="hms-trace-form" onSubmit={submit}>
          <Fields search={search} set={set} />
          <div className="hms-row">
            <Button type="submit" variant={isWatching ? 'default' : 'filled'}>
              {isWatching ? words.stop : words.start}
            </Button>
            {dialogs.length > 0 && (
              <Button variant="default" onClick={clear}>
                {words.clear}
              </Button>
            )}
            {isWatching && (
              <span className="hms-muted" role="status">
                {words.watching}
              </span>
            )}
          </div>
        </form>
      </Card>
      {error !== null && <ProblemNotice error={error} again={() => setWatched({ ...search })} />}
      {dialogs.length === 0 ? (
        <Empty icon="live" title={isWatching ? words.waiting : words.empty}>
          {isWatching ? words.waitingWhat : words.emptyWhat}
        </Empty>
      ) : (
        <>
          <p className="hms-muted hms-small">{words.several(number(dialogs.length))}</p>
          {dialogs.map((dialog) => (
            <OneDialog key={dialog.key} dialog={dialog} />
          ))}
        </>
      )}
      <AsCommand hms={commandOf(search)} call={`GET /trace${query === '' ? '' : `?${query}`}`} />
    </Page>
  )
}

interface FieldsProps {
  readonly search: TraceSearch
  readonly set: (search: TraceSearch) => void
}

function Fields({ search, set }: FieldsProps): ReactNode {
  const change = (name: keyof TraceSearch, value: string): void => {
    const { [name]: _before, ...rest } = search
    set(value === '' ? rest : ({ ...rest, [name]: value } as TraceSearch))
  }
  return (
    <>
      <SegmentedControl
        aria-label={words.way}
        value={search.way ?? 'both'}
        data={Object.entries(words.ways).map(([value, label]) => ({ value, label }))}
        onChange={(value) => change('way', value === 'both' ? '' : value)}
      />
      <TextInput
        label={words.domain}
        placeholder={words.domainHint}
        value={search.domain ?? ''}
        onChange={(event) => change('domain', event.currentTarget.value.trim())}
      />
      <TextInput
        label={words.address}
        placeholder={words.addressHint}
        value={search.address ?? ''}
        onChange={(event) => change('address', event.currentTarget.value.trim())}
      />
    </>
  )
}

function OneDialog({ dialog }: { readonly dialog: Dialog }): ReactNode {
  const { way, peer, worker, connection, lines, isCut } = dialog
  return (
    <Card
      title={words.connection(way, peer)}
      about={words.number(worker, connection)}
      actions={<CopyButton text={textOf(dialog)} what={words.copy(peer)} />}
    >
      {isCut && <p className="hms-muted hms-small">{words.more}</p>}
      <SaidLines
        isLive
        label={words.dialog(peer)}
        lines={lines.map(({ n, line: { at, from, text } }) => ({ key: n, when: timeOfDay(at), from, text }))}
      />
    </Card>
  )
}

function commandOf({ way, domain, address }: TraceSearch): string {
  const direction = way === undefined ? '' : ` --${way}${address === undefined ? '' : ` ${quoted(address)}`}`
  return `trace${domain === undefined ? '' : ` --domain ${quoted(domain)}`}${direction}`
}
