// What was said in the attempts at a message: fetched with the page, shown with the attempt that it belongs to.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { AttemptDialog, NumberedEvent } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { CopyButton } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icons.tsx'
import { SaidLines } from '../../parts/said-lines.tsx'
import { saidText } from '../../parts/said-text.ts'
import { dialogs as words } from '../../texts/dialogs.ts'
import { number } from '../../texts/format.ts'
import { isAttempt } from './dialogs-of.ts'

const LOOK_EVERY = 3000
/** A dialog is there this long after its attempt. */
const WRITTEN_WITHIN = 10_000

/** Null: it is not known (yet). */
export function useKeptDialogs(id: string, events: readonly NumberedEvent[], waits: boolean): readonly AttemptDialog[] | null {
  const may = useMay()
  const last = Math.max(0, ...events.filter(isAttempt).map(({ at }) => at))
  const { data } = useQuery({
    queryKey: ['message', id, 'dialogs'],
    queryFn: ({ signal }) => api.queue.dialogs(id, {}, { signal }),
    enabled: last > 0 && may('queue.dialogs'),
    refetchInterval: () => (waits || Date.now() - last < WRITTEN_WITHIN ? LOOK_EVERY : false),
  })
  return data?.dialogs ?? null
}

export function KeptDialog({ dialog: { host, address, again, lines } }: { readonly dialog: AttemptDialog }): ReactNode {
  const peer = `${host} ${address}`
  const rows = lines.map(({ from, after, text }, key) => ({ key, from, text, when: `+${(after / 1000).toFixed(3)}` }))
  return (
    <details className="hms-command">
      <summary>
        <Icon name="terminal" size={16} />
        {words.kept(peer, number(lines.length))}
      </summary>
      <div className="hms-stack-tight">
        {again && <p className="hms-muted hms-small">{words.again}</p>}
        <div className="hms-code">
          <SaidLines lines={rows} label={words.label(peer)} />
          <CopyButton text={saidText(lines)} what={words.copy(peer)} />
        </div>
      </div>
    </details>
  )
}
