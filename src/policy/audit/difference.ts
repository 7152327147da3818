// Two states of a thing, line by line: what is another now, what came, what went.

export interface DifferenceLine {
  readonly kind: 'gone' | 'came'
  /** `quotas.messagesPerHour: 100` */
  readonly text: string
}

/** Lines of what differs; a value that is another is a line of each kind, in this order. */
export function differenceLines(before: unknown, after: unknown): readonly DifferenceLine[] {
  const [was, is] = [flat(before), flat(after)]
  const lines: DifferenceLine[] = []
  const add = (kind: DifferenceLine['kind'], name: string, value: string | undefined): void => {
    if (value !== undefined) lines.push({ kind, text: name === '' ? value : `${name}: ${value}` })
  }
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    if (was.get(name) === is.get(name)) continue
    add('gone', name, was.get(name))
    add('came', name, is.get(name))
  }
  return lines
}

/** Each value that has no members, under the names that lead to it. */
function flat(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (value === null && path === '') return found
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    for (const [name, member] of Object.entries(value)) flat(member, path === '' ? name : `${path}.${name}`, found)
  else found.set(path, typeof value === 'string' ? value : JSON.stringify(value))
  return found
}
