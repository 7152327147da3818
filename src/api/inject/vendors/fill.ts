// Text with places to fill: cut once at every place, then put together for each recipient. A tag is looked for in a tree of all of them, so that
// their number costs nothing; text and tags that are made for each other to cost more than others are refused.
import { refuse } from '../refused.ts'

export const LONGEST_TAG = 100

interface Branch {
  readonly next: Map<number, Branch>
  isEnd: boolean
}

/** What stands between places, and the tag of each place after it. */
export interface CutText {
  readonly pieces: readonly string[]
  readonly tags: readonly string[]
}

function treeOf(tags: Iterable<string>): Branch {
  const root: Branch = { next: new Map(), isEnd: false }
  for (const tag of tags) {
    let branch = root
    for (let i = 0; i < tag.length; i++) {
      const code = tag.charCodeAt(i)
      const next: Branch = branch.next.get(code) ?? { next: new Map(), isEnd: false }
      branch.next.set(code, next)
      branch = next
    }
    if (branch !== root) branch.isEnd = true
  }
  return root
}

/** Characters that looked like more of a tag, of all texts of a call. */
const MOST_LOOKS = 5_000_000

/** Length of the longest tag at `at`; 0: none. */
function tagAt(text: string, at: number, root: Branch): { readonly length: number; readonly looks: number } {
  let length = 0
  let branch = root.next.get(text.charCodeAt(at))
  let end = at
  while (branch !== undefined) {
    end++
    if (branch.isEnd) length = end - at
    branch = branch.next.get(text.charCodeAt(end))
  }
  return { length, looks: end - at }
}

/** Cuts at each of `tags`, the longest where several begin at one place. */
export function cutter(tags: Iterable<string>): (text: string) => CutText {
  const root = treeOf(tags)
  let left = MOST_LOOKS
  return (text) => {
    const cut: { pieces: string[]; tags: string[] } = { pieces: [], tags: [] }
    let last = 0
    for (let at = 0; at < text.length; at++) {
      if (!root.next.has(text.charCodeAt(at))) continue
      const { length, looks } = tagAt(text, at, root)
      left -= looks
      if (left < 0) refuse('too-large', 'The text has too much in it that begins as a substitution does.', 'substitutions')
      if (length === 0) continue
      cut.pieces.push(text.slice(last, at))
      cut.tags.push(text.slice(at, at + length))
      last = at + length
      at = last - 1
    }
    cut.pieces.push(text.slice(last))
    return cut
  }
}

/** Cuts at `%%Field%%`; a field's name has no blank in it and is told in lower case. */
export function cutFields(text: string): CutText {
  const cut: { pieces: string[]; tags: string[] } = { pieces: [], tags: [] }
  let last = 0
  for (let open = text.indexOf('%%'); open >= 0;) {
    const close = text.indexOf('%%', open + 2)
    if (close < 0) break
    const name = text.slice(open + 2, Math.min(close, open + 2 + LONGEST_TAG + 1))
    if (name === '' || name.length > LONGEST_TAG || /\s/.test(name)) {
      // What closes nothing may open.
      open = close
      continue
    }
    cut.pieces.push(text.slice(last, open))
    cut.tags.push(name.toLowerCase())
    last = close + 2
    open = text.indexOf('%%', last)
  }
  cut.pieces.push(text.slice(last))
  return cut
}

export function filled({ pieces, tags }: CutText, value: (tag: string) => string): string {
  if (tags.length === 0) return pieces[0] ?? ''
  let text = ''
  for (const [n, piece] of pieces.entries()) {
    const tag = tags[n]
    text += tag === undefined ? piece : piece + value(tag)
  }
  return text
}
