// Stored templates: the newest version of each.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { TemplateHead } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, timeShort } from '../../texts/format.ts'
import { templates as words } from '../../texts/templates.ts'
import { templatesRoute } from './routes.ts'

const columns = words.columns

const COLUMNS: readonly Column<TemplateHead>[] = [
  {
    id: 'id',
    title: columns.id,
    isFixed: true,
    cell: ({ id, account }) => (
      <Link to="/templates/of/$id" params={{ id }} search={account === null ? {} : { account }} className="hms-break">
        {id}
      </Link>
    ),
  },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account ?? words.all },
  { id: 'version', title: columns.version, isNumber: true, isFixed: true, cell: ({ version }) => number(version) },
  { id: 'at', title: columns.at, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'by', title: columns.by, cell: ({ by }) => <span className="hms-break">{by}</span> },
  { id: 'note', title: columns.note, cell: ({ note }) => <span className="hms-break">{note}</span> },
]

export function TemplatesPage(): ReactNode {
  const search = templatesRoute.useSearch()
  const navigate = templatesRoute.useNavigate()
  const may = useMay()
  const list = usePages(['templates', 'list', search], (after, signal) =>
    api.templates.list({ ...search, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const mayAdd = may('templates.add')
  const button = mayAdd && <ButtonLink to="/templates/new">{words.add.button}</ButtonLink>
  const { account } = search
  return (
    <Page title={words.title} about={words.about} actions={button}>
      <Card flush>
        <DataTable
          name="templates"
          label={words.table}
          columns={COLUMNS}
          keyOf={({ id, account: of }) => `${id} ${of ?? ''}`}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="template" title={words.empty.title} actions={button}>
              {mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      <AsCommand
        hms={`template ls${account === undefined ? '' : ` --account ${account}`}`}
        call={`GET /templates${account === undefined ? '' : `?account=${account}`}`}
      />
    </Page>
  )
}
