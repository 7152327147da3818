// Warm-up: each address or signing domain at each provider, the plan against what was sent, and the hand of the owner.
import { Button, Select } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { WarmupReport } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { SeriesChart } from '../../parts/chart.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Badge, Card, Empty, Figure, Notice, type Tone, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { ago, dateOf, dayOf, number } from '../../texts/format.ts'
import { sources } from '../../texts/sources.ts'
import { EditLink } from './addresses-tab.tsx'
import { sourcesRoute } from './routes.ts'

const words = sources.warmup
const DAY = 86_400_000
const LOOK_EVERY = 30_000
type Progress = WarmupReport['providers'][number]
type Act = keyof typeof words.actions

const TONES: Readonly<Record<Progress['mode'], Tone>> = { warming: 'info', held: 'warn', warm: 'ok' }
const ACTS: readonly { readonly act: Act; readonly isFor: (one: Progress) => boolean }[] = [
  { act: 'hold', isFor: ({ mode }) => mode === 'warming' },
  { act: 'resume', isFor: ({ mode }) => mode === 'held' },
  { act: 'skip', isFor: ({ mode }) => mode !== 'warm' },
  { act: 'finish', isFor: ({ mode }) => mode !== 'warm' },
  { act: 'start', isFor: () => true },
]

export function WarmupTab(): ReactNode {
  const { unit: wanted, provider } = sourcesRoute.useSearch()
  const navigate = sourcesRoute.useNavigate()
  const may = useMay()
  const found = useQuery({
    queryKey: ['sources', 'warmup'],
    queryFn: ({ signal }) => api.sources.warmupStatus({ limit: 1000 }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const { data } = found
  if (found.error !== null) return <ProblemNotice error={found.error} again={() => void found.refetch()} />
  if (data === undefined)
    return (
      <Card>
        <Waiting lines={6} />
      </Card>
    )
  const unit = data.data.find((one) => one.unit === wanted) ?? data.data[0]
  if (unit === undefined)
    return (
      <Card>
        <Empty icon="chart" title={words.empty} actions={may('rules.get') && <EditLink label={sources.list.write} />}>
          {words.emptyWhat}
        </Empty>
      </Card>
    )
  const shown = unit.providers.find((one) => one.provider === provider) ?? unit.providers[0]
  const go = (next: { readonly unit?: string; readonly provider?: string }): void =>
    void navigate({
      search: { tab: 'warmup', unit: next.unit ?? unit.unit, ...(next.provider !== undefined && { provider: next.provider }) },
    })
  return (
    <>
      {data.alerts.length > 0 && (
        <Notice tone="warn" title={words.alerts}>
          {data.alerts.map((alert) => (
            <p key={alert}>{alert}</p>
          ))}
        </Notice>
      )}
      <Card title={words.title} about={aboutOf(unit)}>
        <div className="hms-stack">
          <div className="hms-row">
            <Select
              label={words.unit}
              allowDeselect={false}
              value={unit.unit}
              data={data.data.map((one) => ({ value: one.unit, label: nameOf(one) }))}
              onChange={(value) => go({ unit: value ?? unit.unit })}
            />
            {shown !== undefined && (
              <Select
                label={words.provider}
                allowDeselect={false}
                value={shown.provider}
                data={unit.providers.map((one) => one.provider)}
                onChange={(value) => go({ provider: value ?? shown.provider })}
              />
            )}
          </div>
          {shown !== undefined && <Shown unit={unit} progress={shown} />}
        </div>
      </Card>
      <AsCommand hms="warmup status" call="GET /warmup" />
    </>
  )
}

const nameOf = ({ names, unit }: WarmupReport): string =>
  unit.startsWith('source=') ? `${names.join(', ')} (${unit.slice(7)})` : names.join(', ')

function aboutOf({ plan, known, begins }: WarmupReport): string {
  return [known ? words.plan(plan) : words.unknownPlan(plan), ...(begins === null ? [] : [words.begins(dateOf(begins))])].join(', ')
}

function Shown({ unit, progress }: { readonly unit: WarmupReport; readonly progress: Progress }): ReactNode {
  const { provider, mode, cap, since, said, today } = progress
  const now = dayNow()
  const past = progress.past.filter(({ day }) => day < now)
  const forecast = progress.forecast.filter(({ day }) => day > now)
  const days = [...past.map(({ day }) => day), now, ...forecast.map(({ day }) => day)]
  const last = forecast.at(-1)
  return (
    <>
      <SeriesChart
        label={words.chart(nameOf(unit), provider)}
        times={days.map((day) => day * DAY)}
        timeLabel={dayOf}
        series={[
          { name: words.planned, color: 1, values: [...past.map((one) => one.cap), cap, ...forecast.map((one) => one.cap)] },
          { name: words.sent, color: 2, values: [...past.map((one) => one.sent), today.sent, ...forecast.map(() => null)] },
        ]}
      />
      <dl className="hms-figures">
        <Figure
          label={sources.list.columns.state}
          value={<Badge tone={TONES[mode]}>{words.modes[mode]}</Badge>}
          note={words.since(ago(since))}
        />
        <Figure label={words.cap} value={cap === null ? words.noCap : number(cap)} />
        {(Object.keys(words.figures) as (keyof typeof words.figures)[]).map((name) => (
          <Figure key={name} label={words.figures[name]} value={number(today[name])} note={words.today} />
        ))}
        {last !== undefined && <Figure label={words.warmOn} value={dateOf((last.day + 1) * DAY)} />}
      </dl>
      <p className="hms-muted">{said}</p>
      <Hand unit={unit} progress={progress} />
    </>
  )
}

const dayNow = (): number => Math.floor(Date.now() / DAY)

function Hand({ unit, progress }: { readonly unit: WarmupReport; readonly progress: Progress }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Act | null>(null)
  if (!may('sources.warmupSet')) return null
  const [name = ''] = unit.names
  const { provider } = progress
  const isSource = unit.unit.startsWith('source=')
  const body = { ...(isSource ? { source: name } : { domain: name }), provider }
  return (
    <div className="hms-row">
      {ACTS.filter(({ isFor }) => isFor(progress)).map(({ act }) => (
        <Button key={act} size="xs" variant="default" onClick={() => setAsked(act)}>
          {words.actions[act]}
        </Button>
      ))}
      {asked !== null && (
        <Confirm
          opened
          title={words.actions[asked]}
          count={async () => asked}
          about={(act) => words.actionAbout[act]}
          action={(act) => words.actions[act]}
          run={() => api.sources.warmupSet(asked, body)}
          done={() => void queries.invalidateQueries({ queryKey: ['sources', 'warmup'] })}
          close={() => setAsked(null)}
          command={
            <AsCommand
              hms={`warmup ${asked} --${isSource ? 'source' : 'domain'} ${quoted(name)} --provider ${quoted(provider)}`}
              call={`POST /warmup/${asked}`}
              body={body}
            />
          }
        />
      )}
    </div>
  )
}
