// Whether a user can log in, and what second factor there is, in a word and a colour.
import type { ReactNode } from 'react'
import type { UserView } from '../../../../client/src/index.ts'
import { Badge } from '../../parts/layout.tsx'
import { users as words } from '../../texts/users.ts'

export const isAhead = (at: number): boolean => at > Date.now()

export function UserState({
  user: { lockedAt, onlyBy, hasPassword, passkeys, linkUntil, lastLogin },
}: {
  readonly user: UserView
}): ReactNode {
  if (lockedAt !== null) return <Badge tone="bad">{words.states.locked}</Badge>
  if (onlyBy !== null) return <Badge tone="ok">{words.states.provider}</Badge>
  if (hasPassword || passkeys > 0) return <Badge tone="ok">{words.states.active}</Badge>
  if (linkUntil !== null)
    return isAhead(linkUntil) ? <Badge tone="info">{words.states.invited}</Badge> : <Badge tone="warn">{words.states.late}</Badge>
  return <Badge tone="quiet">{lastLogin === null ? words.states.none : words.states.provider}</Badge>
}

export const hasFactor = ({ hasTotp, passkeys, onlyBy }: UserView): boolean => hasTotp || passkeys > 0 || onlyBy !== null

export function factorText({ hasTotp, passkeys, onlyBy }: UserView): string {
  if (onlyBy !== null) return words.factors.provider(onlyBy)
  const parts = [...(hasTotp ? [words.factors.codes] : []), ...(passkeys > 0 ? [words.factors.passkeys(passkeys)] : [])]
  return parts.length === 0 ? words.factors.none : parts.join(', ')
}
