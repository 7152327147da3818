// Literals of which at least one is in every text that a pattern of the rules matches. Where a group has to match, the literals of its
// branches count too: `(?:mailbox|inbox) full` gives ` full`, `(?:is|was) (?:blocked|banned)` gives `blocked` and `banned`.

/** Shorter ones are in nearly every reply; a word of two letters is one where each letter is a word. */
const LEAST = 3

type Literals = readonly string[] | null

class Reader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** Branches up to `)` or the end; null: nothing can be said of one of them. */
  branches(): Literals {
    const all: string[] = []
    let known = true
    for (;;) {
      const one = this.#branch()
      if (one === null) known = false
      else all.push(...one)
      if (this.#pattern[this.#at] !== '|') return known ? all : null
      this.#at++
    }
  }

  #branch(): Literals {
    let best: Literals = null
    let run = ''
    const take = (literals: Literals): void => {
      if (literals !== null && worth(literals) > worth(best)) best = literals
    }
    const end = (): void => {
      if (run !== '') take([run])
      run = ''
    }
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== '|' && this.#pattern[this.#at] !== ')') {
      const item = this.#item()
      if (this.#isOptional()) end()
      else if (typeof item === 'string') {
        run += item
        if (this.#quantified) end()
      } else {
        end()
        take(item)
      }
    }
    end()
    return best !== null && worth(best) >= LEAST ? best : null
  }

  /** A character, the literals of a group, or null for a class or place. */
  #item(): string | Literals {
    const char = this.#pattern[this.#at++] ?? ''
    if (char === '\\') {
      const next = this.#pattern[this.#at++] ?? ''
      return /[a-z]/i.test(next) ? null : next
    }
    if (char === '(') {
      if (this.#pattern.startsWith('?:', this.#at)) this.#at += 2
      const inside = this.branches()
      this.#at++
      return inside
    }
    if (char === '[') {
      if (this.#pattern[this.#at] === '^') this.#at++
      while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ']') this.#at += this.#pattern[this.#at] === '\\' ? 2 : 1
      this.#at++
      return null
    }
    return '.^$'.includes(char) ? null : char
  }

  #quantified = false

  /** Reads a quantifier; true where what it stands after may be absent. */
  #isOptional(): boolean {
    const char = this.#pattern[this.#at]
    this.#quantified = char === '+' || char === '{'
    if (char === '?' || char === '*') {
      this.#at++
      return true
    }
    if (char === '+') this.#at++
    if (char !== '{') return false
    const close = this.#pattern.indexOf('}', this.#at)
    const isAbsent = this.#pattern.startsWith('{0', this.#at)
    this.#at = close + 1
    return isAbsent
  }
}

/** The length of the shortest; a letter that is no ASCII counts twice. */
function worth(literals: Literals): number {
  if (literals === null || literals.length === 0) return 0
  return Math.min(...literals.map((one) => one.length + (/[^ -~]/.test(one) ? one.length : 0)))
}

export function requiredLiterals(pattern: string): readonly string[] | null {
  return new Reader(pattern).branches()
}
