// What an entry names and how recipients are found in it: an address as one key, its domain as another, and a few patterns.

const WILDCARDS = /[*?]/g

/**
 * The key of an address whose domain is in its one form already: local parts are the same whatever their case. `*` and `?` may stand in
 * local parts: as `%2a` and `%3f`, so that what becomes of `*@example.com` is never a pattern of all its domain.
 */
export function addressKey(address: string): string {
  const plain =
    address.includes('*') || address.includes('?') ? address.replace(WILDCARDS, (char) => `%${char.charCodeAt(0).toString(16)}`) : address
  const lower = plain.toLowerCase()
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(lower) ? lower : lower.normalize('NFC')
}

/** The key of the domain of a key. */
export function domainKey(key: string): string {
  return key.slice(key.lastIndexOf('@'))
}

export function isPattern(target: string): boolean {
  return target.includes('*') || target.includes('?')
}

/** `*` for anything, `?` for one character. In time of the product of both lengths at most. */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, in_, star, resumed] = [0, 0, -1, 0]
  while (in_ < text.length) {
    const char = pattern[at]
    if (char === '*') {
      star = at++
      resumed = in_
    } else if (char === '?' || (char !== undefined && char === text[in_])) {
      at++
      in_++
    } else if (star >= 0) {
      at = star + 1
      in_ = ++resumed
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
