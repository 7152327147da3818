// Settings of a plug-in by its own schema, which its code checks before they are written.
import { Button, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { PluginSetting, PluginSettings } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SaveRow } from '../../parts/save-row.tsx'
import { plugins } from '../../texts/plugins.ts'
import { changeOf, isText, NOTHING, type SettingChange, type SettingDraft, writtenOf } from './setting-draft.ts'
import './plugins.css'

const words = plugins.settings
const HIDDEN = '…'
const JSON_KINDS = new Set(['array', 'object', 'anything'])

interface CardProps {
  readonly name: string
  /** Another one may have other settings. */
  readonly version: string | null
}

export function SettingsCard({ name, version }: CardProps): ReactNode {
  const shown = useQuery({
    queryKey: ['plugins', 'settings', name, version],
    queryFn: ({ signal }) => api.routes.pluginSettings(name, { signal }),
    // Each look starts a process on trial.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  return (
    <Card title={words.title} about={words.about}>
      {shown.data !== undefined ? (
        <Known {...shown.data} version={version} />
      ) : shown.error !== null ? (
        <ProblemNotice error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <Waiting lines={4} />
      )}
    </Card>
  )
}

function Known({ name, settings, problem, version }: PluginSettings & CardProps): ReactNode {
  const may = useMay()
  const mayChange = may('routes.pluginSettingsSet')
  return (
    <div className="hms-stack">
      {problem !== null && (
        <Notice tone="warn" title={words.problem}>
          <p className="hms-break">{problem}</p>
        </Notice>
      )}
      {settings.length === 0 ? (
        problem === null && <p className="hms-muted">{words.none}</p>
      ) : (
        <Form name={name} version={version} settings={settings} mayChange={mayChange} />
      )}
    </div>
  )
}

interface FormProps extends CardProps {
  readonly settings: readonly PluginSetting[]
  readonly mayChange: boolean
}

function Form({ name, version, settings, mayChange }: FormProps): ReactNode {
  const [draft, setDraft] = useState<SettingDraft>(NOTHING)
  const queries = useQueryClient()
  const change = changeOf(settings, draft)
  const isChanged = Object.keys(change.values).length > 0 || change.unset.length > 0
  const saving = useMutation({
    mutationFn: () => api.routes.pluginSettingsSet(name, change),
    // What was sent may have a secret in it.
    gcTime: 0,
    onSuccess: (saved) => {
      queries.setQueryData(['plugins', 'settings', name, version], saved)
      setDraft(NOTHING)
      void queries.invalidateQueries({ queryKey: ['plugins', 'one', name] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isChanged) saving.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit} aria-label={words.title} autoComplete="off">
      <div className="hms-plugin-settings">
        {settings.map((setting) => (
          <Field key={setting.key} setting={setting} draft={draft} set={setDraft} mayChange={mayChange} />
        ))}
      </div>
      {saving.error !== null && <ProblemNotice error={saving.error} />}
      <Command name={name} settings={settings} change={isChanged ? change : null} />
      {mayChange && <SaveRow saving={saving} isChanged={isChanged} takeBack={() => setDraft(NOTHING)} words={words} />}
    </form>
  )
}

interface FieldProps {
  readonly setting: PluginSetting
  readonly draft: SettingDraft
  readonly set: (draft: SettingDraft) => void
  readonly mayChange: boolean
}

function Field({ setting, draft, set, mayChange }: FieldProps): ReactNode {
  const { key, isSecret, isSet } = setting
  const { written, unset } = draft
  const isUnset = unset.includes(key)
  const write = (text: string): void => set({ written: { ...written, [key]: text }, unset: unset.filter((one) => one !== key) })
  const value = isUnset ? '' : (written[key] ?? writtenOf(setting))
  const said = {
    label: key,
    description: isUnset ? words.willUnset : aboutOf(setting),
    readOnly: !mayChange,
    value,
    onChange: (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => write(event.currentTarget.value),
  }
  return (
    <div className="hms-plugin-setting">
      {isSecret ? (
        <PasswordInput {...said} autoComplete="new-password" />
      ) : isText(setting) ? (
        <Textarea {...said} autosize minRows={1} maxRows={8} />
      ) : (
        <TextInput {...said} />
      )}
      {mayChange && isSet && !isUnset && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={words.unsetOf(key)}
          onClick={() => set({ written: omitted(written, key), unset: [...unset, key] })}
        >
          {words.unset}
        </Button>
      )}
    </div>
  )
}

const omitted = (written: SettingDraft['written'], key: string): SettingDraft['written'] =>
  Object.fromEntries(Object.entries(written).filter(([one]) => one !== key))

function aboutOf(setting: PluginSetting): string {
  const { description, kind, isSecret, isSet, default: usual } = setting
  return [
    description ?? '',
    words.kind(kind),
    isSecret ? (isSet ? words.secretSet : words.secretUnset) : usual === null ? '' : words.default(JSON.stringify(usual)),
    JSON_KINDS.has(kind) ? words.json : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

interface LineProps {
  readonly name: string
  readonly settings: readonly PluginSetting[]
  readonly change: SettingChange | null
}

/** Secrets are in none of the lines: `hms` asks for them unseen. */
function Command({ name, settings, change }: LineProps): ReactNode {
  if (change === null) return <AsCommand hms={`plugin settings ${name}`} call={`GET /plugins/${name}/settings`} />
  const secrets = new Set(settings.filter(({ isSecret }) => isSecret).map(({ key }) => key))
  const values = Object.entries(change.values).map(([key, value]) => [key, secrets.has(key) ? HIDDEN : value] as const)
  // JSON is YAML, as which the command reads values.
  const pairs = values.map(([key, value]) => quoted(secrets.has(key) ? `${key}=-` : `${key}=${JSON.stringify(value)}`))
  const unset = change.unset.length === 0 ? [] : [`--unset ${quoted(change.unset.join(','))}`]
  const body = { values: Object.fromEntries(values), unset: change.unset }
  return <AsCommand hms={['plugin', 'settings', name, ...pairs, ...unset].join(' ')} call={`PATCH /plugins/${name}/settings`} body={body} />
}
