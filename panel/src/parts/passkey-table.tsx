// Passkeys of somebody, with a button that removes one.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { PasskeyView } from '../../../client/src/index.ts'
import { common } from '../texts/common.ts'
import { ago, dateOf } from '../texts/format.ts'
import { ownAccess } from '../texts/own-access.ts'
import { type Column, DataTable, type TableProps } from './table.tsx'

const words = ownAccess.passkeys
const columns = words.columns

interface PasskeyProps extends Pick<TableProps<PasskeyView>, 'rows' | 'error' | 'again' | 'more' | 'isMore' | 'empty'> {
  readonly name: string
  /** Left out: nobody may. */
  readonly remove?: ((passkey: PasskeyView) => void) | undefined
}

const COLUMNS: readonly Column<PasskeyView>[] = [
  { id: 'name', title: columns.name, isFixed: true, cell: ({ name }) => <span className="hms-break">{name}</span> },
  { id: 'host', title: columns.host, cell: ({ host }) => host },
  { id: 'made', title: columns.made, cell: ({ madeAt }) => dateOf(madeAt) },
  { id: 'used', title: columns.used, isFixed: true, cell: ({ lastUse }) => (lastUse === null ? words.never : ago(lastUse)) },
  { id: 'synced', title: columns.synced, isExtra: true, cell: ({ synced }) => (synced ? common.yes : common.no) },
]

export function PasskeyTable({ name, remove, ...list }: PasskeyProps): ReactNode {
  return (
    <DataTable
      name={name}
      label={words.table}
      columns={remove === undefined ? COLUMNS : [...COLUMNS, removeColumn(remove)]}
      keyOf={({ id }) => id}
      {...list}
    />
  )
}

function removeColumn(remove: (passkey: PasskeyView) => void): Column<PasskeyView> {
  return {
    id: 'remove',
    title: columns.remove,
    isFixed: true,
    cell: (passkey) => (
      <Button size="compact-xs" variant="default" aria-label={words.removeOne(passkey.name)} onClick={() => remove(passkey)}>
        {columns.remove}
      </Button>
    ),
  }
}
