// One alarm: what it means and what to do; when it fires, in all or of one subject; as shipped again; told as a test.
import { Button, Select, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { AlarmView, AlertWays } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { alarms } from '../../texts/alarms.ts'
import { common } from '../../texts/common.ts'
import { ago, span } from '../../texts/format.ts'
import { amountText, firesText, msOf, SPAN_UNITS, spanFlag, type SpanUnit, spanValue, type SpanValue } from './amounts.ts'
import './alarms.css'

const words = alarms.one

interface AlarmProps {
  readonly alarm: AlarmView | null
  readonly subject: string | null
  readonly close: () => void
}

export function AlarmDialog({ alarm, subject, close }: AlarmProps): ReactNode {
  return (
    <Dialog opened={alarm !== null} close={close} title={words.title(alarm?.name ?? '')} size="34rem">
      {alarm !== null && <Form alarm={alarm} first={subject} close={close} />}
    </Dialog>
  )
}

interface Values {
  readonly subject: string
  readonly on: boolean
  /** In the unit of the alarm, but for times. */
  readonly amount: string
  readonly time: SpanValue
  readonly for: SpanValue
}

function valuesOf(alarm: AlarmView, subject: string | null): Values {
  const own = alarm.own.find((one) => one.subject === subject)
  const set = own?.terms ?? alarm.terms
  const terms = set === 'off' || set === null ? alarm.shipped : set
  const { threshold } = terms
  return {
    subject: subject ?? '',
    on: set !== 'off' && set !== null,
    amount: String(alarm.unit === 'share' ? Math.round(threshold * 1000) / 10 : threshold),
    time: spanValue(alarm.unit === 'time' ? threshold : 0),
    for: spanValue(terms.for),
  }
}

function bodyOf({ unit }: AlarmView, { subject, on, amount, time, for: span }: Values) {
  const threshold = unit === 'time' ? msOf(time) : unit === 'share' ? Number(amount) / 100 : Number(amount)
  return {
    ...(subject.trim() !== '' && { subject: subject.trim() }),
    ...(on ? { ...(unit !== 'yes' && { threshold }), for: msOf(span) } : { off: true }),
  }
}

function commandOf({ name, unit }: AlarmView, { subject, on, amount, time, for: span }: Values): string {
  const of = subject.trim() === '' ? '' : ` --subject ${quoted(subject.trim())}`
  if (!on) return `alarms off ${name}${of}`
  const text = unit === 'time' ? spanFlag(time) : unit === 'share' ? `${amount}%` : amount
  return `alarms set ${name}${of}${unit === 'yes' ? '' : ` --threshold ${text}`} --for ${spanFlag(span)}`
}

function Form({
  alarm,
  first,
  close,
}: {
  readonly alarm: AlarmView
  readonly first: string | null
  readonly close: () => void
}): ReactNode {
  const { name, what, mend, of, shipped } = alarm
  const [values, setValues] = useState(() => valuesOf(alarm, first))
  const set = (change: Partial<Values>): void => setValues({ ...values, ...change })
  const queries = useQueryClient()
  const done = (): void => {
    void queries.invalidateQueries({ queryKey: ['alarms'] })
    close()
  }
  const target = values.subject.trim() === '' ? {} : { subject: values.subject.trim() }
  const saving = useMutation({ mutationFn: () => api.alarms.set(name, bodyOf(alarm, values)), onSuccess: done })
  const resetting = useMutation({ mutationFn: () => api.alarms.reset(name, target), onSuccess: done })
  const testing = useMutation({
    mutationFn: () => api.alarms.test(name, target),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    saving.mutate()
  }
  const error = saving.error ?? resetting.error ?? testing.error
  const fires = firesText(alarm, shipped)
  const own = alarm.own.find((one) => one.subject === first)
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p>{what}.</p>
      <Notice tone="info" title={words.mend}>
        {mend}
      </Notice>
      <p className="hms-muted hms-small">
        {shipped.for === 0 ? words.shippedAtOnce(fires) : words.shipped(fires, span(shipped.for))}{' '}
        {own !== undefined && words.by(own.by, ago(own.at))}
      </p>
      {error !== null && <ProblemNotice error={error} />}
      {testing.data !== undefined && <Tested ways={testing.data} />}
      {of !== null && (
        <TextInput
          label={words.subject}
          description={words.subjectAbout(of)}
          autoComplete="off"
          value={values.subject}
          onChange={(event) => set({ subject: event.currentTarget.value })}
        />
      )}
      <Switch label={words.on} checked={values.on} onChange={(event) => set({ on: event.currentTarget.checked })} />
      {values.on && <Terms alarm={alarm} values={values} set={set} />}
      <AsCommand hms={commandOf(alarm, values)} call={`PATCH /alarms/${name}`} body={bodyOf(alarm, values)} />
      <div className="hms-row">
        <Button type="submit" loading={saving.isPending}>
          {words.save}
        </Button>
        <Button variant="default" title={words.resetAbout} loading={resetting.isPending} onClick={() => resetting.mutate()}>
          {words.reset}
        </Button>
        <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
          {words.test}
        </Button>
        <Button variant="subtle" onClick={close}>
          {common.close}
        </Button>
      </div>
    </form>
  )
}

export function Tested({ ways }: { readonly ways: AlertWays }): ReactNode {
  const names = (['mail', 'webhook', 'syslog', 'smtp'] as const).filter((way) => ways[way]).map((way) => alarms.wayNames[way])
  return (
    <Notice tone={names.length === 0 ? 'warn' : 'ok'} title={names.length === 0 ? words.testedNowhere : words.tested(names.join(', '))} />
  )
}

interface TermsProps {
  readonly alarm: AlarmView
  readonly values: Values
  readonly set: (change: Partial<Values>) => void
}

function Terms({ alarm: { unit, fires }, values, set }: TermsProps): ReactNode {
  const label = fires === 'from' ? words.thresholdFrom : words.thresholdBelow
  return (
    <>
      {unit === 'time' ? (
        <SpanField label={label} unitLabel={words.unit} value={values.time} set={(time) => set({ time })} />
      ) : (
        unit !== 'yes' && (
          <TextInput
            label={label}
            description={unit === 'share' ? words.percent : unit === 'count' ? undefined : amountText(unit, Number(values.amount) || 0)}
            inputMode="decimal"
            pattern="[0-9]+([.][0-9]+)?"
            required
            value={values.amount}
            onChange={(event) => set({ amount: event.currentTarget.value })}
          />
        )
      )}
      <SpanField label={words.for} unitLabel={words.forUnit} value={values.for} set={(time) => set({ for: time })} />
    </>
  )
}

interface SpanProps {
  readonly label: string
  readonly unitLabel: string
  readonly value: SpanValue
  readonly set: (value: SpanValue) => void
}

function SpanField({ label, unitLabel, value, set }: SpanProps): ReactNode {
  return (
    <div className="hms-alarm-span">
      <TextInput
        label={label}
        inputMode="numeric"
        pattern="[0-9]+"
        required
        value={value.n}
        onChange={(event) => set({ ...value, n: event.currentTarget.value })}
      />
      <Select
        aria-label={unitLabel}
        allowDeselect={false}
        value={value.unit}
        data={(Object.keys(SPAN_UNITS) as SpanUnit[]).map((unit) => ({ value: unit, label: words.units[unit] }))}
        onChange={(unit) => set({ ...value, unit: (unit ?? 's') as SpanUnit })}
      />
    </div>
  )
}
