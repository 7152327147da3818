// Subject, text and HTML of a message or of a template, filled in at once.
import { Allowance } from './allowance.ts'
import { asLiquid, type Data, requireReadable, type Scope, Source } from './liquid.ts'

export interface LiquidParts {
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
}

type Part = keyof LiquidParts
type Sources = readonly (readonly [Part, Source])[]

const PARTS = [
  ['subject', 'the subject', 'plain'],
  ['text', 'the text', 'plain'],
  ['html', 'the HTML', 'html'],
] as const
/** Tracking fills it in later. */
const GIVEN = { HsUnsubscribe: '{{HsUnsubscribe}}' }

/** Characters of sources that are kept: parsed, each is much larger. */
const MOST_KNOWN = 512 * 1024

/** Sources of the messages of one call: most of them have the same, which is parsed once. */
export class KnownSources {
  readonly #known = { subject: new Map<string, Source>(), text: new Map<string, Source>(), html: new Map<string, Source>() }
  #characters = 0

  /** Throws a Fault `template-invalid`. */
  of(parts: LiquidParts): Sources {
    return PARTS.flatMap(([part, what, kind]) => {
      const text = parts[part]
      if (text === undefined) return []
      return [[part, this.#known[part].get(text) ?? this.#keep(part, text, read(what, kind, text))] as const]
    })
  }

  #keep(part: Part, text: string, source: Source): Source {
    this.#characters += text.length
    if (this.#characters > MOST_KNOWN) {
      for (const one of Object.values(this.#known)) one.clear()
      this.#characters = text.length
    }
    this.#known[part].set(text, source)
    return source
  }
}

function read(what: string, kind: 'html' | 'plain', text: string): Source {
  const source = asLiquid(text)
  requireReadable(what, source)
  return new Source(what, kind, source)
}

/** Those that are there. Throws a Fault `template-invalid` or `template-failed`. */
export function partsFilled(parts: LiquidParts, scope: Scope, known = new KnownSources()): Partial<Record<Part, string>> {
  return filledOf(known.of(parts), scope)
}

/** The same of one that is being written, with what it names. Throws as well. */
export function partsTried(parts: LiquidParts, data: Data): Partial<Record<Part, string>> & Fields {
  const sources = new KnownSources().of(parts)
  return { ...filledOf(sources, { own: data, all: {}, missing: 'empty' }), ...fieldsOf(sources, data) }
}

function filledOf(sources: Sources, scope: Scope): Partial<Record<Part, string>> {
  const allowance = new Allowance()
  const filled = sources.map(([part, source]) => {
    const text = source.render({ ...scope, allowance, all: { ...GIVEN, ...scope.all } })
    return [part, part === 'subject' ? text.replaceAll(/[\r\n\0]+/g, ' ').trim() : text] as const
  })
  return Object.fromEntries(filled)
}

interface Fields {
  /** What the parts name, in the order of its letters. */
  readonly fields: readonly string[]
  /** What of it the data do not have. */
  readonly missing: readonly string[]
}

function fieldsOf(sources: Sources, data: Data): Fields {
  const paths = new Map(sources.flatMap(([, source]) => source.names.map((path) => [path.join('.'), path] as const)))
  const sorted = [...paths].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
  return { fields: sorted.map(([name]) => name), missing: sorted.filter(([, path]) => !isThere(data, path)).map(([name]) => name) }
}

const OF_LISTS = new Set<string | number>(['size', 'first', 'last'])

function isThere(data: unknown, path: readonly (string | number)[]): boolean {
  let at: unknown = data
  for (const step of path) {
    if ((Array.isArray(at) || typeof at === 'string') && OF_LISTS.has(step)) return true
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return false
    at = (at as Readonly<Record<string | number, unknown>>)[step]
  }
  return true
}
