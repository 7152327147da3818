// A settings file cut into sections that a merge can match by name: each setting (set, nested or commented out) is one, each
// paragraph of comment above a setting is one. Matching names instead of lines keeps a setting that the owner changed and a
// new one that a version puts next to it apart.

export interface Section {
  /** `smtp.listen`, `above smtp.listen/1` (paragraphs counted from the setting up), `head/1` from the top of the file. */
  readonly key: string
  readonly kind: 'setting' | 'comment'
  readonly line: number
  readonly lines: readonly string[]
}

const SETTING = /^#?["']?([a-z][\w.]*)["']?\s*:(?:\s|$)/i
const CONTINUED = /^(?:\s+\S|- )/

/** Joining the lines of all sections gives the text again. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  const seen = new Map<string, number>()
  const unique = (key: string): string => {
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? key : `${key}#${count}`
  }
  const lines = text.split('\n')
  let first = true
  for (let at = 0; at < lines.length;) {
    const comments: { line: number; lines: string[] }[] = []
    while (at < lines.length && !isSetting(lines[at] ?? '')) {
      const start = at
      while (at < lines.length && !isSetting(lines[at] ?? '') && (at === start || (lines[at] ?? '') === '' || (lines[at - 1] ?? '') !== ''))
        at++
      comments.push({ line: start + 1, lines: lines.slice(start, at) })
    }
    const start = at
    const name = SETTING.exec(lines[at] ?? '')?.[1] ?? 'end'
    if (at < lines.length) at++
    while (goesOn(lines, at)) at++
    for (const [i, comment] of comments.entries()) {
      const key = first && i < comments.length - 1 ? `head/${i}` : `above ${name}/${comments.length - 1 - i}`
      sections.push({ key: unique(key), kind: 'comment', ...comment })
    }
    if (at > start) sections.push({ key: unique(name), kind: 'setting', line: start + 1, lines: lines.slice(start, at) })
    first = false
  }
  return sections
}

/** Indented lines belong to the setting above them, with the blank ones between them. */
function goesOn(lines: readonly string[], at: number): boolean {
  const next = lines.slice(at).find((line) => line.trim() !== '')
  return next !== undefined && CONTINUED.test(next)
}

function isSetting(line: string): boolean {
  return SETTING.test(line) || CONTINUED.test(line)
}
