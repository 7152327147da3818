// A value as the file has it, and in a word where it comes from.
import type { ReactNode } from 'react'
import type { OptionView } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { settings as words } from '../../texts/settings.ts'
import { typedOf } from './typed.ts'

export function SettingValue({ text }: { readonly text: string }): ReactNode {
  const typed = typedOf(text)
  return typed === '' ? <span className="hms-muted">{words.emptyValue}</span> : <span className="hms-mono hms-break">{typed}</span>
}

const TONES: Readonly<Record<OptionView['from'], Tone>> = { default: 'quiet', file: 'info', environment: 'info' }

export function SettingState({ option: { from, running } }: { readonly option: OptionView }): ReactNode {
  return (
    <span className="hms-row">
      <Badge tone={TONES[from]}>{words.states[from]}</Badge>
      {running !== null && <Badge tone="warn">{words.states.pending}</Badge>}
    </span>
  )
}
