// Suppression lists and who uses them; whether somebody is suppressed; and what a flood of failures left for a person to decide.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SuppressionListView } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number } from '../../texts/format.ts'
import { suppression as words } from '../../texts/suppression.ts'
import { CreateList } from './create-list.tsx'
import { Floods } from './floods.tsx'
import { LookUp } from './look-up.tsx'
import { suppressionRoute } from './routes.ts'
import './suppression.css'

const columns = words.lists.columns
const SHOWN = 5

export const idsText = (ids: readonly number[]): string => words.lists.of(ids.slice(0, SHOWN).join(', '), Math.max(0, ids.length - SHOWN))

const COLUMNS: readonly Column<SuppressionListView>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ name }) => (
      <Link to="/suppression/$list" params={{ list: name }} className="hms-break">
        {name}
      </Link>
    ),
  },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account ?? words.lists.everybody },
  { id: 'entries', title: columns.entries, isFixed: true, isNumber: true, cell: ({ entries }) => number(entries) },
  {
    id: 'checked',
    title: columns.checked,
    cell: ({ checkedBy }) => (checkedBy.length === 0 ? <Badge tone="warn">{words.lists.unused}</Badge> : idsText(checkedBy)),
  },
  {
    id: 'added',
    title: columns.added,
    cell: ({ addedToBy }) => (addedToBy.length === 0 ? words.lists.nobody : idsText(addedToBy)),
  },
]

export function SuppressionPage(): ReactNode {
  const search = suppressionRoute.useSearch()
  const navigate = suppressionRoute.useNavigate()
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const { target, ...of } = search
  const list = usePages(['suppression', 'lists', 'page', of], (after, signal) =>
    api.suppression.lists({ ...of, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const mayMake = may('suppression.create')
  const button = mayMake && <Button onClick={open}>{words.create.button}</Button>
  return (
    <Page title={words.title} about={words.about} actions={button}>
      {may('suppression.review') && <Floods />}
      {may('suppression.find') && <LookUp target={target} look={(next) => void navigate({ search: { ...of, ...next } })} />}
      <Card title={words.lists.title} flush>
        <DataTable
          name="suppression-lists"
          label={words.lists.table}
          columns={COLUMNS}
          keyOf={({ name }) => name}
          {...list}
          tools={<AccountFilter search={of} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="block" title={words.lists.empty} actions={button}>
              {mayMake ? words.lists.emptyWhat : words.lists.emptyReader}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="suppression lists" call={`GET /suppression/lists${of.account === undefined ? '' : `?account=${of.account}`}`} />
      <CreateList opened={opened} close={close} />
    </Page>
  )
}
