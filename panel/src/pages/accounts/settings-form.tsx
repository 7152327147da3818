// A card of settings: what was changed is saved together, and shown as a command before. Who may not change it sees what it is.
import { NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { AsCommand, type CommandProps } from '../../parts/command.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SaveRow } from '../../parts/save-row.tsx'
import { accounts } from '../../texts/accounts.ts'
import { common } from '../../texts/common.ts'

const words = accounts.settings

/** Empty text: none. */
export type Value = string | number | boolean
export type Values<Name extends string> = Readonly<Record<Name, Value>>
export type Changed<Name extends string> = Partial<Values<Name>>

export interface Field<Name extends string> {
  readonly name: Name
  readonly kind: 'switch' | 'text' | 'number' | 'choice'
  /** What it is called, and a sentence about it. */
  readonly words: readonly [string, string]
  readonly choices?: readonly { readonly value: string; readonly label: string }[]
  readonly least?: number
  readonly most?: number
}

interface SettingsCardProps<Name extends string> {
  readonly title: string
  readonly about: string
  readonly fields: readonly Field<Name>[]
  readonly values: Values<Name>
  /** Null: whoever looks may not. */
  readonly save: ((changed: Changed<Name>) => Promise<unknown>) | null
  readonly command: (changed: Changed<Name>) => CommandProps
  readonly children?: ReactNode
}

export function SettingsCard<Name extends string>(props: SettingsCardProps<Name>): ReactNode {
  const { title, about, fields, values, save, children } = props
  return (
    <Card title={title} about={about}>
      <div className="hms-stack">
        {children}
        {save === null ? (
          <Facts rows={fields.map((field) => [field.words[0], textOf(field, values[field.name])])} />
        ) : (
          <Form {...props} save={save} />
        )}
      </div>
    </Card>
  )
}

function textOf<Name extends string>({ kind, choices }: Field<Name>, value: Value): string {
  if (kind === 'switch') return value === true ? common.yes : common.no
  if (value === '') return words.none
  return choices?.find((choice) => choice.value === value)?.label ?? String(value)
}

type FormProps<Name extends string> = SettingsCardProps<Name> & { readonly save: (changed: Changed<Name>) => Promise<unknown> }

function Form<Name extends string>({ fields, values, save, command, title }: FormProps<Name>): ReactNode {
  const [draft, setDraft] = useState<Changed<Name>>({})
  const changed = Object.fromEntries(
    fields.flatMap(({ name }) => {
      const value = draft[name]
      return value === undefined || value === values[name] ? [] : [[name, value]]
    }),
  ) as Changed<Name>
  const isChanged = Object.keys(changed).length > 0
  const saving = useMutation({ mutationFn: () => save(changed), onSuccess: () => setDraft({}) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isChanged) saving.mutate()
  }
  const set = (name: Name, value: Value): void => {
    saving.reset()
    setDraft({ ...draft, [name]: value })
  }
  return (
    <form className="hms-stack" onSubmit={submit} aria-label={title}>
      <div className="hms-account-fields">
        {fields.map((field) => (
          <Input key={field.name} field={field} value={draft[field.name] ?? values[field.name]} set={(value) => set(field.name, value)} />
        ))}
      </div>
      {saving.error !== null && <ProblemNotice error={saving.error} />}
      <AsCommand {...command(changed)} />
      <SaveRow saving={saving} isChanged={isChanged} takeBack={() => setDraft({})} words={words} />
    </form>
  )
}

interface InputProps<Name extends string> {
  readonly field: Field<Name>
  readonly value: Value
  readonly set: (value: Value) => void
}

function Input<Name extends string>({ field, value, set }: InputProps<Name>): ReactNode {
  const [label, description] = field.words
  const said = { label, ...(description !== '' && { description }) }
  switch (field.kind) {
    case 'switch':
      return <Switch {...said} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />
    case 'choice':
      return (
        <Select
          {...said}
          allowDeselect={false}
          value={String(value)}
          data={[...(field.choices ?? [])]}
          onChange={(chosen) => set(chosen ?? '')}
        />
      )
    case 'number':
      return (
        <NumberInput
          {...said}
          hideControls
          allowDecimal={false}
          thousandSeparator=" "
          {...(field.least !== undefined && { min: field.least })}
          {...(field.most !== undefined && { max: field.most })}
          value={typeof value === 'number' ? value : ''}
          onChange={(entered) => set(entered === '' ? '' : Number(entered))}
        />
      )
    case 'text':
      return <TextInput {...said} value={String(value)} onChange={(event) => set(event.currentTarget.value)} />
  }
}

/** Empty text as null. */
export function nulled<Name extends string>(changed: Changed<Name>): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries<Value | undefined>(changed).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === '' ? null : value]],
    ),
  )
}

/** `--host click.example.com`: names of flags as the commands have them. */
export function flagsOf<Name extends string>(
  changed: Changed<Name>,
  quoted: (text: string) => string,
  none = 'none',
  name: (field: string) => string = dashed,
): string {
  return Object.entries<Value | undefined>(changed)
    .map(([field, value]) => {
      const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : value === '' || value === undefined ? none : quoted(String(value))
      return `--${name(field)} ${text}`
    })
    .join(' ')
}

const dashed = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
