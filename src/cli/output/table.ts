// Tables for people: columns as wide as their content, cut to the terminal where there is one.
import { visible } from './visible.ts'

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => string | number | null
  readonly right?: boolean
  /** Gives way first when the terminal is too narrow. */
  readonly shrinks?: boolean
}

const GAP = '  '
const LEAST = 8

/** Lines of a table; `width`: columns of the terminal, Infinity where it is none. An empty list gives `nothing`. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number, nothing: string): string {
  if (rows.length === 0) return `${nothing}\n`
  const cells = rows.map((row) => columns.map((column) => cellText(column.of(row))))
  const widths = fit(
    columns.map((column, i) => Math.max(column.title.length, ...cells.map((line) => line[i]?.length ?? 0))),
    columns,
    width,
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => pad(text, widths[i] ?? 0, columns[i]?.right === true, i === texts.length - 1))
      .join(GAP)
      .trimEnd()
  return `${[line(columns.map(({ title }) => title)), ...cells.map(line)].join('\n')}\n`
}

function cellText(value: string | number | null): string {
  return value === null || value === '' ? '-' : visible(String(value))
}

function fit(natural: number[], columns: readonly { readonly shrinks?: boolean }[], width: number): number[] {
  const widths = [...natural]
  let over = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1) - width
  for (const first of [true, false]) {
    for (let i = widths.length - 1; i >= 0 && over > 0; i--) {
      if ((columns[i]?.shrinks === true) !== first) continue
      const give = Math.min(over, Math.max(0, (widths[i] ?? 0) - LEAST))
      widths[i] = (widths[i] ?? 0) - give
      over -= give
    }
  }
  return widths
}

function pad(text: string, width: number, right: boolean, last: boolean): string {
  if (text.length > width) return `${text.slice(0, Math.max(1, width - 1))}…`
  return right ? text.padStart(width) : last ? text : text.padEnd(width)
}

/** `name  value` lines, for one thing. */
export function fields(pairs: readonly (readonly [string, string | number | null])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return `${pairs.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`).join('\n')}\n`
}
