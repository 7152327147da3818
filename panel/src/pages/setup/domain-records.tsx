// What a domain wants published, with the state of each as its own name servers have it, and what receivers see of it.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { FindingList } from '../../parts/finding-list.tsx'
import { Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { RecordTable } from '../../parts/record-table.tsx'
import { wantedRecords } from '../../parts/records.ts'
import { ago } from '../../texts/format.ts'
import { setup } from '../../texts/setup.ts'

const words = setup.domain
const LOOK_EVERY = 20_000
/** Looks, and has the domain and its keys verified by what was found. */
function useChecks({ domain, verifiedAt }: SenderDomain) {
  const may = useMay()
  const queries = useQueryClient()
  const keys = useQuery({
    queryKey: ['dkim', domain],
    queryFn: async ({ signal }) => (await api.domains.dkimList({ limit: 1000 }, { signal })).data,
  })
  const health = useQuery({
    queryKey: ['health', domain],
    queryFn: async ({ signal }) => {
      if (verifiedAt === null && may('domains.verify') && (await api.domains.verify(domain)).verified)
        void queries.invalidateQueries({ queryKey: ['domains'] })
      if (may('domains.dkimVerify') && keys.data?.some((key) => key.domain === domain && key.seenAt === null) === true) {
        await api.domains.dkimVerify(domain)
        void queries.invalidateQueries({ queryKey: ['dkim', domain] })
      }
      return api.domains.check(domain, { signal })
    },
    enabled: keys.data !== undefined,
    refetchInterval: ({ state }) => (state.data?.findings.every((finding) => finding.state === 'ok') === true ? false : LOOK_EVERY),
  })
  return { keys: keys.data?.filter((key) => key.domain === domain), health }
}

export function DomainRecords({ domain: own }: { readonly domain: SenderDomain }): ReactNode {
  const { domain, verifiedAt } = own
  const { keys, health } = useChecks(own)
  const records = wantedRecords({ domain: own, keys: keys ?? [], health: health.data })
  return (
    <div className="hms-stack">
      <Notice tone={verifiedAt === null ? 'warn' : 'ok'} title={verifiedAt === null ? words.unverified : words.verified} />
      {keys?.length === 0 && <NoKey domain={domain} account={own.account} />}
      <div className="hms-spread">
        <div>
          <h3>
            {words.records}: {domain}
          </h3>
          <p className="hms-muted hms-small">{words.recordsAbout}</p>
        </div>
        <Button variant="default" size="xs" loading={health.isFetching} onClick={() => void health.refetch()}>
          {words.check}
        </Button>
      </div>
      <RecordTable records={records} />
      {health.error !== null && <ProblemNotice error={health.error} again={() => void health.refetch()} />}
      {health.isPending && <Waiting />}
      {health.data !== undefined && (
        <>
          <h3>{words.findings}</h3>
          <FindingList findings={health.data.findings} />
          <p className="hms-muted hms-small">{words.checkedAt(ago(health.dataUpdatedAt))}</p>
        </>
      )}
      <AsCommand hms={`domain check ${domain}`} call={`POST /domains/${domain}/check`} />
    </div>
  )
}

function NoKey({ domain, account }: Pick<SenderDomain, 'domain' | 'account'>): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const making = useMutation({
    mutationFn: () => api.domains.dkimCreate({ domain, account }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['dkim', domain] }),
  })
  return (
    <>
      <Notice
        tone="warn"
        title={words.keyNone}
        actions={
          may('domains.dkimCreate') && (
            <Button size="xs" loading={making.isPending} onClick={() => making.mutate()}>
              {words.key}
            </Button>
          )
        }
      />
      {making.error !== null && <ProblemNotice error={making.error} />}
    </>
  )
}
