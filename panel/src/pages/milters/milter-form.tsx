// What is set of a milter: of a new one in a window, of one that is there on its page.
import { MultiSelect, NumberInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { MilterStep, MilterView, MilterWay } from '../../../../client/src/index.ts'
import { MILTER_FAILURES, MILTER_STEPS, MILTER_WAYS } from '../../../../src/contract/milters.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SaveRow } from '../../parts/save-row.tsx'
import { milters } from '../../texts/milters.ts'
import { bodyOf, type Draft, draftOf, flagsOf, isWrong, NEW, numbersIn, TIMES } from './draft.ts'

const words = milters.form

interface AddProps {
  readonly opened: boolean
  readonly close: () => void
}

export function AddMilter({ opened, close }: AddProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.add} size="36rem">
      <AddForm close={close} />
    </Dialog>
  )
}

function AddForm({ close }: Pick<AddProps, 'close'>): ReactNode {
  const [name, setName] = useState('')
  const [draft, setDraft] = useState(NEW)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const body = bodyOf(draft, NEW)
  const adding = useMutation({
    mutationFn: () => api.routes.milterSet(name.trim(), body),
    onSuccess: async () => {
      void queries.invalidateQueries({ queryKey: ['milters'] })
      close()
      await navigate({ to: '/milters/$name', params: { name: name.trim() } })
    },
  })
  return (
    <DialogForm
      run={() => adding.mutate()}
      error={adding.error}
      submit={words.submit}
      isBusy={adding.isPending}
      isBarred={isWrong(draft)}
      close={close}
    >
      <p className="hms-muted">{words.addAbout}</p>
      <TextInput
        data-autofocus
        label={words.name}
        description={words.nameAbout}
        pattern="[A-Za-z0-9_\-]{1,40}"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Fields draft={draft} set={(change) => setDraft({ ...draft, ...change })} />
      <Command name={name.trim() === '' ? 'NAME' : name.trim()} draft={draft} before={NEW} />
    </DialogForm>
  )
}

/** Of one that is there: what is saved is what was changed. */
export function MilterForm({ milter }: { readonly milter: MilterView }): ReactNode {
  const before = draftOf(milter)
  const [changed, setChanged] = useState<Partial<Draft>>({})
  const queries = useQueryClient()
  const draft = { ...before, ...changed }
  const body = bodyOf(draft, before)
  const isChanged = Object.keys(body).length > 0
  const saving = useMutation({
    mutationFn: () => api.routes.milterSet(milter.name, body),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['milters'] })
      setChanged({})
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isChanged && !isWrong(draft)) saving.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit} aria-label={milters.one.settings}>
      <Fields draft={draft} set={(change) => setChanged({ ...changed, ...change })} />
      {saving.error !== null && <ProblemNotice error={saving.error} />}
      <Command name={milter.name} draft={draft} before={before} />
      <SaveRow saving={saving} isChanged={isChanged} isBarred={isWrong(draft)} takeBack={() => setChanged({})} words={words} />
    </form>
  )
}

function Command({ name, draft, before }: { readonly name: string; readonly draft: Draft; readonly before: Draft }): ReactNode {
  const address = draft.address === before.address ? [] : [quoted(draft.address.trim())]
  const line = ['milter', 'set', name, ...address, flagsOf(draft, before)].filter((part) => part !== '').join(' ')
  return <AsCommand hms={line} call={`PUT /milters/${name}`} body={bodyOf(draft, before)} />
}

interface FieldsProps {
  readonly draft: Draft
  readonly set: (change: Partial<Draft>) => void
}

function Fields({ draft, set }: FieldsProps): ReactNode {
  return (
    <>
      <TextInput
        label={words.address}
        description={words.addressAbout}
        placeholder="inet:127.0.0.1:11332"
        maxLength={300}
        required
        value={draft.address}
        onChange={(event) => set({ address: event.currentTarget.value })}
      />
      <MultiSelect
        label={words.ways}
        data={MILTER_WAYS.map((value) => ({ value, label: milters.ways[value] }))}
        value={[...draft.ways]}
        onChange={(ways) => set({ ways: ways as MilterWay[] })}
      />
      <Select
        label={words.onFailure}
        allowDeselect={false}
        data={MILTER_FAILURES.map((value) => ({ value, label: milters.failures[value] }))}
        value={draft.onFailure}
        onChange={(onFailure) => onFailure !== null && set({ onFailure })}
      />
      <NumbersField label={words.ports} value={draft.ports} set={(ports) => set({ ports })} />
      <NumbersField label={words.accounts} value={draft.accounts} set={(accounts) => set({ accounts })} />
      <MultiSelect
        label={words.skip}
        placeholder={draft.skip.length === 0 ? words.none : ''}
        data={[...MILTER_STEPS]}
        value={[...draft.skip]}
        onChange={(skip) => set({ skip: skip as MilterStep[] })}
      />
      <Bounds draft={draft} set={set} />
    </>
  )
}

function NumbersField({
  label,
  value,
  set,
}: {
  readonly label: string
  readonly value: string
  readonly set: (text: string) => void
}): ReactNode {
  return (
    <TextInput
      label={label}
      placeholder={words.any}
      value={value}
      error={numbersIn(value) === null && words.numbersWrong}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}

function Bounds({ draft, set }: FieldsProps): ReactNode {
  const numeric = { hideControls: true, allowNegative: false, required: true, thousandSeparator: ' ' } as const
  return (
    <div className="hms-grid">
      <NumberInput
        {...numeric}
        label={words.order}
        description={words.orderAbout}
        max={1000}
        allowDecimal={false}
        value={draft.order}
        onChange={(order) => set({ order: Number(order) })}
      />
      <NumberInput
        {...numeric}
        label={words.connections}
        min={1}
        max={10_000}
        allowDecimal={false}
        value={draft.connections}
        onChange={(connections) => set({ connections: Number(connections) })}
      />
      {TIMES.map((name) => (
        <NumberInput
          key={name}
          {...numeric}
          label={words.times[name]}
          min={0.1}
          max={600}
          value={draft.times[name]}
          onChange={(value) => set({ times: { ...draft.times, [name]: Number(value) } })}
        />
      ))}
    </div>
  )
}
