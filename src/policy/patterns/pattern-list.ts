// An ordered list of patterns that came from outside (the owner's files and rules), of which the first that matches counts. They run on an
// engine whose time is linear in the text, on no more than its first 1,024 characters, and only where a literal of theirs is in it.
import type { RE2JS } from 're2js'
import { messageOf } from '../../base/fault.ts'
import { late } from '../../base/late.ts'
import { literalsOf } from './literals.ts'

const re2js = late('re2js')

/** What a person would read of a reply; more is not looked at. */
const MOST_TEXT = 1024
const MOST_PATTERN = 1000
/** Of the compiled program, as `.{0,400}` has: 1,024 characters chosen to be slow take 0.1 s then, and with ten times as many a second. */
const MOST_STEPS = 500

export interface PatternEntry<T> {
  readonly pattern: Pattern
  readonly value: T
}

/** A pattern without regard to case. */
export class Pattern {
  readonly source: string
  /** One of them is in every text that matches, in lower case; null: it is tried on every text. */
  readonly literals: readonly string[] | null
  readonly #compiled: RE2JS

  private constructor(source: string, compiled: RE2JS) {
    this.source = source
    this.#compiled = compiled
    this.literals = literalsOf(source)
  }

  /** The pattern, or what is wrong with it, as the end of a sentence. */
  static read(source: string): Pattern | { readonly problem: string } {
    if (source.length > MOST_PATTERN) return { problem: `is longer than ${MOST_PATTERN} characters` }
    try {
      const { RE2JS } = re2js()
      const compiled = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
      return compiled.programSize() > MOST_STEPS
        ? { problem: 'repeats too much: at most some 400 characters may be left open in all' }
        : new Pattern(source, compiled)
    } catch (error) {
      return { problem: `cannot be read: ${messageOf(error)}` }
    }
  }

  /** Whether it is worth to be tried. `lower`: the text in lower case. */
  mayMatch(lower: string): boolean {
    return this.literals === null || this.literals.some((literal) => lower.includes(literal))
  }

  /** `lower`: the text in lower case, at most `MOST_TEXT` long. */
  matches(lower: string): boolean {
    return this.#compiled.test(lower)
  }
}

export class PatternList<T> {
  readonly entries: readonly PatternEntry<T>[]
  /** Patterns that ran, since it was made. */
  operations = 0

  constructor(entries: readonly PatternEntry<T>[] = []) {
    this.entries = entries
  }

  /** `counts`: whether an entry is worth to be tried. */
  find(text: string, counts: (value: T) => boolean = () => true): T | undefined {
    if (this.entries.length === 0) return undefined
    const lower = text.slice(0, MOST_TEXT).toLowerCase()
    for (const { pattern, value } of this.entries) {
      if (!counts(value) || !pattern.mayMatch(lower)) continue
      this.operations++
      if (pattern.matches(lower)) return value
    }
    return undefined
  }
}
