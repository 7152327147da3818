// One milter: whether it can be asked, what it said to mail, what is set of it, and a message to try it with.
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { MilterView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Facts, Figure, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ago, number, roughly } from '../../texts/format.ts'
import { milters } from '../../texts/milters.ts'
import { MilterForm } from './milter-form.tsx'
import { MilterState, waitOf, waysOf } from './milter-state.tsx'
import { TestMilter } from './milter-test.tsx'
import { milterRoute } from './routes.ts'

const words = milters.one
const LOOK_EVERY = 5000
type Change = 'on' | 'off' | 'remove'

export function MilterPage(): ReactNode {
  const { name } = milterRoute.useParams()
  const shown = useQuery({
    queryKey: ['milters', 'one', name],
    queryFn: ({ signal }) => api.routes.milterGet(name, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  return (
    <PageOfOne shown={shown} title={milters.title} unknown={words.unknown} list="/milters">
      {(milter) => <Known key={name} milter={milter} />}
    </PageOfOne>
  )
}

function Known({ milter }: { readonly milter: MilterView }): ReactNode {
  const { name, address, enabled } = milter
  const may = useMay()
  const [asked, setAsked] = useState<Change | null>(null)
  const change = enabled ? 'off' : 'on'
  const actions = (
    <>
      {may('routes.milterRemove') && (
        <Button variant="default" onClick={() => setAsked('remove')}>
          {words.remove.button}
        </Button>
      )}
      {may('routes.milterSet') && (
        <Button variant={enabled ? 'default' : 'filled'} onClick={() => setAsked(change)}>
          {words[change].button}
        </Button>
      )}
    </>
  )
  return (
    <Page title={name} about={address} actions={actions}>
      <Trouble milter={milter} />
      <How milter={milter} />
      <Card title={words.settings} about={words.settingsAbout}>
        {may('routes.milterSet') ? <MilterForm milter={milter} /> : <Told milter={milter} />}
      </Card>
      {may('routes.milterTest') && <TestMilter name={name} />}
      <AsCommand hms="milter ls" call={`GET /milters/${name}`} />
      <ChangeMilter name={name} asked={asked} close={() => setAsked(null)} />
    </Page>
  )
}

/** Why it cannot be asked, what that means for mail, and what to do. */
function Trouble({ milter: { enabled, seen, onFailure } }: { readonly milter: MilterView }): ReactNode {
  if (!enabled || seen?.state !== 'resting') return null
  const { failure, failingSince, until } = seen
  return (
    <Notice tone="bad" title={failure === undefined ? words.failingPlain : words.failing(failure)}>
      <p>
        {milters.failures[onFailure]}
        {failingSince !== undefined && ` ${milters.since(ago(failingSince))}`}.{until !== undefined && ` ${words.again(ago(until))}`}
      </p>
      <p>{words.mend}</p>
    </Notice>
  )
}

function How({ milter }: { readonly milter: MilterView }): ReactNode {
  const { seen } = milter
  const columns = milters.columns
  if (seen === undefined)
    return (
      <Card title={words.how} actions={<MilterState milter={milter} />}>
        <p className="hms-muted">{words.notSeen}</p>
      </Card>
    )
  const { counts, open } = seen
  return (
    <Card title={words.how}>
      <dl className="hms-figures">
        <Figure label={columns.state} value={<MilterState milter={milter} />} />
        <Figure label={columns.messages} value={roughly(counts.messages)} />
        <Figure label={words.accepted} value={roughly(counts.accepted)} />
        <Figure label={columns.changed} value={roughly(counts.changed)} />
        <Figure label={words.rejected} value={roughly(counts.rejected)} />
        <Figure label={words.deferred} value={roughly(counts.deferred)} />
        <Figure label={words.discarded} value={roughly(counts.discarded)} />
        <Figure label={words.quarantined} value={roughly(counts.quarantined)} />
        <Figure label={columns.failures} value={roughly(counts.failures)} {...(counts.failures > 0 && { tone: 'warn' as const })} />
        <Figure label={columns.wait} value={waitOf(milter)} />
        <Figure label={words.open} value={number(open)} />
      </dl>
    </Card>
  )
}

function Told({ milter }: { readonly milter: MilterView }): ReactNode {
  const { order, onFailure, ports, accounts, skip, connections } = milter
  const form = milters.form
  const listed = (all: readonly (string | number)[], none: string): string => (all.length === 0 ? none : all.join(', '))
  return (
    <Facts
      rows={[
        [form.order, number(order)],
        [form.ways, waysOf(milter)],
        [form.onFailure, milters.failures[onFailure]],
        [form.ports, listed(ports, form.any)],
        [form.accounts, listed(accounts, form.any)],
        [form.skip, listed(skip, form.none)],
        [form.connections, number(connections)],
      ]}
    />
  )
}

interface ChangeProps {
  readonly name: string
  readonly asked: Change | null
  readonly close: () => void
}

function ChangeMilter({ name, asked, close }: ChangeProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const what = asked ?? 'off'
  const texts = words[what]
  const body = { enabled: what === 'on' }
  const call = (): Promise<unknown> => (what === 'remove' ? api.routes.milterRemove(name) : api.routes.milterSet(name, body))
  const command =
    what === 'remove' ? (
      <AsCommand hms={`milter rm ${name}`} call={`DELETE /milters/${name}`} />
    ) : (
      <AsCommand hms={`milter ${what} ${name}`} call={`PUT /milters/${name}`} body={body} />
    )
  return (
    <Confirm
      opened={asked !== null}
      title={texts.title}
      count={() => api.routes.milterGet(name)}
      about={() => texts.about(name)}
      action={() => texts.submit}
      isGrave={what !== 'on'}
      run={call}
      done={() => {
        if (what === 'remove') void navigate({ to: '/milters' })
        void queries.invalidateQueries({ queryKey: what === 'remove' ? ['milters', 'list'] : ['milters'] })
      }}
      close={close}
      command={command}
    />
  )
}
