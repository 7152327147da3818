// Identity providers, by which people log in.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ProviderView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number } from '../../texts/format.ts'
import { providers as words } from '../../texts/providers.ts'
import { shell } from '../../texts/shell.ts'
import { AddProvider } from './provider-form.tsx'

const columns = words.columns

export const roleText = ({ claim, role }: ProviderView): string =>
  [...(claim === null ? [] : [words.byClaim(claim)]), role === null ? (claim === null ? words.keeps : null) : shell.roles[role]]
    .filter((part) => part !== null)
    .join(', ')

const COLUMNS: readonly Column<ProviderView>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ name, title, issuer }) => (
      <>
        <Link to="/providers/$name" params={{ name }}>
          {title}
        </Link>
        <div className="hms-muted hms-small hms-break">{issuer}</div>
      </>
    ),
  },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: ({ enabled, only }) => (
      <span className="hms-row">
        <Badge tone={enabled ? 'ok' : 'quiet'}>{enabled ? words.on : words.off}</Badge>
        {only && <span className="hms-small">{words.only}</span>}
      </span>
    ),
  },
  { id: 'domains', title: columns.domains, cell: ({ domains }) => (domains.length === 0 ? words.any : domains.join(', ')) },
  { id: 'roles', title: columns.roles, cell: roleText },
  { id: 'users', title: columns.users, isFixed: true, isNumber: true, cell: ({ users }) => number(users) },
]

export function ProvidersPage(): ReactNode {
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(['providers', 'list'], (after, signal) =>
    api.users.providerList({ limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const add = may('users.providerAdd') && <Button onClick={open}>{words.add.button}</Button>
  return (
    <Page title={words.title} about={words.about} actions={add}>
      <Card flush>
        <DataTable
          name="providers"
          label={words.table}
          columns={COLUMNS}
          keyOf={({ name }) => name}
          {...list}
          empty={
            <Empty icon="key" title={words.empty.title} actions={add}>
              {words.empty.what}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="user provider ls" call="GET /providers" />
      <AddProvider opened={opened} close={close} />
    </Page>
  )
}
