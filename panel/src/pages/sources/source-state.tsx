// How a source is, in a word and a colour, and why.
import type { ReactNode } from 'react'
import type { SourceView } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { ago } from '../../texts/format.ts'
import { sources } from '../../texts/sources.ts'

const words = sources.list
type StateName = keyof typeof words.states

const TONES: Readonly<Record<StateName, Tone>> = {
  used: 'ok',
  out: 'bad',
  failed: 'bad',
  suspended: 'warn',
  draining: 'warn',
  forced: 'info',
  unused: 'quiet',
}

function stateOf({ hand, failures, out, pools }: SourceView): StateName {
  if (hand !== null) return hand
  if (failures.length > 0) return 'failed'
  if (out !== null) return 'out'
  return pools.length === 0 ? 'unused' : 'used'
}

/** Whether mail may leave from it. */
export const isUsable = (source: SourceView): boolean => stateOf(source) === 'used' || stateOf(source) === 'forced'

export function SourceState({ source }: { readonly source: SourceView }): ReactNode {
  const { hand, by, at, note, failures, out } = source
  const state = stateOf(source)
  const lines = [
    ...(hand !== null && by !== null && at !== null ? [words.by(by, ago(at))] : []),
    ...(hand !== null && note !== '' ? [note] : []),
    ...failures,
    ...(out === null ? [] : [out.reason, words.outUntil(ago(out.until))]),
  ]
  return (
    <>
      <Badge tone={TONES[state]}>{words.states[state]}</Badge>
      {lines.map((line) => (
        <div key={line} className="hms-muted hms-small hms-break">
          {line}
        </div>
      ))}
    </>
  )
}
