// A three-way merge of settings files, pure: what the owner changed and what a version changed since the default that the owner
// started from. A setting that both changed is a conflict and left to a choice; comments are kept from both and never conflict.
import { diff3Merge } from 'node-diff3'
import { type Section, sectionsOf } from './sections.ts'

export interface Conflict {
  /** The setting. */
  readonly id: string
  /** In the owner's file; null where it is not there. */
  readonly line: number | null
  /** Lines; empty where it is not there. */
  readonly base: readonly string[]
  readonly mine: readonly string[]
  readonly theirs: readonly string[]
}

export type Piece = { readonly lines: readonly string[] } | { readonly conflict: Conflict }
export type Side = 'mine' | 'theirs'

export interface Three {
  readonly base: string
  readonly mine: string
  readonly theirs: string
}

/** The merged file in pieces, in order. */
export function mergeSettings({ base, mine, theirs }: Three): Piece[] {
  const sides = { base: byKey(base), mine: byKey(mine), theirs: byKey(theirs) }
  return orderOf(sides).flatMap((key) => {
    const piece = mergeSection(key, sides.base.get(key), sides.mine.get(key), sides.theirs.get(key))
    return 'lines' in piece && piece.lines.length === 0 ? [] : [piece]
  })
}

/** The text with each conflict decided; undefined as long as one is not. */
export function mergedText(pieces: readonly Piece[], decide: (conflict: Conflict) => Side | undefined): string | undefined {
  const lines: string[] = []
  for (const piece of pieces) {
    const side = 'conflict' in piece ? decide(piece.conflict) : undefined
    if ('lines' in piece) lines.push(...piece.lines)
    else if (side === undefined) return undefined
    else lines.push(...piece.conflict[side])
  }
  return `${lines.join('\n').trimEnd()}\n`
}

type ByKey = ReadonlyMap<string, Section>

function byKey(text: string): ByKey {
  // An editor of another system changes every line end, and YAML sees no difference.
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  return new Map(sectionsOf(plain).map((section) => [section.key, section]))
}

/** Keys in the order of the merged file: where both sides put something at one place, the new version's comes first. */
function orderOf({ base, mine, theirs }: { base: ByKey; mine: ByKey; theirs: ByKey }): string[] {
  const regions = diff3Merge([...mine.keys()], [...base.keys()], [...theirs.keys()])
  const order = new Set<string>()
  for (const { ok, conflict } of regions) for (const key of ok ?? [...(conflict?.b ?? []), ...(conflict?.a ?? [])]) order.add(key)
  // What one side took out and the other changed is in neither order: it is for the merge of the section to say.
  for (const key of [...base.keys(), ...mine.keys()]) if (mine.has(key) !== theirs.has(key)) order.add(key)
  return [...order]
}

function mergeSection(key: string, base: Section | undefined, mine: Section | undefined, theirs: Section | undefined): Piece {
  const [o, a, b] = [base, mine, theirs].map((section) => section?.lines ?? []) as [readonly string[], readonly string[], readonly string[]]
  if (same(a, o) || same(a, b)) return { lines: b }
  if (same(b, o)) return { lines: a }
  const kind = (mine ?? theirs ?? base)?.kind
  if (kind === 'comment') return { lines: mergeComment(o, a, b) }
  // A default that is only listed and that the owner took out of the file: nothing is lost by leaving it out.
  if (mine === undefined && b.every((line) => line.startsWith('#'))) return { lines: [] }
  return { conflict: { id: key.replace(/#\d+$/, ''), line: mine?.line ?? null, base: o, mine: a, theirs: b } }
}

/** The new version's words, and the lines that the owner wrote. A comment that the owner took out stays out. */
function mergeComment(base: readonly string[], mine: readonly string[], theirs: readonly string[]): readonly string[] {
  if (mine.length === 0) return []
  const lines: string[] = []
  for (const { ok, conflict } of diff3Merge([...mine], [...base], [...theirs], { excludeFalseConflicts: true })) {
    const own = conflict?.a.filter((line) => line !== '' && !conflict.o.includes(line) && !conflict.b.includes(line)) ?? []
    lines.push(...(ok ?? own), ...(conflict?.b ?? []))
  }
  return lines
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i])
}
