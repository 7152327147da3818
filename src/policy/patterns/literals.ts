// What a text must contain to match a pattern: literals, of which at least one is in every text that matches. An ordinary reply is told
// apart by a few substring searches so, and no pattern runs on it. The reading is careful rather than clever: what it does not know for
// sure ends a literal, or makes the whole answer null.

/** Shorter ones are in nearly every reply. */
const LEAST = 3
/** Escapes that stand for a class of characters or a place, and end a literal. */
const CLASSES = new Set('dDwWsSbBAz')

/** In lower case, ASCII; null: nothing can be said, and the pattern has to be tried on every text. */
export function literalsOf(pattern: string): readonly string[] | null {
  const literals: string[] = []
  let rest = pattern
  for (;;) {
    const branch = readBranch(rest)
    if (branch === null || branch.literal.length < LEAST) return null
    literals.push(branch.literal)
    if (branch.length === rest.length) return literals
    rest = rest.slice(branch.length + 1)
  }
}

interface Branch {
  /** The longest literal. */
  readonly literal: string
  /** Up to the `|` that ends it, or the end. */
  readonly length: number
}

function readBranch(pattern: string): Branch | null {
  let best = ''
  let run = ''
  const end = (): void => {
    if (run.length > best.length) best = run
    run = ''
  }
  let at = 0
  while (at < pattern.length && pattern[at] !== '|') {
    const char = pattern[at] ?? ''
    const literal = literalAt(pattern, at)
    if (literal !== null) {
      run += literal.char
      at += literal.length
      continue
    }
    // What may occur any number of times, or never, is no part of it.
    if (char === '*' || char === '?' || char === '{') run = run.slice(0, -1)
    end()
    const next = skip(pattern, at)
    if (next === null) return null
    at = next
  }
  end()
  return { literal: best, length: at }
}

function literalAt(pattern: string, at: number): { readonly char: string; readonly length: number } | null {
  const char = pattern[at] ?? ''
  if (char === '\\') {
    const next = pattern[at + 1] ?? ''
    return /[!-/:-@[-`{-~]/.test(next) ? { char: next, length: 2 } : null
  }
  return /[\w !"#%&',/:;<=>@`~-]/.test(char) ? { char: char.toLowerCase(), length: 1 } : null
}

/** The end of what is no literal; null where it is not understood. */
function skip(pattern: string, at: number): number | null {
  switch (pattern[at]) {
    case '\\':
      return CLASSES.has(pattern[at + 1] ?? '') ? at + 2 : null
    case '[':
      return endOfClass(pattern, at)
    case '(':
      return endOfGroup(pattern, at)
    case '{': {
      const close = pattern.indexOf('}', at)
      return close < 0 ? null : close + 1
    }
    case '*':
    case '+':
    case '?':
    case '.':
    case '^':
    case '$':
      return at + 1
    default:
      return null
  }
}

/** After `]`: one that comes first is a member (`[]x]`). */
function endOfClass(pattern: string, at: number): number | null {
  let i = at + 1
  if (pattern[i] === '^') i++
  if (pattern[i] === ']') i++
  for (; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++
    else if (pattern[i] === '[' && pattern[i + 1] === ':') i = Math.max(i, pattern.indexOf(':]', i + 2) + 1)
    else if (pattern[i] === ']') return i + 1
  }
  return null
}

function endOfGroup(pattern: string, at: number): number | null {
  let depth = 0
  for (let i = at; i < pattern.length;) {
    const char = pattern[i]
    if (char === '\\') {
      i += 2
      continue
    }
    if (char === '[') {
      const end = endOfClass(pattern, i)
      if (end === null) return null
      i = end
      continue
    }
    if (char === '(') depth++
    if (char === ')' && --depth === 0) return i + 1
    i++
  }
  return null
}
