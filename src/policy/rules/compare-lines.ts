// Two documents of rules side by side, line by line: what differs with some lines around it. What they have in common at both ends is left
// out before they are compared, and what differs beyond a bound is told as taken out and put in.
import type { RulesLine } from '../../contract/rules-answers.ts'
import { diffIndices } from 'node-diff3'

const AROUND = 3
/** Lines that are compared, and lines that are told. */
const MOST_COMPARED = 5000
const MOST_TOLD = 2000

export function compareLines(before: string, after: string): { readonly lines: readonly RulesLine[]; readonly isCut: boolean } {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  if (head === a.length && head === b.length) return { lines: [], isCut: false }
  const from = Math.max(0, head - AROUND)
  const behind = Math.max(0, tail - AROUND)
  const lines = sideBySide(a.slice(from, a.length - behind), b.slice(from, b.length - behind), from)
  const shown = aroundChanges(lines)
  return { lines: shown.slice(0, MOST_TOLD), isCut: shown.length > MOST_TOLD }
}

/** Numbers of lines are from 1. */
function sideBySide(a: readonly string[], b: readonly string[], from: number): readonly RulesLine[] {
  const lines: RulesLine[] = []
  let [x, y] = [0, 0]
  const same = (until: number): void => {
    for (; x < until; x++, y++) lines.push({ kind: 'same', text: a[x] ?? '', before: from + x + 1, after: from + y + 1 })
  }
  const changed = (untilA: number, untilB: number): void => {
    for (; x < untilA; x++) lines.push({ kind: 'removed', text: a[x] ?? '', before: from + x + 1, after: null })
    for (; y < untilB; y++) lines.push({ kind: 'added', text: b[y] ?? '', before: null, after: from + y + 1 })
  }
  if (a.length + b.length <= MOST_COMPARED) {
    for (const { buffer1, buffer2 } of diffIndices([...a], [...b])) {
      const [start = 0, length = 0] = buffer1
      same(start)
      changed(start + length, y + (buffer2[1] ?? 0))
    }
    same(a.length)
  } else changed(a.length, b.length)
  return lines
}

function aroundChanges(lines: readonly RulesLine[]): readonly RulesLine[] {
  const near = new Set<number>()
  for (const [n, { kind }] of lines.entries()) if (kind !== 'same') for (let at = n - AROUND; at <= n + AROUND; at++) near.add(at)
  return lines.filter((_line, n) => near.has(n))
}
