// Which block of a rule a reply is about. Patterns come from documents that others may have written: they run on an engine whose time is
// linear in the text, over its first characters, and only where a literal of theirs is in it (policy/patterns).
import { BLOCK_BOUNDS, type BlockRule } from '../../contract/blocks.ts'
import { Pattern } from '../patterns/pattern-list.ts'

/** The form in which patterns see a reply: `421 4.7.0 too many connections`. `line`: code, enhanced code where there is one, text. */
export function blockText(line: string): string {
  return line.slice(0, BLOCK_BOUNDS.text).toLowerCase()
}

/** Examples that do not hold: replies that it should match and does not, and the other way round. */
export function brokenExamples(
  pattern: Pattern,
  { matches = [], not = [] }: BlockRule,
): { readonly missed: readonly string[]; readonly taken: readonly string[] } {
  const hits = (line: string): boolean => pattern.matches(blockText(line))
  return { missed: matches.filter((line) => !hits(line)), taken: not.filter(hits) }
}

interface Readied {
  readonly block: BlockRule
  readonly pattern: Pattern
}

/** The blocks of one rule, compiled once. */
export class BlockMatcher {
  readonly #readied: readonly Readied[]
  /** Patterns that ran. */
  operations = 0

  constructor(blocks: readonly BlockRule[]) {
    const readied = blocks.flatMap((block) => {
      const pattern = Pattern.read(block.match)
      // A document of a newer program may have what this one cannot read.
      return 'problem' in pattern ? [] : [{ block, pattern }]
    })
    this.#readied = readied.toSorted((a, b) => b.block.priority - a.block.priority)
  }

  /** Of those that match the one of the highest priority, then the first. `text`: see `blockText`. */
  find(text: string): BlockRule | undefined {
    return this.#readied.find(({ pattern }) => {
      if (!pattern.mayMatch(text)) return false
      this.operations++
      return pattern.matches(text)
    })?.block
  }
}
