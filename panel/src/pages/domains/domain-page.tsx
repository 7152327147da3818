// One sender domain: what comes next, the records to publish beside what was found, its keys, what providers ask for, and complaints.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { DkimKeyView, DomainHealth, SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { RecordTable } from '../../parts/record-table.tsx'
import { wantedRecords } from '../../parts/records.ts'
import { domains } from '../../texts/domains.ts'
import { ago } from '../../texts/format.ts'
import { Complaints } from './complaints.tsx'
import { Findings, Providers } from './findings.tsx'
import { keptHealth, useKeptHealth } from './health.ts'
import { Keys } from './keys.tsx'
import { NextStep } from './next-step.tsx'
import { domainRoute } from './routes.ts'
import './domains.css'

const words = domains.one

export function DomainPage(): ReactNode {
  const { domain: name } = domainRoute.useParams()
  const shown = useQuery({ queryKey: ['domains', 'one', name], queryFn: ({ signal }) => api.domains.get(name, { signal }) })
  return (
    <PageOfOne shown={shown} title={name} unknown={words.unknown} list="/domains">
      {(own) => <Known key={name} own={own} />}
    </PageOfOne>
  )
}

/** Looks now, and what was seen of the keys counts from then on. */
function useCheck(domain: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => api.domains.check(domain),
    onSuccess: (health) => {
      queries.setQueryData(keptHealth(domain).queryKey, health)
      void queries.invalidateQueries({ queryKey: ['dkim', domain] })
    },
  })
}

function Known({ own }: { readonly own: SenderDomain }): ReactNode {
  const { domain, account } = own
  const may = useMay()
  const [isAsked, setAsked] = useState(false)
  const kept = useKeptHealth(domain)
  const check = useCheck(domain)
  const keys = useQuery({
    queryKey: ['dkim', domain, 'of'],
    queryFn: async ({ signal }) => (await api.domains.dkimList({ domain, limit: 100 }, { signal })).data,
    enabled: may('domains.dkimList'),
  })
  const health = kept.data ?? null
  const checkButton = may('domains.check') && (
    <Button loading={check.isPending} onClick={() => check.mutate()}>
      {words.check}
    </Button>
  )
  const actions = (
    <>
      {may('domains.remove') && (
        <Button variant="default" onClick={() => setAsked(true)}>
          {words.remove}
        </Button>
      )}
      {checkButton}
    </>
  )
  const about = [words.of(account), health === null ? '' : words.checked(ago(health.at))].filter((part) => part !== '').join(' · ')
  return (
    <Page title={domain} about={about} actions={actions}>
      {check.error !== null && <ProblemNotice error={check.error} again={() => check.mutate()} />}
      {kept.error !== null && <ProblemNotice error={kept.error} again={() => void kept.refetch()} />}
      {kept.data !== undefined && <NextStep own={own} keys={keys.data} health={health} check={() => check.mutate()} />}
      <Details own={own} keys={keys.data} health={health} />
      <AsCommand hms={`domain check ${domain}`} call={`POST /domains/${domain}/check`} />
      <RemoveDomain domain={domain} opened={isAsked} close={() => setAsked(false)} />
    </Page>
  )
}

interface DetailsProps {
  readonly own: SenderDomain
  readonly keys: readonly DkimKeyView[] | undefined
  readonly health: DomainHealth | null
}

function Details({ own, keys, health }: DetailsProps): ReactNode {
  const may = useMay()
  return (
    <>
      <Card title={words.records.title} about={words.records.about} flush>
        <RecordTable records={wantedRecords({ domain: own, keys: keys ?? [], health: health ?? undefined })} />
      </Card>
      {health !== null && <Findings health={health} />}
      {health !== null && <Providers health={health} />}
      {may('domains.dkimList') && <Keys own={own} keys={keys} />}
      {may('domains.complaintsList') && <Complaints own={own} />}
    </>
  )
}

interface RemoveProps {
  readonly domain: string
  readonly opened: boolean
  readonly close: () => void
}

function RemoveDomain({ domain, opened, close }: RemoveProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return (
    <Confirm
      opened={opened}
      title={words.removeTitle}
      count={() => api.domains.get(domain)}
      about={() => words.removeAbout(domain)}
      action={() => words.removeSubmit}
      isGrave
      run={() => api.domains.remove(domain)}
      done={() => {
        void navigate({ to: '/domains' })
        void queries.invalidateQueries({ queryKey: ['domains', 'list'] })
      }}
      close={close}
      command={<AsCommand hms={`domain rm ${domain}`} call={`DELETE /domains/${domain}`} />}
    />
  )
}
