// A table of rows that come page after page: columns that people choose, rows that can be selected, and on phones each row as a card.
// What a table is filtered by belongs into the address of the page; see parts/filters.tsx.
import { ActionIcon, Button, Checkbox, Menu } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Fragment, type ReactNode } from 'react'
import { common } from '../texts/common.ts'
import { number } from '../texts/format.ts'
import { Icon } from './icons.tsx'
import { Waiting } from './layout.tsx'
import { ProblemNotice } from './problem.tsx'
import './table.css'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand at the right. */
  readonly isNumber?: boolean
  /** Not shown until somebody chooses it. */
  readonly isExtra?: boolean
  /** What every row has: it cannot be left out. */
  readonly isFixed?: boolean
}

export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly set: (ids: ReadonlySet<string>) => void
  /** What can be done with them. */
  readonly actions: ReactNode
}

export interface TableProps<Row> {
  /** Under which the chosen columns are kept in this browser. */
  readonly name: string
  /** What it is, for those who do not see it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[] | undefined
  readonly keyOf: (row: Row) => string
  readonly error?: unknown
  readonly again?: () => void
  readonly empty: ReactNode
  /** Null: that was the last page. */
  readonly more?: (() => void) | null
  readonly isMore?: boolean
  readonly selection?: Selection
  /** Before the button for columns. */
  readonly tools?: ReactNode
}

export function DataTable<Row>(props: TableProps<Row>): ReactNode {
  const { name, columns, rows, error, again, selection } = props
  const [hidden, setHidden] = useLocalStorage<readonly string[]>({
    key: `hms-columns-${name}`,
    defaultValue: columns.filter(({ isExtra }) => isExtra === true).map(({ id }) => id),
  })
  const shown = columns.filter(({ id, isFixed }) => isFixed === true || !hidden.includes(id))
  if (error !== undefined && error !== null && rows === undefined) return <ProblemNotice error={error} again={again} />
  const choice = <ColumnChoice columns={columns} hidden={hidden} setHidden={setHidden} />
  const hasTools = props.tools !== undefined || selection !== undefined
  return (
    <div className="hms-table-box">
      {hasTools && (
        <div className="hms-table-tools">
          {selection !== undefined && selection.ids.size > 0 ? (
            <div className="hms-row" role="status">
              <strong>{common.table.selected(number(selection.ids.size))}</strong>
              {selection.actions}
            </div>
          ) : (
            props.tools
          )}
          {choice}
        </div>
      )}
      {rows === undefined ? (
        <div className="hms-table-wait">
          <Waiting lines={6} />
        </div>
      ) : rows.length === 0 ? (
        props.empty
      ) : (
        <Rows {...props} columns={shown} rows={rows} choice={hasTools ? null : choice} />
      )}
    </div>
  )
}

interface RowsProps<Row> extends TableProps<Row> {
  readonly rows: readonly Row[]
  readonly choice: ReactNode
}

function Rows<Row>({ choice, label, columns, rows, keyOf, selection, more, isMore = false, error, again }: RowsProps<Row>): ReactNode {
  const keys = rows.map(keyOf)
  const areAll = selection !== undefined && keys.every((key) => selection.ids.has(key))
  const select = (key: string, isOn: boolean): void => {
    const ids = new Set(selection?.ids)
    if (isOn) ids.add(key)
    else ids.delete(key)
    selection?.set(ids)
  }
  return (
    <>
      <div className="hms-table-scroll" tabIndex={0} role="region" aria-label={label}>
        <table className="hms-table" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {selection !== undefined && (
                <th role="columnheader" className="hms-table-check">
                  <Checkbox
                    size="xs"
                    aria-label={common.table.selectAll}
                    checked={areAll}
                    indeterminate={!areAll && selection.ids.size > 0}
                    onChange={() => selection.set(new Set(areAll ? [] : keys))}
                  />
                </th>
              )}
              {columns.map(({ id, title, isNumber }) => (
                <th key={id} role="columnheader" scope="col" className={isNumber === true ? 'hms-table-number' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row, n) => (
              <tr key={keys[n]} role="row" data-selected={selection?.ids.has(keys[n] ?? '') || undefined}>
                {selection !== undefined && (
                  <td role="cell" className="hms-table-check">
                    <Checkbox
                      size="xs"
                      aria-label={common.table.select(keys[n] ?? '')}
                      checked={selection.ids.has(keys[n] ?? '')}
                      onChange={(event) => select(keys[n] ?? '', event.currentTarget.checked)}
                    />
                  </td>
                )}
                {columns.map(({ id, title, cell, isNumber }) => (
                  <td key={id} role="cell" data-title={title} className={isNumber === true ? 'hms-table-number' : undefined}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="hms-table-foot">
        {error !== undefined && error !== null && <ProblemNotice error={error} again={again} />}
        <span className="hms-muted hms-small">{common.table.shown(number(rows.length))}</span>
        {more !== undefined && more !== null && (
          <Button variant="default" size="xs" loading={isMore} onClick={more}>
            {common.more}
          </Button>
        )}
        {more === null && <span className="hms-muted hms-small">{common.table.end}</span>}
        {choice}
      </div>
    </>
  )
}

interface ChoiceProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly hidden: readonly string[]
  readonly setHidden: (hidden: readonly string[]) => void
}

function ColumnChoice<Row>({ columns, hidden, setHidden }: ChoiceProps<Row>): ReactNode {
  const free = columns.filter(({ isFixed }) => isFixed !== true)
  if (free.length < 2) return null
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={common.table.columns} className="hms-table-choice">
          <Icon name="columns" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{common.table.columns}</Menu.Label>
        {free.map(({ id, title }) => {
          const isShown = !hidden.includes(id)
          return (
            <Fragment key={id}>
              <Menu.Item
                role="menuitemcheckbox"
                aria-checked={isShown}
                leftSection={<span className="hms-table-tick">{isShown && <Icon name="check" size={16} />}</span>}
                onClick={() => setHidden(isShown ? [...hidden, id] : hidden.filter((one) => one !== id))}
              >
                {title}
              </Menu.Item>
            </Fragment>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}
