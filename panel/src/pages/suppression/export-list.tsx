// Entries of a list as a file that can be taken in again: all of them, or what the filters leave.
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { CSV_HEAD, entryLine } from '../../../../src/policy/suppression/list-files.ts'
import { api } from '../../app/api.ts'
import { Icon } from '../../parts/icons.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { number } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { entryQuery, type EntrySearch } from './search.ts'

const words = suppression.export
/** What a browser holds in its hand. */
const MOST = 200_000

export function ExportList({ list, search }: { readonly list: string; readonly search: EntrySearch }): ReactNode {
  const [count, setCount] = useState(0)
  const exporting = useMutation({
    mutationFn: async () => {
      const parts: string[] = [CSV_HEAD]
      let [written, isCut] = [0, false]
      for await (const entry of api.suppression.exportEach(list, { ...entryQuery(search), limit: 1000 })) {
        isCut = written === MOST
        if (isCut) break
        parts.push(entryLine(entry, 'csv'))
        if (++written % 5000 === 0) setCount(written)
      }
      saveFile(`${list}.csv`, parts, 'text/csv')
      return isCut
    },
    onSettled: () => setCount(0),
  })
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="download" size={16} />}
        disabled={exporting.isPending}
        onClick={() => exporting.mutate()}
      >
        {exporting.isPending && count > 0 ? words.busy(number(count)) : words.button}
      </Button>
      {exporting.data === true && <span className="hms-muted hms-small">{words.cut(number(MOST))}</span>}
      {exporting.error !== null && <ProblemNotice error={exporting.error} />}
    </>
  )
}
