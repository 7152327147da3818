// A template while it is written: its parts as fields have them, and as calls take them.
import type { TemplateParts } from '../../../../client/src/index.ts'

export interface Draft {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export const EMPTY: Draft = { subject: '', text: '', html: '' }

export const draftOf = ({ subject = '', text = '', html = '' }: TemplateParts): Draft => ({ subject, text, html })

/** What is empty is not there. */
export const partsOf = ({ subject, text, html }: Draft): TemplateParts => ({
  ...(subject.trim() !== '' && { subject: subject.trim() }),
  ...(text !== '' && { text }),
  ...(html !== '' && { html }),
})

export const isSame = (a: Draft, b: Draft): boolean => a.subject === b.subject && a.text === b.text && a.html === b.html

/** A string: what is wrong, a sentence. */
export type SampleData = Readonly<Record<string, unknown>> | string

/** With a value for each of the paths that are missing: their own name. */
export function filledUp(data: Readonly<Record<string, unknown>>, missing: readonly string[]): Readonly<Record<string, unknown>> {
  const filled = structuredClone(data) as Record<string, unknown>
  for (const path of missing) {
    const steps = path.split('.')
    let at = filled
    for (const [n, step] of steps.entries()) {
      const next = at[step]
      if (n === steps.length - 1) at[step] = step
      else if (typeof next === 'object' && next !== null) at = next as Record<string, unknown>
      else at = at[step] = {} as Record<string, unknown>
    }
  }
  return filled
}
