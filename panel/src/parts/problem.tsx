// What went wrong, in words: as the server says it (rfc:9457), with what to do and where it is explained; or that no answer came.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { NoAnswer, Problem } from '../../../client/src/index.ts'
import { common } from '../texts/common.ts'
import { Notice } from './layout.tsx'

interface ProblemProps {
  readonly error: unknown
  /** Tries again. */
  readonly again?: (() => void) | undefined
  /** A way to the mend, where there is a page for it. */
  readonly mend?: ReactNode
}

export function ProblemNotice({ error, again, mend }: ProblemProps): ReactNode {
  const words = common.problem
  const retry = again !== undefined && (
    <Button variant="default" size="xs" onClick={again}>
      {common.retry}
    </Button>
  )
  const actions = (
    <>
      {mend}
      {retry}
    </>
  )
  if (error instanceof Problem)
    return (
      <div role="alert">
        <Notice tone="bad" title={error.detail} actions={actions}>
          {error.mend !== undefined && <p>{error.mend}</p>}
          <p className="hms-small hms-muted">
            {words.code} <code>{error.code}</code> ·{' '}
            <a href={error.type} target="_blank" rel="noreferrer">
              {words.reference}
            </a>
          </p>
        </Notice>
      </div>
    )
  const isSilent = error instanceof NoAnswer
  return (
    <div role="alert">
      <Notice tone="bad" title={isSilent ? words.noAnswer : words.unknown} actions={actions}>
        <p>{isSilent ? words.noAnswerMend : words.unknownMend}</p>
        {!isSilent && error instanceof Error && <p className="hms-small hms-muted">{error.message}</p>}
      </Notice>
    </div>
  )
}
