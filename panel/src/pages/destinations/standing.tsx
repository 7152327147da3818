// What somebody said about mail to a destination, and how it is taken back: pauses, and mail that goes another way.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Rebinding, Suspension } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { destinations } from '../../texts/destinations.ts'
import { ago } from '../../texts/format.ts'
import type { Target } from './destination-actions.tsx'

const words = destinations.actions
const LOOK_EVERY = 5000

/** One that is about nothing else than the destination. */
function isAbout(given: { readonly site?: string | null; readonly domain?: string | null }, { site, domain }: Target): boolean {
  return (given.site ?? null) === (site ?? null) && (given.domain ?? null) === (domain ?? null)
}

export function Standing({ targets }: { readonly targets: readonly Target[] }): ReactNode {
  const may = useMay()
  const suspensions = useQuery({
    queryKey: ['destinations', 'suspensions'],
    queryFn: ({ signal }) => api.queue.suspensions({ limit: 1000 }, { signal }),
    enabled: may('queue.suspensions'),
    refetchInterval: LOOK_EVERY,
  })
  const rebindings = useQuery({
    queryKey: ['destinations', 'rebindings'],
    queryFn: ({ signal }) => api.queue.rebindings({ limit: 1000 }, { signal }),
    enabled: may('queue.rebindings'),
    refetchInterval: LOOK_EVERY,
  })
  const of = (given: { readonly site?: string | null; readonly domain?: string | null }): boolean =>
    targets.some((one) => isAbout(given, one))
  return (
    <>
      {suspensions.data?.data
        .filter((one) => one.account === null && one.mailing === null && of(one))
        .map((one) => (
          <Paused key={one.id} suspension={one} />
        ))}
      {rebindings.data?.data
        .filter(({ selection }) => of(selection))
        .map((one) => (
          <Rerouted key={one.id} rebinding={one} />
        ))}
    </>
  )
}

function Paused({ suspension: { id, by, at, note, site, domain } }: { readonly suspension: Suspension }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const resuming = useMutation({
    mutationFn: () => api.queue.resume(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['destinations'] }),
  })
  const about = [site ?? domain, note].filter((part) => part !== null && part !== undefined && part !== '').join(': ')
  const button = may('queue.resume') && (
    <Button size="xs" loading={resuming.isPending} onClick={() => resuming.mutate()}>
      {words.resume}
    </Button>
  )
  return (
    <>
      <Notice tone="warn" title={words.paused(by, ago(at))} actions={button}>
        <span className="hms-break">{about}</span>
      </Notice>
      {resuming.error !== null && <ProblemNotice error={resuming.error} />}
    </>
  )
}

function Rerouted({ rebinding: { id, pool, route, by, at } }: { readonly rebinding: Rebinding }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const unbinding = useMutation({
    mutationFn: () => api.queue.unbind(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['destinations'] }),
  })
  const way = pool === null ? words.route(route ?? '') : words.pool(pool)
  const button = may('queue.unbind') && (
    <Button size="xs" variant="default" loading={unbinding.isPending} onClick={() => unbinding.mutate()}>
      {words.unbind}
    </Button>
  )
  return (
    <>
      <Notice tone="info" title={words.rerouted(way, by, ago(at))} actions={button} />
      {unbinding.error !== null && <ProblemNotice error={unbinding.error} />}
    </>
  )
}
