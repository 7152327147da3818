// Rows as CSV (rfc:4180), page after page from the server, put aside as a file piece by piece, so that a million rows burden no page. It can be
// stopped; what came until then is saved.
import { Button, Tooltip } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useRef, useState } from 'react'
import { CSV_END, type CsvCell, csvSafeRow } from '../../../src/base/csv.ts'
import { common } from '../texts/common.ts'
import { number } from '../texts/format.ts'
import { Icon } from './icons.tsx'
import { saveFile } from './save-file.ts'

const MOST = 1_000_000
/** Replies and subjects are written by strangers. */
const lineOf = (cells: readonly CsvCell[]): string => `${csvSafeRow(cells)}${CSV_END}`
/** Rows that are put aside together. */
const PIECE = 5000

interface ExportProps<Row> {
  /** What it is saved as. */
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: () => AsyncIterable<Row>
  readonly row: (row: Row) => readonly (string | number | null)[]
}

export function ExportButton<Row>({ file, columns, rows, row }: ExportProps<Row>): ReactNode {
  const [count, setCount] = useState(0)
  const stopped = useRef(false)
  const exporting = useMutation({
    mutationFn: async () => {
      stopped.current = false
      const pieces: Blob[] = []
      let lines = [lineOf(columns)]
      let taken = 0
      for await (const one of rows()) {
        lines.push(lineOf(row(one)))
        if (++taken >= MOST || stopped.current) break
        if (taken % PIECE !== 0) continue
        pieces.push(new Blob(lines))
        lines = []
        setCount(taken)
      }
      saveFile(file, [...pieces, ...lines], 'text/csv')
    },
    onSettled: () => setCount(0),
  })
  if (exporting.isPending)
    return (
      <Button variant="default" size="xs" onClick={() => (stopped.current = true)}>
        {common.exported.busy(number(count))}
      </Button>
    )
  return (
    <Tooltip label={common.exported.about(number(MOST))}>
      <Button variant="default" size="xs" leftSection={<Icon name="download" size={16} />} onClick={() => exporting.mutate()}>
        {common.exported.button}
      </Button>
    </Tooltip>
  )
}
