// What holds for mail to a domain, setting by setting, and the rule and the line that say so.
import { Button, NumberInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { ExplainedBlock, ExplainedLimit, ExplainedPool, ExplainedSetting, Origin } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Badge, Card, Empty, Facts, Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { share } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'
import { type RulesSearch, rulesRoute } from './routes.ts'

const words = rules.explain
const columns = words.columns
type Asked = Pick<RulesSearch, 'account' | 'source'> & { readonly domain: string }

export function ExplainTab(): ReactNode {
  const { domain, account, source } = rulesRoute.useSearch()
  const navigate = rulesRoute.useNavigate()
  const asked = domain === undefined ? null : { domain, ...(account !== undefined && { account }), ...(source !== undefined && { source }) }
  return (
    <>
      <Card title={words.title} about={words.about}>
        <Ask key={JSON.stringify(asked)} asked={asked} set={(next) => void navigate({ search: next })} />
      </Card>
      {asked === null ? (
        <Card>
          <Empty icon="search" title={words.none} />
        </Card>
      ) : (
        <Answer asked={asked} />
      )}
      <AsCommand {...commandOf(asked)} />
    </>
  )
}

function commandOf(asked: Asked | null): { readonly hms: string; readonly call: string } {
  if (asked === null) return { hms: 'rules ls', call: 'GET /rules' }
  const { domain, account, source } = asked
  const flags = [
    ...(account === undefined ? [] : [`--account ${account}`]),
    ...(source === undefined ? [] : [`--source ${quoted(source)}`]),
  ]
  const query = new URLSearchParams({
    domain,
    ...(account !== undefined && { account: String(account) }),
    ...(source !== undefined && { source }),
  })
  return { hms: ['rules explain', quoted(domain), ...flags].join(' '), call: `GET /rules/explain?${query}` }
}

interface AskProps {
  readonly asked: Asked | null
  readonly set: (asked: Asked) => void
}

function Ask({ asked, set }: AskProps): ReactNode {
  const [domain, setDomain] = useState(asked?.domain ?? '')
  const [account, setAccount] = useState<string | number>(asked?.account ?? '')
  const [source, setSource] = useState(asked?.source ?? '')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const [name, from] = [domain.trim(), source.trim()]
    if (name !== '') set({ domain: name, ...(account !== '' && { account: Number(account) }), ...(from !== '' && { source: from }) })
  }
  return (
    <form className="hms-rules-ask" role="search" onSubmit={submit}>
      <TextInput
        label={words.domain}
        description={words.domainAbout}
        required
        value={domain}
        onChange={(event) => setDomain(event.currentTarget.value)}
      />
      <NumberInput
        label={words.account}
        description={words.accountAbout}
        placeholder={words.any}
        hideControls
        value={account}
        onChange={setAccount}
      />
      <TextInput
        label={words.source}
        description={words.sourceAbout}
        placeholder={words.any}
        value={source}
        onChange={(event) => setSource(event.currentTarget.value)}
      />
      <Button type="submit">{words.submit}</Button>
    </form>
  )
}

function Answer({ asked }: { readonly asked: Asked }): ReactNode {
  const found = useQuery({ queryKey: ['rules', 'explain', asked], queryFn: ({ signal }) => api.rules.explain(asked, { signal }) })
  const { data } = found
  if (found.error !== null) return <ProblemNotice error={found.error} again={() => void found.refetch()} />
  if (data === undefined)
    return (
      <Card>
        <Waiting lines={8} />
      </Card>
    )
  return <Holding {...data} />
}

type Found = Awaited<ReturnType<typeof api.rules.explain>>

function Holding({ site, hosts, provider, pool, trouble, notes, limits, settings, blocks }: Found): ReactNode {
  return (
    <>
      {trouble !== null && (
        <Notice tone="warn" title={words.trouble}>
          {trouble}
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice tone="info" title={words.notes}>
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      )}
      <Card title={words.where}>
        <Facts
          rows={[
            [
              words.site,
              <span key="site" className="hms-break">
                {site ?? common.none}
              </span>,
            ],
            [
              words.hosts,
              <span key="hosts" className="hms-break">
                {hosts.join(', ') || common.none}
              </span>,
            ],
            [words.provider, provider ?? words.noProvider],
            [words.pool, pool?.name ?? words.noPool],
          ]}
        />
      </Card>
      {pool !== null && <Pool pool={pool} />}
      <Card title={words.limits} about={words.limitsAbout} flush>
        <DataTable
          name="rules-limits"
          label={words.tables.limits}
          columns={LIMITS}
          rows={limits}
          keyOf={({ setting, scope, counted }) => `${setting} ${scope} ${counted}`}
          empty={null}
        />
      </Card>
      <Card title={words.settings} flush>
        <DataTable
          name="rules-settings"
          label={words.tables.settings}
          columns={SETTINGS}
          rows={settings}
          keyOf={({ setting }) => setting}
          empty={null}
        />
      </Card>
      <Card title={words.blocks} about={words.blocksAbout} flush>
        <DataTable
          name="rules-blocks"
          label={words.tables.blocks}
          columns={BLOCKS}
          rows={blocks}
          keyOf={({ name, from }) => `${from.level} ${from.rule} ${name}`}
          empty={<Empty title={words.noBlocks} />}
        />
      </Card>
    </>
  )
}

