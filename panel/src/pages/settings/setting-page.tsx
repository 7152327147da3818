// One setting: what it means and takes, what it is and who says so, its change, and who changed it before.
import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { OptionView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Facts, Notice, Page } from '../../parts/layout.tsx'
import { isNone, NotThere } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { settings } from '../../texts/settings.ts'
import { Changes } from './changes.tsx'
import { settingRoute } from './routes.ts'
import { SettingState, SettingValue } from './setting-value.tsx'
import { typedOf } from './typed.ts'

const words = settings.one

export function SettingPage(): ReactNode {
  const { name } = settingRoute.useParams()
  const may = useMay()
  const shown = useQuery({
    queryKey: ['settings', 'one', name],
    queryFn: ({ signal }) => api.settings.getConfigDescribe(name, { signal }),
  })
  const isUnknown = isNone(shown.error)
  const back = (
    <ButtonLink to="/settings" variant="default">
      {words.unknown.back}
    </ButtonLink>
  )
  return (
    <Page title={isUnknown ? settings.title : name} about={shown.data?.meaning} actions={isUnknown ? undefined : back}>
      {shown.data === undefined ? (
        <NotThere shown={shown} unknown={words.unknown} list="/settings" />
      ) : (
        <>
          <div className="hms-grid">
            <Known option={shown.data} />
            <ChangeCard key={shown.data.now} option={shown.data} />
          </div>
          {may('audit.list') && <Changes name={name} />}
          <AsCommand hms={`config describe ${name}`} call={`GET /settings/${name}`} />
        </>
      )}
    </Page>
  )
}

function Known({ option }: { readonly option: OptionView }): ReactNode {
  const { takes, now, running, from, line, environment, applies } = option
  const said = { default: words.fromDefault, environment: words.fromEnvironment(environment), file: words.fromFile(line ?? 0) }[from]
  return (
    <Card title={words.now} actions={<SettingState option={option} />}>
      <Facts
        rows={[
          [words.now, <SettingValue key="now" text={now} />],
          running === null ? null : [words.running, <SettingValue key="running" text={running} />],
          [words.from, said],
          [words.default, <SettingValue key="default" text={option.default} />],
          [words.takes, takes],
          [words.environment, <code key="environment">{environment}</code>],
          [words.applies, words.appliesWhen[applies]],
        ]}
      />
    </Card>
  )
}

function ChangeCard({ option }: { readonly option: OptionView }): ReactNode {
  const may = useMay()
  return (
    <Card title={words.change}>
      {!may('settings.configSet') ? (
        <p className="hms-muted">{words.reader}</p>
      ) : option.from === 'environment' ? (
        <Notice tone="info" title={words.fixed(option.environment)} />
      ) : (
        <ChangeForm option={option} />
      )}
    </Card>
  )
}

function ChangeForm({ option }: { readonly option: OptionView }): ReactNode {
  const { name, choices, takes, line, applies } = option
  const now = typedOf(option.now)
  const queries = useQueryClient()
  const fresh = useFresh()
  const [value, setValue] = useState(now)
  const ifMatch = api.etagOf(option)
  const onSuccess = (): void => void queries.invalidateQueries({ queryKey: ['settings'] })
  const saving = useMutation({
    mutationKey: ['settings', 'set', name],
    mutationFn: () => fresh(() => api.settings.configSet(name, { value }, { ifMatch })),
    onSuccess,
  })
  const removing = useMutation({ mutationFn: () => fresh(() => api.settings.configUnset(name, { ifMatch })), onSuccess })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    saving.mutate()
  }
  const error = saving.error ?? removing.error
  return (
    <form className="hms-stack" onSubmit={submit}>
      {choices.length > 0 ? (
        <Select label={words.value} data={[...choices]} value={value} allowDeselect={false} onChange={(next) => setValue(next ?? now)} />
      ) : (
        <TextInput label={words.value} description={takes} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      )}
      {error !== null && <ProblemNotice error={error} />}
      {applies === 'at the next start' && option.running !== null && (
        <Notice tone="info" title={words.saved}>
          <div className="hms-stack-tight">
            <p>{settings.restart.what}</p>
            <CodeLine text={settings.restart.lines} what={settings.restart.linesWhat} />
          </div>
        </Notice>
      )}
      <div className="hms-row">
        <Button type="submit" loading={saving.isPending} disabled={value === now}>
          {words.save}
        </Button>
        {line !== null && (
          <Button variant="default" loading={removing.isPending} onClick={() => removing.mutate()}>
            {words.unset}
          </Button>
        )}
      </div>
      {line !== null && <p className="hms-muted hms-small">{words.unsetWhat(typedOf(option.default) || settings.emptyValue)}</p>}
      <AsCommand hms={`config set ${name} ${quoted(value) || "''"}`} call={`PUT /settings/${name}`} body={{ value }} />
    </form>
  )
}
