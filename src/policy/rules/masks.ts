// Masks of domains and of MX hosts: `name`, `*.name` (what is below it), `name.*` (any ending), `*`. Matching a name asks for as many
// entries as it has labels, however many masks there are.
import { domainToASCII } from 'node:url'
import { RULES_BOUNDS } from '../../contract/rules.ts'

/** rfc:1035#2.3.4, without escapes; underscores as names in the DNS have them. */
const LABELS = /^(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*$/
/** A last label of digits is an address that was mistyped. */
const NUMERIC = /(?:^|\.)\d+$/

/** What a mask is, in words, for a refusal. */
export const MASK_EXPECTED = 'a name such as example.com, *.example.com, example.* or *'

/** The mask in its one form (lower case, A-labels, no trailing dot); undefined where it is none. */
export function parseMask(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '*') return trimmed
  const below = trimmed.startsWith('*.')
  const ending = !below && trimmed.endsWith('.*')
  const name = canonicalName(below ? trimmed.slice(2) : ending ? trimmed.slice(0, -2) : trimmed)
  if (name === undefined || (!ending && NUMERIC.test(name))) return undefined
  return below ? `*.${name}` : ending ? `${name}.*` : name
}

/** A host or domain name in the form that masks have. */
export function canonicalName(text: string): string | undefined {
  if (text.length > RULES_BOUNDS.mask) return undefined
  // What is ASCII in it must be fit for a name before the conversion, which would undo percent signs.
  if (!/^[\w.\u{80}-\u{10ffff}-]+$/u.test(text)) return undefined
  const lower = text.toLowerCase().replace(/\.$/, '')
  const name = /[^\0-\x7f]|xn--/.test(lower) ? domainToASCII(lower) : lower
  return name.length <= RULES_BOUNDS.mask && LABELS.test(name) ? name : undefined
}

/** The greater, the more specific: an exact name, then the longest `*.name`, then the longest `name.*`, then `*`. */
export function specificityOf(mask: string): number {
  if (mask === '*') return 0
  const span = 2 * RULES_BOUNDS.mask
  if (mask.endsWith('.*')) return mask.length
  return mask.startsWith('*.') ? span + mask.length : 2 * span
}

/** Values under masks. */
export class MaskIndex<T> {
  readonly #exact = new Map<string, T[]>()
  readonly #below = new Map<string, T[]>()
  readonly #ending = new Map<string, T[]>()
  readonly #all: T[] = []

  add(mask: string, value: T): void {
    if (mask === '*') this.#all.push(value)
    else if (mask.startsWith('*.')) put(this.#below, mask.slice(2), value)
    else if (mask.endsWith('.*')) put(this.#ending, mask.slice(0, -2), value)
    else put(this.#exact, mask, value)
  }

  /** Every value whose mask matches, in no order. */
  find(name: string): readonly T[] {
    if (this.#exact.size === 0 && this.#below.size === 0 && this.#ending.size === 0) return this.#all
    const found = [...this.#all, ...(this.#exact.get(name) ?? [])]
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      found.push(...(this.#below.get(name.slice(dot + 1)) ?? []), ...(this.#ending.get(name.slice(0, dot)) ?? []))
    }
    return found
  }
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}

/** Whether one mask matches a name. */
export function maskMatches(mask: string, name: string): boolean {
  const index = new MaskIndex<true>()
  index.add(mask, true)
  return index.find(name).length > 0
}
