// Posts to a webhook that were tried, all or those that failed.
import { Button, SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'
import type { WebhookAttempt } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, span, timeShort } from '../../texts/format.ts'
import { webhooks } from '../../texts/webhooks.ts'
import { webhookRoute } from './routes.ts'
import { visible } from '../../parts/visible.ts'

const words = webhooks.log
const columns = words.columns

const COLUMNS: readonly Column<WebhookAttempt>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  {
    id: 'result',
    title: columns.result,
    isFixed: true,
    cell: ({ ok, status }) => <Badge tone={ok ? 'ok' : 'bad'}>{status ?? webhooks.one.noAnswer}</Badge>,
  },
  { id: 'events', title: columns.events, isNumber: true, cell: ({ events }) => number(events) },
  { id: 'attempt', title: columns.attempt, isNumber: true, cell: ({ attempt }) => number(attempt) },
  { id: 'took', title: columns.took, isNumber: true, cell: ({ took }) => span(took) },
  { id: 'answer', title: columns.answer, cell: ({ answer }) => <span className="hms-break hms-small">{visible(answer ?? '')}</span> },
  { id: 'replay', title: columns.replay, isExtra: true, cell: ({ replay }) => replay ?? common.none },
  { id: 'post', title: columns.post, isExtra: true, cell: ({ post }) => <code className="hms-break">{post}</code> },
]

export function PostLog({ id }: { readonly id: string }): ReactNode {
  const { failed } = webhookRoute.useSearch()
  const navigate = webhookRoute.useNavigate()
  const query = failed === true ? { failed } : {}
  const list = usePages(['webhooks', 'log', id, query], (after, signal) =>
    api.webhooks.log(id, { ...query, limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const tools = (
    <div className="hms-row">
      <SegmentedControl
        size="xs"
        aria-label={words.show}
        value={failed === true ? 'failed' : 'all'}
        data={[
          { value: 'all', label: words.all },
          { value: 'failed', label: words.failed },
        ]}
        onChange={(value) => void navigate({ search: value === 'failed' ? { failed: true } : {}, resetScroll: false })}
      />
      <Button size="xs" variant="default" onClick={list.again}>
        {common.refresh}
      </Button>
    </div>
  )
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="posts"
        label={words.table}
        columns={COLUMNS}
        keyOf={({ n }) => String(n)}
        {...list}
        tools={tools}
        empty={
          <Empty icon="send" title={failed === true ? words.emptyFailed : words.empty}>
            {failed === true ? undefined : words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand
          hms={`webhook log ${id}${failed === true ? ' --failed' : ''}`}
          call={`GET /webhooks/${id}/log${failed === true ? '?failed=true' : ''}`}
        />
      </div>
    </Card>
  )
}
