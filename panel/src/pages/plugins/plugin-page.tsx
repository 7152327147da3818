// One plug-in: how it does and why not better, what it sees and may take, its settings, and what it said.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { PluginHookTime, PluginView } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Facts, Figure, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, share } from '../../texts/format.ts'
import { plugins } from '../../texts/plugins.ts'
import { spanOf } from './hook-time.ts'
import { MayForm } from './may-form.tsx'
import { PluginChange, type PluginChanges } from './plugin-change.tsx'
import { PluginLog } from './plugin-log.tsx'
import { PluginState, reasonOf } from './plugin-state.tsx'
import { pluginQuery } from './queries.ts'
import { pluginRoute } from './routes.ts'
import { SettingsCard } from './settings-card.tsx'

const words = plugins.one
/** From here on the alarm fires. */
const FAILING = 0.1

export function PluginPage(): ReactNode {
  const { name } = pluginRoute.useParams()
  const shown = useQuery(pluginQuery(name))
  return (
    <PageOfOne shown={shown} title={plugins.title} unknown={words.unknown} list="/plugins">
      {(plugin) => <Known plugin={plugin} key={name} />}
    </PageOfOne>
  )
}

function Known({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const { name, version, enabled, listed } = plugin
  const may = useMay()
  const [asked, setAsked] = useState<PluginChanges | null>(null)
  const isOn = enabled && listed
  const actions = (
    <>
      {may('routes.pluginRemove') && (
        <Button variant="default" onClick={() => setAsked('remove')}>
          {words.remove.button}
        </Button>
      )}
      {may('routes.pluginSet') && (
        <Button variant={isOn ? 'default' : 'filled'} onClick={() => setAsked(isOn ? 'disable' : 'enable')}>
          {isOn ? words.disable.button : words.enable.button}
        </Button>
      )}
    </>
  )
  return (
    <Page title={name} about={aboutOf(plugin)} actions={actions}>
      <Trouble plugin={plugin} />
      <How plugin={plugin} />
      <div className="hms-grid">
        <Code plugin={plugin} />
        <MayForm plugin={plugin} />
      </div>
      {may('routes.pluginSettings') && <SettingsCard name={name} version={version} />}
      {may('routes.pluginLog') && <PluginLog name={name} />}
      <AsCommand hms={`plugin show ${name}`} call={`GET /plugins/${name}`} />
      <PluginChange name={name} asked={asked} close={() => setAsked(null)} />
    </Page>
  )
}

function aboutOf({ version, listed, position }: PluginView): string {
  const of = version === null ? plugins.noVersion : words.version(version)
  return listed ? `${of}, ${words.asked(number(position))}` : of
}

/** Why it does not run as it should, and what to do. */
function Trouble({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const { listed, enabled, problem, seen, onFailure } = plugin
  const texts = words.trouble
  const why = reasonOf(plugin)
  const reason = why !== null && <p className="hms-break">{why}.</p>
  const meanwhile = texts.meanwhile[onFailure]
  if (problem !== null)
    return (
      <Notice tone="bad" title={texts.unusable}>
        {reason}
        {enabled && listed && <p>{meanwhile}</p>}
      </Notice>
    )
  if (!listed) return <Notice tone="info" title={texts.unlisted} />
  if (!enabled || seen === undefined) return null
  const { state } = seen
  if (state === 'ready')
    return (
      why !== null && (
        <Notice tone="warn" title={texts.ready}>
          {reason}
        </Notice>
      )
    )
  return (
    <Notice tone={state === 'off' ? 'bad' : state === 'down' ? 'warn' : 'info'} title={texts[state]}>
      {reason}
      {state === 'off' && <p>{texts.offMend}</p>}
      <p>{meanwhile}</p>
    </Notice>
  )
}

const hookColumns = words.columns
const HOOKS: readonly Column<PluginHookTime>[] = [
  { id: 'hook', title: hookColumns.hook, isFixed: true, cell: ({ hook }) => <code>{hook}</code> },
  { id: 'calls', title: hookColumns.calls, isFixed: true, isNumber: true, cell: ({ calls }) => number(calls) },
  { id: 'p50', title: hookColumns.p50, isFixed: true, isNumber: true, cell: ({ p50 }) => spanOf(p50) },
  { id: 'p99', title: hookColumns.p99, isFixed: true, isNumber: true, cell: ({ p99 }) => spanOf(p99) },
]

function How({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const { seen } = plugin
  const columns = plugins.columns
  if (seen === undefined)
    return (
      <Card title={words.how} actions={<PluginState plugin={plugin} />}>
        <p className="hms-muted">{words.notSeen}</p>
      </Card>
    )
  const { counts, failing, hooks, running, of } = seen
  return (
    <Card title={words.how}>
      <div className="hms-stack">
        <dl className="hms-figures">
          <Figure label={columns.state} value={<PluginState plugin={plugin} />} note={words.processes(number(running), number(of))} />
          <Figure label={columns.calls} value={number(counts.calls)} />
          <Figure
            label={columns.failed}
            value={number(counts.failed)}
            note={words.late(number(counts.late))}
            {...(counts.failed > 0 && { tone: 'warn' as const })}
          />
          <Figure
            label={words.failing}
            value={share(failing)}
            note={words.failingAbout}
            {...(failing > 0 && { tone: failing < FAILING ? ('warn' as const) : ('bad' as const) })}
          />
          <Figure label={columns.restarts} value={number(counts.restarts)} {...(counts.restarts > 0 && { tone: 'warn' as const })} />
        </dl>
        <DataTable
          name="plugin-hooks"
          label={words.hooks}
          columns={HOOKS}
          rows={hooks}
          keyOf={({ hook }) => hook}
          empty={
            <Empty icon="clock" title={words.noHooks}>
              {words.noHooksWhat}
            </Empty>
          }
        />
      </div>
    </Card>
  )
}

function Code({ plugin: { hooks, network, api } }: { readonly plugin: PluginView }): ReactNode {
  const facts = words.facts
  return (
    <Card title={facts.title} about={facts.about}>
      <Facts
        rows={[
          [facts.hooks, hooks.length === 0 ? common.none : <code className="hms-break">{hooks.join(', ')}</code>],
          [facts.network, network ? facts.networkYes : facts.networkNo],
          [facts.api, api ?? common.none],
        ]}
      />
    </Card>
  )
}
