// How an endpoint is, in a word and a colour, and the kinds of events that it may be told.
import type { ReactNode } from 'react'
import type { MailEventKind, WebhookStateName } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { messages } from '../../texts/messages.ts'
import { webhooks as words } from '../../texts/webhooks.ts'

const TONES: Readonly<Record<WebhookStateName, Tone>> = { new: 'info', well: 'ok', failing: 'warn', dead: 'bad', gone: 'bad', off: 'quiet' }

export function StateBadge({ state }: { readonly state: WebhookStateName }): ReactNode {
  return <Badge tone={TONES[state]}>{words.states[state]}</Badge>
}

export const KIND_CHOICES = (Object.keys(messages.kinds) as MailEventKind[]).map((value) => ({ value, label: messages.kinds[value] }))
export const kindsText = (kinds: readonly MailEventKind[] | null): string =>
  kinds === null ? words.fields.allKinds : kinds.map((kind) => messages.kinds[kind]).join(', ')
