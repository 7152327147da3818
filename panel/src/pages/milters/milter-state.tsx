// How a milter is, in a word and a colour, and why it is not as it should be.
import type { ReactNode } from 'react'
import type { MilterView } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { number, span } from '../../texts/format.ts'
import { milters } from '../../texts/milters.ts'

const words = milters.states
const TONES = { new: 'info', well: 'ok', resting: 'bad' } as const satisfies Record<string, Tone>

export function MilterState({ milter: { enabled, seen } }: { readonly milter: MilterView }): ReactNode {
  if (!enabled) return <Badge tone="quiet">{words.off}</Badge>
  if (seen === undefined) return <Badge tone="info">{words.on}</Badge>
  return <Badge tone={TONES[seen.state]}>{words[seen.state]}</Badge>
}

/** What it was waited for, of each message that it saw. */
export function waitOf({ seen }: MilterView): string {
  if (seen === undefined || seen.counts.messages === 0) return common.none
  const each = seen.counts.waited / seen.counts.messages
  return each < 1000 ? milters.milliseconds(number(Math.round(each * 10) / 10)) : span(each)
}

export const waysOf = ({ ways }: Pick<MilterView, 'ways'>): string => ways.map((way) => milters.ways[way]).join(', ')
