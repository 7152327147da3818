// What is done to mail of a destination: it is kept back, tried now, or sent another way. What it is about is counted first.
import { Button, Checkbox, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { destinations } from '../../texts/destinations.ts'
import { number } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'

const words = destinations.actions

/** A site or a domain. */
export interface Target {
  readonly site?: string
  readonly domain?: string
}

interface Counted {
  readonly messages: number
  readonly recipients: number
}

type Asked = 'pause' | 'retry' | 'reroute' | null

interface ActionsProps {
  readonly name: string
  /** Sites of a provider that mail waits for; none: nothing can be done. */
  readonly targets: readonly Target[]
  readonly back: ReactNode
}

export function DestinationActions({ name, targets, back }: ActionsProps): ReactNode {
  const may = useMay()
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  const button = (what: Exclude<Asked, null>): ReactNode => (
    <Button variant="default" disabled={targets.length === 0} onClick={() => setAsked(what)}>
      {words[what]}
    </Button>
  )
  return (
    <>
      {back}
      {may('queue.rebind', 'queue.count') && button('reroute')}
      {may('queue.suspend', 'queue.count') && button('pause')}
      {may('queue.retry', 'queue.count') && button('retry')}
      <Dialog opened={asked === 'pause'} close={close} title={words.pauseTitle(name)}>
        <Pause targets={targets} close={close} />
      </Dialog>
      <Dialog opened={asked === 'reroute'} close={close} title={words.rerouteTitle(name)}>
        <Reroute targets={targets} close={close} />
      </Dialog>
      <Retry opened={asked === 'retry'} name={name} targets={targets} close={close} />
    </>
  )
}

async function countOf(targets: readonly Target[]): Promise<Counted> {
  const counts = await Promise.all(targets.map((target) => api.queue.count(target)))
  return {
    messages: counts.reduce((sum, one) => sum + one.messages, 0),
    recipients: counts.reduce((sum, one) => sum + one.recipients, 0),
  }
}

const told = (about: (messages: string, recipients: string) => string, { messages: m, recipients: r }: Counted): string =>
  about(messages.countMessages(m, number(m)), messages.countRecipients(r, number(r)))

/** One after the other: each stands in the audit. */
async function each(targets: readonly Target[], act: (target: Target) => Promise<unknown>): Promise<void> {
  for (const target of targets) await act(target)
}

const flagOf = ({ site, domain }: Target): string => (site === undefined ? `--domain ${quoted(domain ?? '')}` : `--site ${quoted(site)}`)

interface FormProps {
  readonly targets: readonly Target[]
  readonly close: () => void
}

function Retry({ opened, name, targets, close }: FormProps & { readonly opened: boolean; readonly name: string }): ReactNode {
  const queries = useQueryClient()
  const [first = {}] = targets
  return (
    <Confirm
      opened={opened}
      title={words.retryTitle(name)}
      count={() => countOf(targets)}
      about={(counted) => (counted.recipients === 0 ? words.nothing : told(words.retryAbout, counted))}
      action={({ recipients }) => (recipients === 0 ? null : words.retry)}
      run={() => each(targets, (target) => api.queue.retry(target))}
      done={() => void queries.invalidateQueries({ queryKey: ['destinations'] })}
      close={close}
      command={<AsCommand hms={`queue retry ${flagOf(first)}`} call="POST /queue/retry" body={first} />}
    />
  )
}

function useCount(targets: readonly Target[]) {
  return useQuery({ queryKey: ['destinations', 'count', targets], queryFn: () => countOf(targets), staleTime: 0, gcTime: 0 })
}

function Pause({ targets, close }: FormProps): ReactNode {
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const counted = useCount(targets)
  const [first = {}] = targets
  const said = note.trim() === '' ? {} : { note: note.trim() }
  const pausing = useMutation({
    mutationFn: () => each(targets, (target) => api.queue.suspend({ ...target, ...said })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['destinations'] })
      close()
    },
  })
  return (
    <DialogForm
      run={() => pausing.mutate()}
      error={pausing.error}
      submit={words.pauseSubmit}
      isBusy={pausing.isPending}
      isGrave
      close={close}
    >
      {counted.error !== null ? (
        <ProblemNotice error={counted.error} again={() => void counted.refetch()} />
      ) : counted.data === undefined ? (
        <Waiting lines={1} />
      ) : (
        <p>{counted.data.recipients === 0 ? words.pauseNone : told(words.pauseAbout, counted.data)}</p>
      )}
      <TextInput
        data-autofocus
        label={words.note}
        description={words.noteAbout}
        maxLength={200}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <AsCommand
        hms={['queue suspend', flagOf(first), ...(note.trim() === '' ? [] : [`--note ${quoted(note.trim())}`])].join(' ')}
        call="POST /queue/suspensions"
        body={{ ...first, ...said }}
      />
    </DialogForm>
  )
}

