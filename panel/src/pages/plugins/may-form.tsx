// Whose mail a plug-in sees, what it may take, and what becomes of mail that has no answer.
import { NumberInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { PluginFailureChoice, PluginView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SaveRow } from '../../parts/save-row.tsx'
import { number } from '../../texts/format.ts'
import { plugins } from '../../texts/plugins.ts'

const words = plugins.may
const MIB = 1024 * 1024
const CHOICES = (['continue', 'defer'] as const).map((value) => ({ value, label: words.onFailureChoices[value] }))

/** As they stand in the fields. */
interface Draft {
  readonly accounts: string
  readonly onFailure: PluginFailureChoice
  readonly budget: number
  readonly memory: number
}

const draftOf = ({ accounts, onFailure, budget, memory }: PluginView): Draft => ({
  accounts: accounts.join(', '),
  onFailure,
  budget,
  memory: memory / MIB,
})

const accountsIn = (text: string): readonly string[] => text.split(/[\s,;]+/).filter(Boolean)

export function MayForm({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const may = useMay()
  return (
    <Card title={words.title} about={words.about}>
      {may('routes.pluginSet') ? <Form plugin={plugin} /> : <Told plugin={plugin} />}
    </Card>
  )
}

function Told({ plugin: { accounts, onFailure, budget, memory } }: { readonly plugin: PluginView }): ReactNode {
  return (
    <Facts
      rows={[
        [words.accounts, accounts.length === 0 ? plugins.all : accounts.join(', ')],
        [words.onFailure, words.onFailureChoices[onFailure]],
        [words.budget, number(budget)],
        [words.memory, number(memory / MIB)],
      ]}
    />
  )
}

function Form({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const now = draftOf(plugin)
  const [changed, setChanged] = useState<Partial<Draft>>({})
  const queries = useQueryClient()
  const draft = { ...now, ...changed }
  const set = (change: Partial<Draft>): void => setChanged({ ...changed, ...change })
  const names = accountsIn(draft.accounts)
  const isWrong = names.some((one) => !/^\d+$/.test(one))
  const body = {
    ...(draft.accounts !== now.accounts && { accounts: names.map(Number) }),
    ...(draft.onFailure !== now.onFailure && { onFailure: draft.onFailure }),
    ...(draft.budget !== now.budget && { budget: draft.budget }),
    ...(draft.memory !== now.memory && { memory: Math.round(draft.memory * MIB) }),
  }
  const isChanged = Object.keys(body).length > 0
  const saving = useMutation({
    mutationFn: () => api.routes.pluginSet(plugin.name, body),
    onSuccess: (saved) => {
      queries.setQueryData(['plugins', 'one', plugin.name], saved)
      setChanged({})
      void queries.invalidateQueries({ queryKey: ['plugins', 'list'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isChanged && !isWrong) saving.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit} aria-label={words.title}>
      <Fields draft={draft} set={set} isWrong={isWrong} />
      {saving.error !== null && <ProblemNotice error={saving.error} />}
      <AsCommand hms={`plugin set ${plugin.name} ${flagsOf(isChanged ? body : null)}`} call={`PATCH /plugins/${plugin.name}`} body={body} />
      <SaveRow saving={saving} isChanged={isChanged} isBarred={isWrong} takeBack={() => setChanged({})} words={words} />
    </form>
  )
}

interface Body {
  readonly accounts?: readonly number[]
  readonly onFailure?: PluginFailureChoice
  readonly budget?: number
  readonly memory?: number
}

/** Null: nothing is changed yet, and the line shows how one would. */
function flagsOf(body: Body | null): string {
  if (body === null) return '--budget 5s'
  const { accounts, onFailure, budget, memory } = body
  return [
    ...(accounts === undefined ? [] : [`--account ${accounts.length === 0 ? '0' : accounts.join(',')}`]),
    ...(onFailure === undefined ? [] : [`--on-failure ${onFailure}`]),
    ...(budget === undefined ? [] : [`--budget ${budget}ms`]),
    ...(memory === undefined ? [] : [`--memory ${memory / MIB}MiB`]),
  ].join(' ')
}

interface FieldsProps {
  readonly draft: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly isWrong: boolean
}

function Fields({ draft, set, isWrong }: FieldsProps): ReactNode {
  const numeric = { hideControls: true, allowNegative: false, required: true, thousandSeparator: ' ' } as const
  return (
    <>
      <TextInput
        label={words.accounts}
        description={words.accountsAbout}
        placeholder={plugins.all}
        value={draft.accounts}
        error={isWrong && words.accountsWrong}
        onChange={(event) => set({ accounts: event.currentTarget.value })}
      />
      <Select
        label={words.onFailure}
        allowDeselect={false}
        data={CHOICES}
        value={draft.onFailure}
        onChange={(onFailure) => onFailure !== null && set({ onFailure })}
      />
      <NumberInput
        {...numeric}
        label={words.budget}
        description={words.budgetAbout}
        min={10}
        max={60_000}
        allowDecimal={false}
        value={draft.budget}
        onChange={(budget) => set({ budget: Number(budget) })}
      />
      <NumberInput
        {...numeric}
        label={words.memory}
        description={words.memoryAbout}
        min={96}
        max={16_384}
        value={draft.memory}
        onChange={(memory) => set({ memory: Number(memory) })}
      />
    </>
  )
}
