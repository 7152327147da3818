// One step of the set-up: a card that says whether it is done.
import type { ReactNode } from 'react'
import { Badge, Card } from '../../parts/layout.tsx'
import { setup as words } from '../../texts/setup.ts'

interface StepProps {
  readonly title: string
  readonly about: string
  /** Undefined: it is not known yet. */
  readonly isDone: boolean | undefined
  readonly children: ReactNode
}

export function Step({ title, about, isDone, children }: StepProps): ReactNode {
  const state = isDone !== undefined && <Badge tone={isDone ? 'ok' : 'warn'}>{isDone ? words.done : words.open}</Badge>
  return (
    <Card title={title} about={about} actions={state}>
      <div className="hms-stack">{children}</div>
    </Card>
  )
}
