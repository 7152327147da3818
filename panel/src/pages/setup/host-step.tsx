// What the server calls itself.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { OptionView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { setup } from '../../texts/setup.ts'
import { Step } from './step.tsx'

const words = setup.host
const OPTION = 'host.name'

export function HostStep(): ReactNode {
  const option = useQuery({ queryKey: ['settings', OPTION], queryFn: ({ signal }) => api.settings.getConfigDescribe(OPTION, { signal }) })
  const isDone = option.data === undefined ? undefined : option.data.from !== 'default'
  return (
    <Step title={setup.steps.host} about={words.about} isDone={isDone}>
      {option.error !== null && <ProblemNotice error={option.error} again={() => void option.refetch()} />}
      {option.isPending && <Waiting lines={1} />}
      {option.data !== undefined && <HostForm option={option.data} />}
    </Step>
  )
}

function HostForm({ option }: { readonly option: OptionView }): ReactNode {
  const queries = useQueryClient()
  const fresh = useFresh()
  const [name, setName] = useState('')
  const value = name.trim()
  const saving = useMutation({
    mutationFn: () => fresh(() => api.settings.configSet(OPTION, { value })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    saving.mutate()
  }
  return (
    <>
      <p>{words.now(option.now)}</p>
      {option.from === 'environment' ? (
        <Notice tone="info" title={words.environment(option.environment)} />
      ) : (
        <form className="hms-setup-form" onSubmit={submit}>
          <TextInput
            label={words.label}
            placeholder={words.hint}
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={saving.isPending}>
            {words.save}
          </Button>
        </form>
      )}
      {saving.error !== null && <ProblemNotice error={saving.error} />}
      {saving.data?.applies === 'at the next start' && <Notice tone="info" title={words.next} />}
      <AsCommand
        hms={`config set ${OPTION} ${quoted(value === '' ? words.hint : value)}`}
        call={`PUT /settings/${OPTION}`}
        body={{ value }}
      />
    </>
  )
}
