// One provider: what to tell it, its settings, and who is whom to it.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { ProviderView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Badge, Card, Facts, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { ago, number } from '../../texts/format.ts'
import { providers } from '../../texts/providers.ts'
import { shell } from '../../texts/shell.ts'
import { EditProvider } from './provider-form.tsx'
import { ProviderUsers } from './provider-users.tsx'
import { providerRoute } from './routes.ts'

const words = providers.one

export function ProviderPage(): ReactNode {
  const { name } = providerRoute.useParams()
  const shown = useQuery({ queryKey: ['providers', 'one', name], queryFn: ({ signal }) => api.users.providerShow(name, { signal }) })
  return (
    <PageOfOne shown={shown} title={providers.title} unknown={words.unknown} list="/providers">
      {(provider) => <Known provider={provider} />}
    </PageOfOne>
  )
}

function Known({ provider }: { readonly provider: ProviderView }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const fresh = useFresh()
  const [asked, setAsked] = useState<'edit' | 'remove' | null>(null)
  const close = (): void => setAsked(null)
  const { name, title, issuer, redirect, enabled } = provider
  const switching = useMutation({
    mutationFn: () => fresh(() => api.users.providerSet(name, { enabled: !enabled })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['providers'] }),
  })
  const actions = may('users.providerSet') && (
    <>
      <Button variant="default" onClick={() => setAsked('remove')}>
        {words.remove}
      </Button>
      <Button variant="default" loading={switching.isPending} onClick={() => switching.mutate()}>
        {enabled ? words.switchOff : words.switchOn}
      </Button>
      <Button onClick={() => setAsked('edit')}>{providers.edit.button}</Button>
    </>
  )
  return (
    <Page title={title} about={<span className="hms-break">{issuer}</span>} actions={actions}>
      {switching.error !== null && <ProblemNotice error={switching.error} />}
      <Card title={words.redirect} about={words.redirectAbout}>
        <CodeLine text={redirect} what={words.redirect} />
      </Card>
      <Card title={words.settings}>
        <Settings provider={provider} />
      </Card>
      <ProviderUsers name={name} />
      <AsCommand hms={`user provider show ${name}`} call={`GET /providers/${name}`} />
      <EditProvider provider={provider} opened={asked === 'edit'} close={close} />
      <RemoveProvider provider={provider} opened={asked === 'remove'} close={close} />
    </Page>
  )
}

function Settings({ provider }: { readonly provider: ProviderView }): ReactNode {
  const fields = providers.fields
  const yes = (value: boolean): string => (value ? common.yes : common.no)
  const { enabled, redirect, clientId, secretSince, domains, makes, role, claim, roles, secondFactor, sessionHours, account } = provider
  const map = Object.entries(roles).map(([value, given]) => `${value}: ${shell.roles[given]}`)
  return (
    <Facts
      rows={[
        [
          providers.columns.state,
          <Badge key="state" tone={enabled ? 'ok' : 'quiet'}>
            {enabled ? providers.on : providers.off}
          </Badge>,
        ],
        [words.loginAt, <code key="at">{redirect.replace(/\/callback$/, '')}</code>],
        [fields.clientId, clientId],
        [words.secretSince, secretSince === null ? words.secretNone : words.secretSet(ago(secretSince))],
        [providers.columns.domains, domains.length === 0 ? providers.any : domains.join(', ')],
        [fields.makes, yes(makes)],
        [fields.role, role === null ? (claim === null ? providers.keeps : fields.roleNone) : shell.roles[role]],
        account === null ? null : [fields.account, String(account)],
        claim === null ? null : [fields.claim, [claim, ...map].join('; ')],
        secondFactor.length === 0 ? null : [fields.secondFactor, secondFactor.join(', ')],
        [fields.sessionHours, number(sessionHours)],
        [fields.only, yes(provider.only)],
        [fields.trustsEmail, yes(provider.trustsEmail)],
        [fields.private, yes(provider.private)],
      ]}
    />
  )
}

interface RemoveProps {
  readonly provider: ProviderView
  readonly opened: boolean
  readonly close: () => void
}

function RemoveProvider({ provider: { name, title }, opened, close }: RemoveProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const fresh = useFresh()
  return (
    <Confirm
      opened={opened}
      title={words.removeSubmit}
      count={() => api.users.providerShow(name)}
      about={({ users }) => words.removeAbout(title, number(users))}
      action={() => words.removeSubmit}
      isGrave
      run={() => fresh(() => api.users.providerRemove(name))}
      done={() => {
        void navigate({ to: '/providers' })
        void queries.invalidateQueries({ queryKey: ['providers', 'list'] })
      }}
      close={close}
      command={<AsCommand hms={`user provider rm ${name}`} call={`DELETE /providers/${name}`} />}
    />
  )
}
