// Something that runs in the background: how far it is, that the server is away where it is, and what came of it.
import { Button } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import type { Run } from '../../../client/src/index.ts'
import { Badge, Card, Notice, type Tone, Waiting } from '../parts/layout.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { ago, size, span } from '../texts/format.ts'
import { runs as words } from '../texts/runs.ts'
import { useRun } from './run-following.ts'
import './run-card.css'

interface RunProps {
  readonly id: number
  /** What is shown once it is done. */
  readonly outcome?: (run: Run) => ReactNode
  /** Told once, when it is over. */
  readonly ended?: (run: Run) => void
  readonly close?: () => void
}

export function RunCard({ id, outcome, ended, close }: RunProps): ReactNode {
  const { run, isAway, error } = useRun(id)
  const isTold = useRef<number | null>(null)
  useEffect(() => {
    if (run === undefined || run.ended === null || isTold.current === run.id) return
    isTold.current = run.id
    ended?.(run)
  }, [run, ended])
  if (run === undefined)
    return (
      <Card>
        {error === null ? <Waiting lines={3} /> : <ProblemNotice error={error} />}
        {isAway && <p className="hms-muted">{words.away}</p>}
      </Card>
    )
  const { kind, subject, by, at } = run
  const actions = (
    <>
      <RunBadge run={run} />
      {close !== undefined && run.ended !== null && (
        <Button size="xs" variant="default" onClick={close}>
          {words.close}
        </Button>
      )}
    </>
  )
  return (
    <Card title={words.kinds[kind]} about={words.by(by, ago(at))} actions={actions}>
      <div className="hms-stack">
        {subject !== null && <p className="hms-break">{subject}</p>}
        {run.ended === null ? <Underway run={run} isAway={isAway} /> : <Ended run={run} outcome={outcome} />}
      </div>
    </Card>
  )
}

function Underway({ run: { progress }, isAway }: { readonly run: Run; readonly isAway: boolean }): ReactNode {
  const isMeasured = progress !== null && progress.total > 0
  return (
    <div className="hms-stack-tight" role="status">
      <div className="hms-spread">
        <span>{progress?.doing ?? words.beginning}</span>
        {isMeasured && <span className="hms-muted hms-small">{words.of(size(progress.done), size(progress.total))}</span>}
      </div>
      <progress
        className="hms-progress"
        aria-label={words.progress}
        max={isMeasured ? progress.total : undefined}
        value={isMeasured ? progress.done : undefined}
      />
      {isAway && <p className="hms-muted">{words.away}</p>}
    </div>
  )
}

function Ended({ run, outcome }: { readonly run: Run; readonly outcome: RunProps['outcome'] }): ReactNode {
  const { failure } = run
  return (
    <>
      {failure !== null && (
        <div role="alert">
          <Notice tone="bad" title={failure.message}>
            {failure.mend !== null && <p>{failure.mend}</p>}
          </Notice>
        </div>
      )}
      {outcome?.(run)}
      <p className="hms-muted hms-small">{words.took(span((run.ended ?? run.at) - run.at))}</p>
    </>
  )
}

export function RunBadge({ run: { ended, failure } }: { readonly run: Run }): ReactNode {
  const [tone, word]: readonly [Tone, string] =
    ended === null ? ['info', words.states.running] : failure === null ? ['ok', words.states.done] : ['bad', words.states.failed]
  return <Badge tone={tone}>{word}</Badge>
}
