// Lines of a dialog by SMTP, live or kept: who said what, and when.
import type { ReactNode } from 'react'
import { dialogs as words } from '../texts/dialogs.ts'
import { visible } from './visible.ts'
import './said-lines.css'

export interface SaidLine {
  readonly key: number
  readonly when: string
  readonly from: keyof typeof words.who
  readonly text: string
}

interface SaidLinesProps {
  readonly lines: readonly SaidLine[]
  readonly label: string
  /** More come. */
  readonly isLive?: true
}

export function SaidLines({ lines, label, isLive }: SaidLinesProps): ReactNode {
  const role = isLive ? ({ role: 'log', 'aria-live': 'off' } as const) : ({ role: 'region' } as const)
  return (
    <div className="hms-said" tabIndex={0} aria-label={label} {...role}>
      <ol>
        {lines.map(({ key, when, from, text }) => (
          <li key={key} data-from={from}>
            <span className="hms-muted">{when}</span> <span className="hms-said-who">{words.who[from]}</span>{' '}
            <span className="hms-break">{visible(text)}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
