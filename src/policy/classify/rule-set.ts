// The rules made ready: the literals in a text are found in one pass, and only patterns that have one of them are tried, in the order of
// the rules, on an engine whose time is linear in the text. A pattern is compiled when it is first tried.
import type { RE2JS } from 're2js'
import { late } from '../../base/late.ts'
import { LiteralIndex } from './literal-index.ts'
import { type ClassifyRule, PROVIDERS } from './meanings.ts'
import { type Reading, withoutAccents } from './reading.ts'
import { requiredLiterals } from './required.ts'

const re2js = late('re2js')

interface Tried {
  readonly source: string
  compiled: RE2JS | null
}

interface Ready {
  readonly rule: ClassifyRule
  /** Numbers of its patterns. */
  readonly from: number
  readonly to: number
  readonly unless: readonly Tried[]
}

export class RuleSet {
  readonly #rules: readonly Ready[]
  readonly #patterns: Tried[] = []
  readonly #index: LiteralIndex
  readonly #found: Uint8Array

  constructor(rules: readonly ClassifyRule[]) {
    const tried = (pattern: string): Tried => ({ source: pattern, compiled: null })
    const literals: (readonly string[])[] = []
    this.#rules = rules.map((rule) => {
      const from = this.#patterns.length
      for (const pattern of rule.match.map(withoutAccents)) {
        literals.push(requiredLiterals(pattern) ?? [])
        this.#patterns.push(tried(pattern))
      }
      return { rule, from, to: this.#patterns.length, unless: (rule.unless ?? []).map(withoutAccents).map(tried) }
    })
    this.#index = new LiteralIndex(literals)
    this.#found = new Uint8Array(this.#patterns.length)
  }

  /** The first rule that matches. */
  find(reading: Reading, provider: string | null): ClassifyRule | null {
    const found = this.#found
    found.fill(0)
    this.#index.mark(reading.text, found)
    for (const { rule, from, to, unless } of this.#rules) {
      if (!applies(rule, reading, provider) || !this.#matches(reading.text, from, to)) continue
      if (!unless.some((one) => matches(one, reading.text))) return rule
    }
    return null
  }

  #matches(text: string, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const pattern = this.#patterns[i]
      if (this.#found[i] === 1 && pattern !== undefined && matches(pattern, text)) return true
    }
    return false
  }
}

function matches(pattern: Tried, text: string): boolean {
  pattern.compiled ??= re2js().RE2JS.compile(pattern.source)
  return pattern.compiled.test(text)
}

function applies(rule: ClassifyRule, { code, status, marks }: Reading, provider: string | null): boolean {
  if (rule.status !== undefined && !rule.status.includes(status?.slice(2) ?? 'none')) return false
  if (
    rule.replyClass !== undefined &&
    (status === null ? code !== null && Math.floor(code / 100) !== rule.replyClass : Number(status[0]) !== rule.replyClass)
  )
    return false
  if (rule.provider === undefined) return true
  return provider === rule.provider || PROVIDERS[rule.provider].some((mark) => marks.includes(mark))
}
