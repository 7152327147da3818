// Subject, text and HTML of a message or of a template, filled in at once.
import { asLiquid, type Scope, Source } from './liquid.ts'

export interface LiquidParts {
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
}

type Part = keyof LiquidParts

const PARTS = [
  ['subject', 'the subject', 'plain'],
  ['text', 'the text', 'plain'],
  ['html', 'the HTML', 'html'],
] as const
/** Tracking fills it in later. */
const GIVEN = { HsUnsubscribe: '{{HsUnsubscribe}}' }

/** Throws a Fault `template-invalid`. */
export function partSources(parts: LiquidParts): readonly (readonly [Part, Source])[] {
  return PARTS.flatMap(([part, what, kind]) => {
    const source = parts[part]
    return source === undefined ? [] : [[part, new Source(what, kind, asLiquid(source))] as const]
  })
}

/** Those that are there. Throws a Fault `template-invalid` or `template-failed`. */
export function partsFilled(parts: LiquidParts, scope: Scope): Partial<Record<Part, string>> {
  const filled = partSources(parts).map(([part, source]) => {
    const text = source.render({ ...scope, all: { ...GIVEN, ...scope.all } })
    return [part, part === 'subject' ? text.replaceAll(/[\r\n\0]+/g, ' ').trim() : text] as const
  })
  return Object.fromEntries(filled)
}
