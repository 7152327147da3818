// Liquid of callers: a message for one, filled in when it is handed in; and what goes wrong with it, in the words of a call.
import { Fault } from '../../base/fault.ts'
import type { InjectedMessage, Problem } from '../../contract/injection.ts'
import { asLiquid, type Scope, Source } from '../../message/merge/liquid.ts'

const PARTS = [
  ['subject', 'the subject', 'plain'],
  ['text', 'the text', 'plain'],
  ['html', 'the HTML', 'html'],
] as const
/** Tracking fills it in later. */
const UNSUBSCRIBE = '{{HsUnsubscribe}}'

/** The message with its Liquid filled in. Throws a Fault where it cannot be. */
export function filledMessage(message: InjectedMessage): InjectedMessage {
  const { data = {}, missing = 'error', template: _template, data: _data, missing: _missing, ...rest } = message
  const scope: Scope = { own: data, all: { HsUnsubscribe: UNSUBSCRIBE }, missing }
  const filled = PARTS.flatMap(([part, what, kind]) => {
    const source = message[part]
    if (source === undefined) return []
    const text = new Source(what, kind, asLiquid(source)).render(scope)
    return [[part, part === 'subject' ? text.replaceAll(/[\r\n\0]+/g, ' ').trim() : text] as const]
  })
  return { ...rest, ...Object.fromEntries(filled) }
}

/** Null: it is a bug, or none of the caller's making. */
export function problemOf(error: unknown): Problem | null {
  if (!(error instanceof Fault) || error.blame !== 'caller') return null
  const code =
    error.code === 'template-failed' ? 'merge-failed' : error.code === 'template-not-found' ? 'template-not-found' : 'invalid-field'
  return { code, message: error.message }
}
