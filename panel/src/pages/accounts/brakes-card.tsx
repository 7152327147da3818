// Brakes as they hold for an account: shares of its mail from which its provider is told, or its mail is held.
import { Button, NumberInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Account, BrakeView } from '../../../../client/src/index.ts'
import { type BrakeName, BRAKES } from '../../../../src/contract/brakes.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Badge, Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { accounts } from '../../texts/accounts.ts'
import { common } from '../../texts/common.ts'
import { number, share, span } from '../../texts/format.ts'

const words = accounts.brake

function valueText(name: BrakeName, value: number | null): string {
  if (value === null) return words.never
  const { unit } = BRAKES[name]
  return unit === 'share' ? share(value) : unit === 'times' ? words.times(number(value)) : number(value)
}

const COLUMNS: readonly Column<BrakeView>[] = [
  {
    id: 'what',
    title: words.columns.what,
    isFixed: true,
    cell: ({ name }) => (
      <>
        <div>{words.names[name]}</div>
        <div className="hms-muted hms-small">{BRAKES[name].what}</div>
      </>
    ),
  },
  { id: 'window', title: words.columns.window, cell: ({ terms }) => (terms === null ? common.none : span(terms.window)) },
  { id: 'least', title: words.columns.least, isNumber: true, cell: ({ terms }) => (terms === null ? common.none : number(terms.least)) },
  {
    id: 'warn',
    title: words.columns.warn,
    isNumber: true,
    cell: ({ name, terms }) => (terms === null ? <Badge tone="quiet">{words.off}</Badge> : valueText(name, terms.warn)),
  },
  {
    id: 'hold',
    title: words.columns.hold,
    isNumber: true,
    cell: ({ name, terms }) => (terms === null ? <Badge tone="quiet">{words.off}</Badge> : valueText(name, terms.hold)),
  },
  {
    id: 'by',
    title: words.columns.by,
    cell: ({ by, account }) => (
      <span className={by === null ? 'hms-muted' : undefined}>{by === null ? words.shipped : account === null ? words.forAll : by}</span>
    ),
  },
]

const actionsColumn = (ask: (brake: BrakeView) => void): Column<BrakeView> => ({
  id: 'actions',
  title: words.columns.actions,
  isFixed: true,
  cell: (brake) => (
    <Button size="compact-xs" variant="default" aria-label={words.changeIt(words.names[brake.name])} onClick={() => ask(brake)}>
      {words.change}
    </Button>
  ),
})

export function BrakesCard({ account: { id } }: { readonly account: Account }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<BrakeView | null>(null)
  const brakes = useQuery({
    queryKey: ['brakes', id],
    queryFn: ({ signal }) => api.brakes.list({ account: id }, { signal }),
    enabled: may('brakes.list'),
  })
  if (!may('brakes.list')) return null
  return (
    <>
      <Card flush title={words.title} about={words.about}>
        <DataTable
          name="brakes"
          label={words.label}
          columns={may('brakes.set', 'brakes.off', 'brakes.reset') ? [...COLUMNS, actionsColumn(setAsked)] : COLUMNS}
          rows={brakes.data?.data}
          keyOf={({ name }) => name}
          error={brakes.error}
          again={() => void brakes.refetch()}
          empty={null}
        />
      </Card>
      <AsCommand hms={`brakes ls --account ${id}`} call={`GET /brakes?account=${id}`} />
      <Dialog opened={asked !== null} close={() => setAsked(null)} title={asked === null ? '' : words.title2(words.names[asked.name])}>
        {asked !== null && (
          <BrakeForm
            id={id}
            brake={asked}
            done={() => {
              setAsked(null)
              void queries.invalidateQueries({ queryKey: ['brakes'] })
              void queries.invalidateQueries({ queryKey: ['accounts', 'brakes'] })
            }}
          />
        )}
      </Dialog>
    </>
  )
}

interface BrakeFormProps {
  readonly id: number
  readonly brake: BrakeView
  readonly done: () => void
}

function BrakeForm({ id, brake: { name, terms }, done }: BrakeFormProps): ReactNode {
  const { unit, volume, ...shipped } = BRAKES[name]
  const { least: leastBefore, warn: warnBefore, hold: holdBefore } = terms ?? shipped
  const scale = unit === 'share' ? 100 : 1
  const [warn, setWarn] = useState<number | null>(warnBefore)
  const [hold, setHold] = useState<number | null>(holdBefore)
  const [least, setLeast] = useState<number>(leastBefore)
  const body = { account: id, warn, hold, least }
  const setting = useMutation({ mutationFn: () => api.brakes.set(name, body), onSuccess: done })
  const off = useMutation({ mutationFn: () => api.brakes.off(name, { account: id }), onSuccess: done })
  const reset = useMutation({ mutationFn: () => api.brakes.reset(name, { account: id }), onSuccess: done })
  const error = setting.error ?? off.error ?? reset.error
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setting.mutate()
  }
  const asFlag = (value: number | null): string => (value === null ? 'never' : unit === 'share' ? `${round(value * 100)}%` : String(value))
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p className="hms-muted">{`${BRAKES[name].what}. ${words.unit[unit]}. ${words.empty}`}</p>
      <ValueInput label={words.warn} scale={scale} value={warn} set={setWarn} />
      <ValueInput label={words.hold} scale={scale} value={hold} set={setHold} />
      <NumberInput
        hideControls
        required
        min={1}
        allowDecimal={false}
        label={words.least(volume)}
        value={least}
        onChange={(value) => setLeast(Number(value))}
      />
      {error !== null && <ProblemNotice error={error} />}
      <AsCommand
        hms={`brakes set ${name} --account ${id} --warn ${asFlag(warn)} --hold ${asFlag(hold)} --least ${least}`}
        call={`PATCH /brakes/${name}`}
        body={body}
      />
      <div className="hms-row">
        <Button type="submit" loading={setting.isPending}>
          {common.save}
        </Button>
        <Button variant="default" loading={off.isPending} onClick={() => off.mutate()}>
          {words.switchOff}
        </Button>
        <Button variant="default" loading={reset.isPending} onClick={() => reset.mutate()}>
          {words.reset}
        </Button>
      </div>
    </form>
  )
}

/** 0.05 times 100 is 5, and not a hair more. */
const round = (value: number): number => Number(value.toPrecision(12))

interface ValueInputProps {
  readonly label: string
  readonly scale: number
  readonly value: number | null
  readonly set: (value: number | null) => void
}

function ValueInput({ label, scale, value, set }: ValueInputProps): ReactNode {
  return (
    <NumberInput
      hideControls
      min={0}
      label={label}
      value={value === null ? '' : round(value * scale)}
      onChange={(entered) => set(entered === '' ? null : round(Number(entered) / scale))}
    />
  )
}
