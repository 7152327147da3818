// How an account stands, in a word and a colour.
import type { ReactNode } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { accounts as words } from '../../texts/accounts.ts'

const TONES: Readonly<Record<Account['state'], Tone>> = { trial: 'info', active: 'ok', limited: 'warn', held: 'warn', suspended: 'bad' }

export function StateBadge({ account: { state } }: { readonly account: Account }): ReactNode {
  return <Badge tone={TONES[state]}>{words.states[state]}</Badge>
}
