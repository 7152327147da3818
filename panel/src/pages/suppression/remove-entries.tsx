// Entries that are taken off a list: counted at the server first, with what speaks against it, and what stays all the same.
import type { ReactNode } from 'react'
import type { SuppressionEntry } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { number } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { isErased } from './entry-columns.tsx'

const words = suppression.remove
/** Of one call. */
const MOST = 1000

interface RemoveProps {
  readonly list: string
  readonly entries: readonly SuppressionEntry[]
  readonly done: () => void
  readonly close: () => void
}

interface Part {
  readonly targets: readonly string[]
  readonly stream: string | null
}

/** An entry of one stream and one of all mail are not the same: each is named with its own. */
function partsOf(entries: readonly SuppressionEntry[]): readonly Part[] {
  const streams = Map.groupBy(entries, ({ stream }) => stream)
  return [...streams].flatMap(([stream, of]) => {
    const targets = of.map(({ target }) => target)
    return Array.from({ length: Math.ceil(targets.length / MOST) }, (_, n) => ({
      stream,
      targets: targets.slice(n * MOST, (n + 1) * MOST),
    }))
  })
}

async function removed(list: string, parts: readonly Part[], dryRun: boolean): Promise<number> {
  let sum = 0
  for (const part of parts) sum += (await api.suppression.remove(list, { ...part, ...(dryRun && { dryRun }) })).removed
  return sum
}

export function RemoveEntries({ list, entries, done, close }: RemoveProps): ReactNode {
  const named = entries.filter(({ target }) => !isErased(target))
  const parts = partsOf(named)
  const [first] = parts
  const body = { targets: first?.targets ?? [], ...(first !== undefined && { stream: first.stream }) }
  const stream = first === undefined ? '' : ` --stream ${first.stream === null ? '-' : quoted(first.stream)}`
  return (
    <Confirm
      opened
      title={words.title}
      count={() => removed(list, parts, true)}
      about={(count) => aboutOf(count, entries)}
      action={(count) => (count === 0 ? null : words.action(count, number(count)))}
      isGrave
      run={() => removed(list, parts, false)}
      done={done}
      close={close}
      command={
        <AsCommand
          hms={`suppression remove ${body.targets.slice(0, 20).map(quoted).join(' ')} --list ${quoted(list)}${stream}`}
          call={`POST /suppression/lists/${list}/entries/remove`}
          body={body}
        />
      }
    />
  )
}

function aboutOf(count: number, entries: readonly SuppressionEntry[]): ReactNode {
  const of = (fits: (entry: SuppressionEntry) => boolean): number => entries.filter(fits).length
  const said = of(({ reason }) => reason === 'Complaint' || reason === 'Unsubscribe')
  const hard = of(({ reason }) => reason === 'Failure' || reason === 'Bounce')
  const erased = of(({ target }) => isErased(target))
  return (
    <div className="hms-stack-tight">
      <p>{count === 0 ? words.nothing : words.about(count, number(count))}</p>
      {said > 0 && <p>{words.said(said, number(said))}</p>}
      {hard > 0 && <p>{words.hard(hard, number(hard))}</p>}
      {erased > 0 && <p>{words.erased(erased, number(erased))}</p>}
    </div>
  )
}
