// Keys of the management API: what each may, from where, until when, and when it was last used.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ManagementKeyView } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { ago, dateOf } from '../../texts/format.ts'
import { managementKeys as words } from '../../texts/management-keys.ts'
import { shell } from '../../texts/shell.ts'
import { NewKey } from './new-key.tsx'
import { keysRoute } from './routes.ts'

const columns = words.columns
const isOver = ({ expiresAt }: ManagementKeyView): boolean => expiresAt !== null && expiresAt <= Date.now()
const used = ({ lastUse }: ManagementKeyView): string => (lastUse === null ? words.unused : ago(lastUse))

const COLUMNS: readonly Column<ManagementKeyView>[] = [
  { id: 'name', title: columns.name, isFixed: true, cell: ({ name }) => <strong className="hms-break">{name}</strong> },
  { id: 'role', title: columns.role, isFixed: true, cell: ({ role }) => shell.roles[role] },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account ?? words.all },
  {
    id: 'scopes',
    title: columns.scopes,
    cell: ({ scopes }) => (scopes === null ? words.everything : <span className="hms-break">{scopes.join(', ')}</span>),
  },
  { id: 'networks', title: columns.networks, cell: ({ networks }) => (networks.length === 0 ? words.anywhere : networks.join(', ')) },
  {
    id: 'expires',
    title: columns.expires,
    cell: (key) => (key.expiresAt === null ? words.never : isOver(key) ? <Badge tone="bad">{words.expired}</Badge> : dateOf(key.expiresAt)),
  },
  { id: 'used', title: columns.used, isFixed: true, cell: used },
  { id: 'made', title: columns.made, isExtra: true, cell: ({ madeAt }) => dateOf(madeAt) },
  { id: 'by', title: columns.by, isExtra: true, cell: ({ madeBy }) => madeBy },
]

export function KeysPage(): ReactNode {
  const search = keysRoute.useSearch()
  const navigate = keysRoute.useNavigate()
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const [removed, setRemoved] = useState<ManagementKeyView | null>(null)
  const list = usePages(['keys', search], (after, signal) =>
    api.keys.list({ ...search, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const add = may('keys.add') && <Button onClick={open}>{words.add.button}</Button>
  const { account } = search
  return (
    <Page title={words.title} about={words.about} actions={add}>
      <Card flush>
        <DataTable
          name="management-keys"
          label={words.table}
          columns={may('keys.remove') ? [...COLUMNS, removeColumn(setRemoved)] : COLUMNS}
          keyOf={({ name }) => name}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="key" title={words.empty.title} actions={add}>
              {add === false ? words.empty.reader : words.empty.what}
            </Empty>
          }
        />
      </Card>
      <AsCommand
        hms={account === undefined ? 'key ls' : `key ls --account ${account}`}
        call={`GET /keys${account === undefined ? '' : `?account=${account}`}`}
      />
      <NewKey opened={opened} close={close} />
      <RemoveKey removed={removed} close={() => setRemoved(null)} />
    </Page>
  )
}

function removeColumn(remove: (key: ManagementKeyView) => void): Column<ManagementKeyView> {
  return {
    id: 'remove',
    title: columns.remove,
    isFixed: true,
    cell: (key) => (
      <Button size="compact-xs" variant="default" aria-label={words.remove.one(key.name)} onClick={() => remove(key)}>
        {words.remove.button}
      </Button>
    ),
  }
}

function RemoveKey({ removed, close }: { readonly removed: ManagementKeyView | null; readonly close: () => void }): ReactNode {
  const queries = useQueryClient()
  const name = removed?.name ?? ''
  return (
    <Confirm
      opened={removed !== null}
      title={words.remove.submit}
      count={() => api.keys.show(name)}
      about={(key) => words.remove.about(name, used(key))}
      action={() => words.remove.submit}
      isGrave
      run={() => api.keys.remove(name)}
      done={() => void queries.invalidateQueries({ queryKey: ['keys'] })}
      close={close}
      command={<AsCommand hms={`key rm ${name}`} call={`DELETE /keys/${name}`} />}
    />
  )
}
