// Posts to webhooks about one message: which endpoint was told, and what it answered. Of accounts that have webhooks.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { WebhookAttempt, WebhookView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, span, timeShort } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'

const words = messages.one.posts
const columns = words.columns
/** An account has a few. */
const MOST_WEBHOOKS = 20
const MOST_POSTS = 50
const LOOK_EVERY = 5000

interface Post {
  readonly webhook: WebhookView
  readonly post: WebhookAttempt
}

const COLUMNS: readonly Column<Post>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ post: { at } }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  {
    id: 'webhook',
    title: columns.webhook,
    isFixed: true,
    cell: ({ webhook: { id, name } }) => (
      <Link to="/webhooks/$id" params={{ id }} className="hms-break">
        {name}
      </Link>
    ),
  },
  {
    id: 'result',
    title: columns.result,
    isFixed: true,
    cell: ({ post: { ok, status } }) => <Badge tone={ok ? 'ok' : 'bad'}>{status ?? words.noAnswer}</Badge>,
  },
  { id: 'attempt', title: columns.attempt, isNumber: true, cell: ({ post }) => number(post.attempt) },
  { id: 'took', title: columns.took, isNumber: true, cell: ({ post }) => span(post.took) },
  { id: 'answer', title: columns.answer, cell: ({ post: { answer } }) => <span className="hms-break hms-small">{answer}</span> },
]

interface SentProps {
  readonly account: number
  readonly id: string
}

export function EventsSent({ account, id }: SentProps): ReactNode {
  const may = useMay()
  const webhooks = useQuery({
    queryKey: ['message', 'webhooks', account],
    queryFn: async ({ signal }) => (await api.webhooks.list({ account, limit: MOST_WEBHOOKS }, { signal })).data,
    enabled: may('webhooks.list', 'webhooks.log'),
  })
  const known = webhooks.data ?? []
  const posts = useQuery({
    queryKey: ['message', 'posts', id, known.map((one) => one.id)],
    queryFn: async ({ signal }) => {
      const all = await Promise.all(
        known.map(async (webhook): Promise<readonly Post[]> => {
          const { data } = await api.webhooks.log(webhook.id, { message: id, limit: MOST_POSTS }, { signal })
          return data.map((post) => ({ webhook, post }))
        }),
      )
      return all.flat().toSorted((a, b) => b.post.at - a.post.at)
    },
    enabled: known.length > 0,
    refetchInterval: LOOK_EVERY,
  })
  if (known.length === 0) return null
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="message-posts"
        label={words.table}
        columns={COLUMNS}
        rows={posts.data}
        keyOf={({ webhook, post }) => `${webhook.id} ${post.n}`}
        error={posts.error}
        again={() => void posts.refetch()}
        empty={
          <Empty icon="send" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand
          hms={`webhook log ${known[0]?.id ?? ''} --message ${id}`}
          call={`GET /webhooks/${known[0]?.id ?? ''}/log?message=${id}`}
        />
      </div>
    </Card>
  )
}
