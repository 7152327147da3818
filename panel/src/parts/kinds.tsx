// What happened, in a word and a colour.
import type { ReactNode } from 'react'
import type { MailEventKind, NumberedEvent } from '../../../client/src/index.ts'
import { Badge, type Tone } from './layout.tsx'
import { messages as words } from '../texts/messages.ts'
import { visible } from './visible.ts'

export const TONES: Readonly<Record<MailEventKind, Tone>> = {
  accepted: 'info',
  delivered: 'ok',
  deferred: 'warn',
  failed: 'bad',
  expired: 'bad',
  bounced: 'bad',
  complained: 'bad',
  unsubscribed: 'warn',
  opened: 'ok',
  clicked: 'ok',
  held: 'quiet',
  released: 'info',
  deleted: 'quiet',
}

export function KindBadge({ kind }: { readonly kind: MailEventKind }): ReactNode {
  return <Badge tone={TONES[kind]}>{words.kinds[kind]}</Badge>
}

/** What it says of itself, in a line. */
export function gistOf(event: NumberedEvent): string {
  return visible(toldBy(event))
}

function toldBy(event: NumberedEvent): string {
  switch (event.kind) {
    case 'accepted':
      return event.subject ?? ''
    case 'delivered':
      return replyText(event.reply)
    case 'deferred':
    case 'failed':
    case 'expired':
      return event.reply === null ? event.reason : replyText(event.reply)
    case 'bounced':
      return event.response
    case 'complained':
      return event.feedbackType
    case 'held':
    case 'released':
    case 'deleted':
      return event.reason
    case 'clicked':
      return event.url ?? event.link ?? ''
    case 'opened':
      return event.agent ?? ''
    case 'unsubscribed':
      return event.by
  }
}

export function replyText({
  code,
  enhanced,
  text,
}: {
  readonly code: number
  readonly enhanced: string | null
  readonly text: string
}): string {
  return [code, enhanced, text].filter((part) => part !== null && part !== '').join(' ')
}

export const senderOf = (event: NumberedEvent): string | null => ('sender' in event ? event.sender : null)
