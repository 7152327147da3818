// Rows as CSV (rfc:4180), page after page from the server, up to a number that a browser holds in its hand.
import { Button, Tooltip } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { common } from '../texts/common.ts'
import { number } from '../texts/format.ts'
import { csvLine } from './csv.ts'
import { Icon } from './icons.tsx'
import { saveFile } from './save-file.ts'

const MOST = 50_000

interface ExportProps<Row> {
  /** What it is saved as. */
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: () => AsyncIterable<Row>
  readonly row: (row: Row) => readonly (string | number | null)[]
}

export function ExportButton<Row>({ file, columns, rows, row }: ExportProps<Row>): ReactNode {
  const [count, setCount] = useState(0)
  const exporting = useMutation({
    mutationFn: async () => {
      const lines = [csvLine(columns)]
      for await (const one of rows()) {
        lines.push(csvLine(row(one)))
        if (lines.length % 1000 === 0) setCount(lines.length)
        if (lines.length > MOST) break
      }
      saveFile(file, lines, 'text/csv')
      setCount(0)
    },
  })
  return (
    <Tooltip label={common.exported.about(number(MOST))}>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="download" size={16} />}
        disabled={exporting.isPending}
        onClick={() => exporting.mutate()}
      >
        {exporting.isPending && count > 0 ? common.exported.busy(number(count)) : common.exported.button}
      </Button>
    </Tooltip>
  )
}
