// Kinds of events as they are typed.
import { MAIL_EVENT_KINDS, type MailEventKind } from '../../../contract/events.ts'
import { badArgument } from '../../cli.ts'

export function kindOf(text: string): MailEventKind {
  const kind = MAIL_EVENT_KINDS.find((one) => one === text)
  if (kind === undefined) throw badArgument(`"${text}" is none of ${MAIL_EVENT_KINDS.join(', ')}.`)
  return kind
}
