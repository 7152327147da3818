// What a destination answered in the last hour to mail that it did not take, by frequency, with what each means.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ReplyMeaning, SiteReply } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { destinations } from '../../texts/destinations.ts'
import { ago, number } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { visible } from '../../parts/visible.ts'

const words = destinations.replies
const columns = words.columns
const LOOK_EVERY = 10_000
/** Whose meaning is asked for. */
const MOST = 100

interface Row {
  readonly its: SiteReply
  readonly meaning: ReplyMeaning | undefined
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'count', title: columns.count, isFixed: true, isNumber: true, cell: ({ its: { count } }) => number(count) },
  {
    id: 'kind',
    title: columns.kind,
    isFixed: true,
    cell: ({ its: { kind } }) => <Badge tone={kind === 'deferred' ? 'warn' : 'bad'}>{words.kinds[kind]}</Badge>,
  },
  { id: 'reply', title: columns.reply, isFixed: true, cell: ({ its: { reply } }) => <span className="hms-break">{visible(reply)}</span> },
  { id: 'meaning', title: columns.meaning, cell: ({ meaning }) => <Meaning meaning={meaning} /> },
  {
    id: 'site',
    title: columns.site,
    isExtra: true,
    cell: ({ its: { site } }) => (
      <Link to="/destination" search={{ site }} className="hms-break">
        {site}
      </Link>
    ),
  },
  { id: 'at', title: columns.at, cell: ({ its: { at } }) => <span className="hms-nowrap">{ago(at)}</span> },
]

function Meaning({ meaning }: { readonly meaning: ReplyMeaning | undefined }): ReactNode {
  if (meaning === undefined || meaning.category === null) return <span className="hms-muted">{common.none}</span>
  return (
    <>
      <span>
        {meaning.category} {meaning.code !== null && <span className="hms-muted">{meaning.code}</span>}
      </span>
      <div className="hms-muted hms-small">{messages.one.advice[meaning.action]}</div>
    </>
  )
}

export function Replies({ query }: { readonly query: { readonly site?: string; readonly provider?: string } }): ReactNode {
  const may = useMay()
  const found = useQuery({
    queryKey: ['destinations', 'replies', query],
    queryFn: async ({ signal }): Promise<readonly Row[]> => {
      const { data } = await api.queue.sitesReplies({ ...query, limit: MOST }, { signal })
      if (data.length === 0 || !may('rules.repliesClassify')) return data.map((its) => ({ its, meaning: undefined }))
      const { meanings } = await api.rules.repliesClassify({ replies: data.map(({ reply }) => reply) }, { signal })
      return data.map((its, n) => ({ its, meaning: meanings[n] }))
    },
    refetchInterval: LOOK_EVERY,
    enabled: may('queue.sitesReplies'),
  })
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="replies"
        label={words.table}
        columns={COLUMNS}
        rows={found.data}
        keyOf={({ its: { site, kind, form } }) => `${site} ${kind} ${form}`}
        error={found.error}
        again={() => void found.refetch()}
        empty={<Empty icon="check" title={words.empty} />}
      />
    </Card>
  )
}
