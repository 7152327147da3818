// That an account is kept back, to those who are of it: since when, why, and what that means for its mail.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Notice, type Tone } from '../../parts/layout.tsx'
import { accountStates } from '../../texts/account-states.ts'
import { ago, time } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.standing
const TONES: Readonly<Partial<Record<keyof typeof accountStates.states, Tone>>> = { suspended: 'bad', held: 'bad', limited: 'warn' }
const LOOK_EVERY = 30_000

export function Standing({ account: id }: { readonly account: number }): ReactNode {
  const shown = useQuery({
    queryKey: ['accounts', 'standing', id],
    queryFn: ({ signal }) => api.accounts.show(id, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  if (shown.data === undefined) return null
  const { state, standing } = shown.data.account
  const tone = TONES[state]
  if (tone === undefined) return null
  const link = (
    <ButtonLink to="/accounts/$id" params={{ id: String(id) }} size="xs" variant="default">
      {words.open}
    </ButtonLink>
  )
  return (
    <Notice tone={tone} title={words.title(accountStates.states[state])} actions={link}>
      <p>{accountStates.stateAbout[state]}</p>
      {standing !== undefined && (
        <p>
          {standing.reason !== '' && `${standing.reason} · `}
          {words.since(ago(standing.since))}
          {standing.until !== null && ` · ${words.until(time(standing.until))}`}
        </p>
      )}
      <p className="hms-muted">{words.mend}</p>
    </Notice>
  )
}