interface Way {
  readonly pool?: string
  readonly route?: string
}

/** Pools of the rules and fixed routes. */
function useWays() {
  const may = useMay()
  const mayRoutes = may('routes.list')
  return useQuery({
    queryKey: ['destinations', 'ways'],
    queryFn: async ({ signal }) => {
      const [sources, routes] = await Promise.all([
        api.sources.list({ limit: 1000 }, { signal }),
        mayRoutes ? api.routes.list({ limit: 1000 }, { signal }) : { data: [] },
      ])
      const pools = [...new Set(sources.data.flatMap((source) => source.pools.map(({ pool }) => pool)))].toSorted()
      return [
        ...pools.map((pool) => ({ value: `pool ${pool}`, label: words.pool(pool), way: { pool } as Way })),
        ...routes.data.map(({ pattern }) => ({ value: `route ${pattern}`, label: words.route(pattern), way: { route: pattern } as Way })),
      ]
    },
  })
}

function Reroute({ targets, close }: FormProps): ReactNode {
  const queries = useQueryClient()
  const ways = useWays()
  const counted = useCount(targets)
  const [value, setValue] = useState<string | null>(null)
  const [now, setNow] = useState(true)
  const chosen = ways.data?.find((one) => one.value === value)?.way
  const [first = {}] = targets
  const rerouting = useMutation({
    mutationFn: (way: Way) => each(targets, (target) => api.queue.rebind({ selection: target, ...way, now })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['destinations'] })
      close()
    },
  })
  const error = ways.error ?? counted.error ?? rerouting.error
  const submit = (): void => {
    if (chosen !== undefined) rerouting.mutate(chosen)
  }
  if (ways.data?.length === 0) return <NoWay close={close} />
  const count = counted.data
  return (
    <DialogForm
      run={submit}
      error={error}
      submit={words.rerouteSubmit}
      isBusy={rerouting.isPending}
      isBarred={chosen === undefined || (count?.recipients ?? 0) === 0}
      close={close}
    >
      <p>{words.rerouteAbout}</p>
      {count === undefined ? <Waiting lines={1} /> : <p>{count.recipients === 0 ? words.nothing : told(words.rerouteCount, count)}</p>}
      <Select label={words.by} data={ways.data ?? []} value={value} onChange={setValue} searchable required />
      <Checkbox label={words.rerouteNow} checked={now} onChange={(event) => setNow(event.currentTarget.checked)} />
      {chosen !== undefined && (
        <AsCommand
          hms={['queue rebind', flagOf(first), wayFlag(chosen), ...(now ? ['--now'] : [])].join(' ')}
          call="POST /queue/rebindings"
          body={{ selection: first, ...chosen, now }}
        />
      )}
    </DialogForm>
  )
}

const wayFlag = ({ pool, route }: Way): string => (pool === undefined ? `--route ${quoted(route ?? '')}` : `--pool ${quoted(pool)}`)

function NoWay({ close }: { readonly close: () => void }): ReactNode {
  return (
    <div className="hms-stack">
      <p>
        <strong>{words.noWay}</strong> {words.noWayAbout}
      </p>
      <div className="hms-row">
        <Button variant="default" onClick={close}>
          {common.close}
        </Button>
      </div>
    </div>
  )
}
