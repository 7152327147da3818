// Two states of a thing, line by line: what is another now, what came, what went.

export interface DifferenceLine {
  readonly kind: 'gone' | 'came'
  /** `quotas.messagesPerHour: 100` */
  readonly text: string
}

/** One value that is another; undefined: it was not there, or is not there any more. */
export interface Difference {
  /** The names that lead to it: `quotas.messagesPerHour`; empty: the whole. */
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

export function differences(before: unknown, after: unknown): readonly Difference[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((name) => ({ name, before: was.get(name), after: is.get(name) }))
    .filter((one) => one.before !== one.after)
}

/** Lines of what differs; a value that is another is a line of each kind, in this order. */
export function differenceLines(before: unknown, after: unknown): readonly DifferenceLine[] {
  return differences(before, after).flatMap((one) => {
    const line = (kind: DifferenceLine['kind'], value: string | undefined): DifferenceLine[] =>
      value === undefined ? [] : [{ kind, text: one.name === '' ? value : `${one.name}: ${value}` }]
    return line('gone', one.before).concat(line('came', one.after))
  })
}

/** A thing with what its fields say of moments as `text` has them: `at`, `madeAt`, `linkUntil`. */
export function withMoments(value: unknown, text: (at: number) => string, name = ''): unknown {
  if (typeof value === 'number' && value >= FIRST_MOMENT && MOMENTS.test(name)) return text(value)
  if (Array.isArray(value)) return value.map((one) => withMoments(one, text, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withMoments(member, text, key)]))
}

/** September 2001: what is less is an amount. */
const FIRST_MOMENT = 1e12
const MOMENTS = /^(?:at|until|since|after|before)$|(?:At|Until|Since|Login|Use)$/

/** Each value that has no members, under the names that lead to it. */
function flat(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (value === null && path === '') return found
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    for (const [name, member] of Object.entries(value)) flat(member, path === '' ? name : `${path}.${name}`, found)
  else found.set(path, typeof value === 'string' ? value : JSON.stringify(value))
  return found
}
