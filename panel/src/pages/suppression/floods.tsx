// Sites that failed far more recipients than usual: what that would suppress waits here for a person.
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { SuppressionFlood } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number, share, time } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'

const words = suppression.floods

const floodsQuery = {
  queryKey: ['suppression', 'floods'],
  queryFn: async ({ signal }: { readonly signal?: AbortSignal }) =>
    (await api.suppression.review({ limit: 100 }, signal === undefined ? {} : { signal })).data,
}

interface Asked {
  readonly site: string
  readonly accept: boolean
}

export function Floods(): ReactNode {
  const floods = useQuery({ ...floodsQuery, refetchInterval: 30_000 })
  const may = useMay()
  const [asked, setAsked] = useState<Asked | null>(null)
  if (floods.error !== null) return <ProblemNotice error={floods.error} again={() => void floods.refetch()} />
  const waiting = (floods.data ?? []).filter(({ held, open }) => held > 0 || open)
  if (waiting.length === 0) return null
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        {waiting.map((flood) => (
          <Flood key={flood.site} flood={flood} ask={may('suppression.settle') ? setAsked : null} />
        ))}
      </div>
      {asked !== null && <Settle {...asked} close={() => setAsked(null)} />}
    </Card>
  )
}

function Flood({ flood, ask }: { readonly flood: SuppressionFlood; readonly ask: ((asked: Asked) => void) | null }): ReactNode {
  const { site, since, last, open, tried, hard, usual, held, examples } = flood
  const actions = ask !== null && held > 0 && (
    <>
      <Button size="xs" variant="default" onClick={() => ask({ site, accept: false })}>
        {words.discard}
      </Button>
      <Button size="xs" variant="default" onClick={() => ask({ site, accept: true })}>
        {words.accept}
      </Button>
    </>
  )
  return (
    <Notice
      tone="warn"
      title={words.what(number(hard), number(tried), site, share(tried === 0 ? 0 : hard / tried), share(usual))}
      actions={actions}
    >
      <p>
        {words.since(time(since), open ? words.now : time(last))} {words.held(held, number(held))}
      </p>
      <ul className="hms-stack-tight">
        {examples.map(({ target, reply }) => (
          <li key={target} className="hms-small hms-break">
            {target}: {reply}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Settle({ site, accept, close }: Asked & { readonly close: () => void }): ReactNode {
  const queries = useQueryClient()
  const title = accept ? words.acceptTitle : words.discardTitle
  return (
    <Confirm
      opened
      title={title}
      count={async () => (await floodsQuery.queryFn({})).find((one) => one.site === site)?.held ?? 0}
      about={(held) =>
        held === 0 ? words.nothing : accept ? words.acceptAbout(number(held), site) : words.discardAbout(number(held), site)
      }
      action={(held) => (held === 0 ? null : title)}
      isGrave={accept}
      run={() => api.suppression.settle(site, { accept })}
      done={() => void queries.invalidateQueries({ queryKey: ['suppression'] })}
      close={close}
      command={
        <AsCommand
          hms={`suppression review ${accept ? 'accept' : 'discard'} ${quoted(site)}`}
          call={`POST /suppression/floods/${encodeURIComponent(site)}/settle`}
          body={{ accept }}
        />
      }
    />
  )
}
