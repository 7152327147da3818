// Sender domains, and whether receivers find what they look for at each: as the last check saw it.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { HealthAspect, SenderDomain } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { STATE_TONES } from '../../parts/record-table.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { domains as words } from '../../texts/domains.ts'
import { ago } from '../../texts/format.ts'
import { AddDomain } from './add-domain.tsx'
import { useKeptHealth } from './health.ts'
import { domainsRoute } from './routes.ts'
import { worstOf } from './worst.ts'

const A_PAGE = 25
const SHOWN = ['spf', 'dkim', 'dmarc', 'return-path', 'tracking'] as const satisfies readonly HealthAspect[]

const COLUMNS: readonly Column<SenderDomain>[] = [
  {
    id: 'domain',
    title: words.columns.domain,
    isFixed: true,
    cell: ({ domain }) => (
      <Link to="/domains/$domain" params={{ domain }} className="hms-break">
        {domain}
      </Link>
    ),
  },
  { id: 'account', title: words.columns.account, isNumber: true, cell: ({ account }) => account },
  {
    id: 'proof',
    title: words.columns.proof,
    cell: ({ verifiedAt }) => (
      <Badge tone={verifiedAt === null ? 'warn' : 'ok'}>{verifiedAt === null ? words.unproved : words.proved}</Badge>
    ),
  },
  ...SHOWN.map((aspect) => ({
    id: aspect,
    title: words.aspects[aspect],
    cell: ({ domain }: SenderDomain) => <AspectState domain={domain} aspect={aspect} />,
  })),
  { id: 'checked', title: words.columns.checked, cell: ({ domain }) => <Checked domain={domain} /> },
]

function AspectState({ domain, aspect }: Pick<SenderDomain, 'domain'> & { readonly aspect: HealthAspect }): ReactNode {
  const { data } = useKeptHealth(domain)
  if (data === undefined || data === null) return <span className="hms-muted">{common.none}</span>
  const state = worstOf(data.findings, aspect)
  if (state === null) return <span className="hms-muted hms-small">{words.states.none}</span>
  return <Badge tone={STATE_TONES[state]}>{words.states[state]}</Badge>
}

function Checked({ domain }: Pick<SenderDomain, 'domain'>): ReactNode {
  const { data } = useKeptHealth(domain)
  return <span className="hms-nowrap hms-muted">{data === null ? words.notChecked : data === undefined ? common.none : ago(data.at)}</span>
}

export function DomainsPage(): ReactNode {
  const search = domainsRoute.useSearch()
  const navigate = domainsRoute.useNavigate()
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(['domains', 'list', search], (after, signal) =>
    api.domains.list({ ...search, limit: A_PAGE, ...(after !== undefined && { after }) }, { signal }),
  )
  const mayAdd = may('domains.add')
  const button = mayAdd && <Button onClick={open}>{words.add.button}</Button>
  return (
    <Page title={words.title} about={words.about} actions={button}>
      <Card flush>
        <DataTable
          name="domains"
          label={words.table}
          columns={COLUMNS}
          keyOf={({ domain }) => domain}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="domain" title={words.empty.title} actions={button}>
              {search.account !== undefined ? words.empty.filtered : mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="domain ls" call={`GET /domains${search.account === undefined ? '' : `?account=${search.account}`}`} />
      <AddDomain opened={opened} close={close} />
    </Page>
  )
}