const LIMITS: readonly Column<ExplainedLimit>[] = [
  { id: 'setting', title: columns.setting, isFixed: true, cell: ({ setting }) => <code>{setting}</code> },
  { id: 'value', title: columns.value, isFixed: true, isNumber: true, cell: ({ shown }) => shown },
  {
    id: 'counted',
    title: columns.counted,
    cell: ({ counted, scope, sum }) =>
      [counted, scope === 'own' ? words.own : '', sum === null ? '' : words.sum(String(sum))].filter((part) => part !== '').join(', ') ||
      common.none,
  },
  {
    id: 'from',
    title: columns.from,
    isFixed: true,
    cell: ({ setting, from, unset, limit }) => (
      <Says
        from={from}
        unset={unset}
        option={setting === 'connections' && limit !== null ? 'delivery.connections_per_site' : null}
        isSet={limit !== null}
      />
    ),
  },
]

const SETTINGS: readonly Column<ExplainedSetting>[] = [
  { id: 'setting', title: columns.setting, isFixed: true, cell: ({ setting }) => <code>{setting}</code> },
  { id: 'value', title: columns.value, isFixed: true, isNumber: true, cell: ({ shown }) => shown },
  {
    id: 'from',
    title: columns.from,
    isFixed: true,
    cell: ({ from, unset, option }) => <Says from={from} unset={unset} option={option} isSet />,
  },
]

const BLOCKS: readonly Column<ExplainedBlock>[] = [
  { id: 'block', title: columns.block, isFixed: true, cell: ({ name }) => name },
  { id: 'value', title: columns.value, isFixed: true, cell: ({ shown }) => shown },
  { id: 'from', title: columns.from, isFixed: true, cell: ({ from }) => <RuleLink from={from} /> },
]

interface SaysProps {
  readonly from: Origin | null
  readonly unset: Origin | null
  readonly option: string | null
  readonly isSet: boolean
}

function Says({ from, unset, option, isSet }: SaysProps): ReactNode {
  if (from !== null) return <RuleLink from={from} />
  const base = option === null ? (isSet ? words.program : common.none) : words.option(option)
  return (
    <span className="hms-muted">
      {base}
      {unset !== null && `, ${words.takenBack(words.rule(unset.rule, unset.mask))}`}
    </span>
  )
}

/** The rule, with the way to its line. */
function RuleLink({ from }: { readonly from: Origin }): ReactNode {
  const { level, isOverride, rule, mask, estimate, line } = from
  const where = level === 'smart' ? ('smart' as const) : ('edit' as const)
  return (
    <>
      {isOverride ? words.override : words.levels[level]} <strong className="hms-break">{words.rule(rule, mask)}</strong>
      {line !== undefined && (
        <>
          {', '}
          <Link to="/rules" search={{ tab: where, line }}>
            {words.line(line)}
          </Link>
        </>
      )}{' '}
      {estimate && <Badge tone="quiet">{words.estimate}</Badge>}
    </>
  )
}

type PoolRow = ExplainedPool['sources'][number]
const POOL: readonly Column<PoolRow>[] = [
  { id: 'source', title: words.source, isFixed: true, cell: ({ source }) => source },
  { id: 'share', title: words.share, isNumber: true, isFixed: true, cell: (row) => share(row.share) },
  {
    id: 'address',
    title: words.address,
    cell: ({ address, proxy }) => <span className="hms-break">{[proxy, address].filter((one) => one !== null).join(' ')}</span>,
  },
  { id: 'helo', title: 'HELO', cell: ({ helo }) => helo ?? 'host.name' },
  { id: 'why', title: columns.from, cell: ({ why }) => why ?? common.none },
]

function Pool({ pool }: { readonly pool: ExplainedPool }): ReactNode {
  return (
    <Card title={words.sources} flush>
      <DataTable
        name="rules-pool"
        label={words.tables.sources}
        columns={POOL}
        rows={pool.sources}
        keyOf={({ source }) => source}
        empty={null}
      />
    </Card>
  )
}
