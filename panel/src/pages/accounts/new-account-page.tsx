// The short path to a new account: its name, its login, and lines with which it can be tried at once.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Account, NewCredential } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { accounts } from '../../texts/accounts.ts'
import { SecretLines } from './new-secret.tsx'
import { placeOf } from './place.ts'
import { curlLine, swaksLine } from './try-lines.ts'

const words = accounts.fresh

interface Made {
  readonly account: Account
  readonly credential: NewCredential
}

export function NewAccountPage(): ReactNode {
  const [made, setMade] = useState<Made | null>(null)
  return (
    <Page title={words.title} about={words.about}>
      {made === null ? <NameForm made={setMade} /> : <MadeIt {...made} another={() => setMade(null)} />}
    </Page>
  )
}

function NameForm({ made }: { readonly made: (made: Made) => void }): ReactNode {
  const [name, setName] = useState('')
  const queries = useQueryClient()
  const adding = useMutation({
    mutationFn: () => api.accounts.add({ name: name.trim() }),
    onSuccess: async (answer) => {
      made(answer)
      await queries.invalidateQueries({ queryKey: ['accounts'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    adding.mutate()
  }
  return (
    <Card>
      <form className="hms-stack" onSubmit={submit}>
        <TextInput
          label={words.name}
          description={words.nameAbout}
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {adding.error !== null && <ProblemNotice error={adding.error} />}
        <AsCommand
          hms={`account add ${quoted(name.trim() === '' ? 'NAME' : name.trim())}`}
          call="POST /accounts"
          body={{ name: name.trim() }}
        />
        <div className="hms-row">
          <Button type="submit" loading={adding.isPending}>
            {words.submit}
          </Button>
        </div>
      </form>
    </Card>
  )
}

function MadeIt({ account: { id, name }, credential, another }: Made & { readonly another: () => void }): ReactNode {
  const may = useMay()
  const settings = useQuery({
    queryKey: ['settings', 'listeners'],
    queryFn: async ({ signal }) => {
      const [smtp, inject] = await Promise.all([
        api.settings.getConfigDescribe('smtp.listen', { signal }),
        api.settings.getConfigDescribe('inject.listen', { signal }),
      ])
      return { smtp: smtp.now, inject: inject.now }
    },
    enabled: may('settings.getConfigDescribe'),
  })
  const key = useMutation({ mutationFn: () => api.credentials.key({ account: id, kind: 'api' }) })
  const smtp = placeOf(settings.data?.smtp, location.hostname, 587)
  const inject = placeOf(settings.data?.inject, location.hostname, 8025)
  const secret = key.data !== undefined && 'key' in key.data ? key.data : null
  return (
    <>
      <Card title={words.made(name, String(id))} about={words.login}>
        <SecretLines secret={credential} />
      </Card>
      <Card title={words.tryIt} about={words.tryNote}>
        <div className="hms-stack">
          <h3>{words.trySmtp}</h3>
          {settings.isLoading ? <Waiting lines={1} /> : <CodeLine text={swaksLine(smtp, credential)} what={words.trySmtp} />}
          <h3>{words.tryHttp}</h3>
          {secret === null ? (
            may('credentials.key') && (
              <div className="hms-row">
                <span>{words.tryHttpAbout}</span>
                <Button variant="default" size="xs" loading={key.isPending} onClick={() => key.mutate()}>
                  {words.makeKey}
                </Button>
              </div>
            )
          ) : (
            <>
              <SecretLines secret={secret} />
              <CodeLine text={curlLine(inject, secret.key)} what={words.tryHttp} />
            </>
          )}
          {key.error !== null && <ProblemNotice error={key.error} />}
        </div>
      </Card>
      <div className="hms-row">
        <ButtonLink to="/accounts/$id" params={{ id: String(id) }}>
          {words.open}
        </ButtonLink>
        <Button variant="default" onClick={another}>
          {words.another}
        </Button>
      </div>
    </>
  )
}
