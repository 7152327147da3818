// Whoever logged in with the first password sets one of his own, and a second factor.
import type { ReactNode } from 'react'
import { CodesForm, PasswordForm } from '../../app/one-time-codes.tsx'
import { useMe } from '../../app/session.ts'
import { Notice } from '../../parts/layout.tsx'
import { ownAccess } from '../../texts/own-access.ts'
import { setup } from '../../texts/setup.ts'
import { Step } from './step.tsx'

const words = setup.person

export function PersonStep(): ReactNode {
  const { user } = useMe()
  const hasFactor = user !== null && (user.hasTotp || user.passkeys > 0)
  // Who logs in by a provider alone has both there.
  const isDone = hasFactor || user?.onlyBy != null
  return (
    <Step title={setup.steps.person} about={words.about} isDone={isDone}>
      {user?.onlyBy == null && <PasswordForm />}
      {hasFactor ? <Notice tone="ok" title={words.factorOn} /> : user?.onlyBy == null && <CodesForm />}
      <p className="hms-muted hms-small">{ownAccess.more}</p>
    </Step>
  )
}
