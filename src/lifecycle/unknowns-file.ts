// The list of replies that no rule knows, as the desk leaves it for commands: a file of its own, which nothing depends on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UnknownReplyView } from '../contract/replies.ts'

export const unknownsFile = (home: string): string => join(home, 'unknowns.json')

/** Nothing where there is none, or none that can be read. */
export function readUnknowns(home: string): readonly UnknownReplyView[] {
  try {
    const read: unknown = JSON.parse(readFileSync(unknownsFile(home), 'utf8'))
    return Array.isArray(read) ? read.filter(isUnknown) : []
  } catch {
    return []
  }
}

function isUnknown(value: unknown): value is UnknownReplyView {
  if (typeof value !== 'object' || value === null) return false
  const { form, count, first, last, sample, domain } = value as Record<string, unknown>
  const texts = typeof form === 'string' && typeof sample === 'string' && typeof domain === 'string'
  return texts && typeof count === 'number' && typeof first === 'number' && typeof last === 'number'
}
