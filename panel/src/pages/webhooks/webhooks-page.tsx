// Webhooks and how they are.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { WebhookView } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { ago, number } from '../../texts/format.ts'
import { webhooks as words } from '../../texts/webhooks.ts'
import { AddWebhook } from './webhook-form.tsx'
import { webhooksRoute } from './routes.ts'
import { StateBadge } from './states.tsx'

const columns = words.columns
const COLUMNS: readonly Column<WebhookView>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ id, name, url }) => (
      <>
        <Link to="/webhooks/$id" params={{ id }} className="hms-break">
          {name}
        </Link>
        <div className="hms-muted hms-small hms-break">{url}</div>
      </>
    ),
  },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account },
  { id: 'state', title: columns.state, isFixed: true, cell: ({ health }) => <StateBadge state={health.state} /> },
  { id: 'took', title: columns.took, cell: ({ health: { tookAt } }) => (tookAt === null ? words.never : ago(tookAt)) },
  { id: 'told', title: columns.told, isNumber: true, cell: ({ health }) => number(health.told) },
  { id: 'aside', title: columns.aside, isNumber: true, cell: ({ health }) => number(health.aside) },
  { id: 'givenUp', title: columns.givenUp, isNumber: true, cell: ({ health }) => number(health.givenUp) },
]

export function WebhooksPage(): ReactNode {
  const search = webhooksRoute.useSearch()
  const navigate = webhooksRoute.useNavigate()
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(['webhooks', 'list', search], (after, signal) =>
    api.webhooks.list({ ...search, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const mayAdd = may('webhooks.add')
  const button = mayAdd && <Button onClick={open}>{words.add.button}</Button>
  const { account } = search
  return (
    <Page title={words.title} about={words.about} actions={button}>
      <Card flush>
        <DataTable
          name="webhooks"
          label={words.table}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="send" title={words.empty.title} actions={button}>
              {mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      <AsCommand
        hms={account === undefined ? 'webhook ls' : `webhook ls --account ${account}`}
        call={`GET /webhooks${account === undefined ? '' : `?account=${account}`}`}
      />
      <AddWebhook opened={opened} close={close} />
    </Page>
  )
}
