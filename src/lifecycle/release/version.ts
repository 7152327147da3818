// Version numbers of releases (semver.org 2.0.0, without build metadata): their form and their order.

const PART = '(0|[1-9]\\d{0,5})'
const VERSION = new RegExp(`^${PART}\\.${PART}\\.${PART}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`)
const MOST_LENGTH = 64

export function isVersion(text: string): boolean {
  return text.length <= MOST_LENGTH && VERSION.test(text)
}

/** Below 0 where `a` is the older, 0 where they are the same. A pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)]
  for (let i = 1; i <= 3; i++) {
    const difference = Number(left?.[i]) - Number(right?.[i])
    if (difference !== 0) return difference
  }
  const [before, after] = [left?.[4], right?.[4]]
  if (before === undefined || after === undefined) return Number(before === undefined) - Number(after === undefined)
  return comparePreReleases(before.split('.'), after.split('.'))
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    if (right === undefined) return 1
    if (left === right) continue
    const [x, y] = [left, right].map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN)) as [number, number]
    // Numbers come before words.
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y) ? (left < right ? -1 : 1) : Number.isNaN(x) ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
