// Which days of what is kept go: those that are too old for their kind, the oldest beyond what their kind may have, and then the oldest
// of all kinds together. Days are `yyyy-mm-dd`: their order is that of the texts.

export interface KeptKind {
  /** Octets by day. */
  readonly days: ReadonlyMap<string, number>
  /** Days before this one go whatever there is. */
  readonly since: string
  readonly mostBytes: number
  /** From this day on nothing goes for its size: it is still written, or needed. */
  readonly untouched: string
}

/** For each kind the first day that stays. `mostBytes`: of all together, `fixed` among them. */
export function cutoffsOf<Name extends string>(
  kinds: Readonly<Record<Name, KeptKind>>,
  mostBytes: number,
  fixed: number,
): Readonly<Record<Name, string>> {
  const names = Object.keys(kinds) as Name[]
  const cutoffs = Object.fromEntries(names.map((name) => [name, kinds[name].since])) as Record<Name, string>
  const left: { name: Name; day: string; bytes: number }[] = []
  let all = fixed
  for (const name of names) {
    const { days, since, mostBytes: most, untouched } = kinds[name]
    const stay = [...days].filter(([day]) => day >= since).toSorted(([a], [b]) => (a < b ? -1 : 1))
    let own = stay.reduce((sum, [, bytes]) => sum + bytes, 0)
    for (const [day, bytes] of stay) {
      if (own > most && day < untouched) {
        own -= bytes
        cutoffs[name] = dayAfter(day)
      } else if (day < untouched) left.push({ name, day, bytes })
    }
    all += own
  }
  for (const { name, day, bytes } of left.toSorted((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day)))) {
    if (all <= mostBytes) break
    all -= bytes
    cutoffs[name] = dayAfter(day)
  }
  return cutoffs
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
}
