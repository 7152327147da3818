// The short way for sources that hold nothing but text, fields by name, and our own tags around links, as most do: no interpreter runs for them
// (a tenth of its time). What comes out is what Liquid would make of it; whatever else a source has goes the long way.
import { Fault } from '../../base/fault.ts'
import { TOO_LARGE } from './allowance.ts'
import type { Data } from './liquid.ts'

interface Field {
  readonly path: readonly string[]
  /** Where it stands in the source, for the line in errors. */
  readonly at: number
}

type Piece = string | Field | { readonly link: 'begins' | 'ends' }

export interface QuickScope {
  readonly own: Data
  readonly all: Data
  readonly missing: 'error' | 'empty'
  readonly click?: (text: string) => string
}

const FIELD = /^\{\{ {0,9}([A-Za-z_][\w-]{0,99}(?:\.[A-Za-z_][\w-]{0,99}){0,9}) {0,9}\}\}$/
const LONGEST_FIELD = 1200
/** Words of Liquid, and behind a dot what it knows of lists and texts by itself. */
const WORDS = new Set(['true', 'false', 'nil', 'null', 'empty', 'blank', 'contains', 'and', 'or', 'not', 'size'])
const OF_LISTS = new Set(['first', 'last', 'length'])

/** Null: it has to go the long way. */
export function quickPieces(source: string, linkTag: string): readonly Piece[] | null {
  const tags = new Map([
    [`{% ${linkTag} %}`, 'begins'],
    [`{% end${linkTag} %}`, 'ends'],
  ] as const)
  const pieces: Piece[] = []
  let [at, isWithin] = [0, false]
  for (;;) {
    const start = nextLiquid(source, at)
    if (start > at) pieces.push(source.slice(at, start))
    if (start === source.length) return isWithin ? null : pieces
    const isTag = source[start + 1] === '%'
    const end = source.indexOf(isTag ? '%}' : '}}', start + 2) + 2
    if (end < 2 || end - start > LONGEST_FIELD) return null
    const text = source.slice(start, end)
    const link = isTag ? tags.get(text as never) : undefined
    const path = isTag ? undefined : FIELD.exec(text)?.[1]?.split('.')
    if (link !== undefined) {
      if ((link === 'begins') === isWithin) return null
      isWithin = !isWithin
      pieces.push({ link })
    } else if (path === undefined || path.some((step, n) => WORDS.has(step) || (n > 0 && OF_LISTS.has(step)))) return null
    else pieces.push({ path, at: start })
    at = end
  }
}

/** Paths of the fields, each once. */
export function quickPaths(pieces: readonly Piece[]): readonly (readonly string[])[] {
  const fields = pieces.filter((piece): piece is Field => typeof piece === 'object' && 'path' in piece)
  return [...new Map(fields.map(({ path }) => [path.join('.'), path])).values()]
}

/** Where the next `{{` or `{%` begins, or the end. */
export function nextLiquid(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at >= 0; at = source.indexOf('{', at + 1))
    if (source[at + 1] === '{' || source[at + 1] === '%') return at
  return source.length
}

export interface Quick {
  readonly source: string
  readonly pieces: readonly Piece[]
  readonly written: (value: unknown) => string
  /** Characters at most. */
  readonly most: number
}

/** Throws what Liquid would throw. */
export function renderQuick({ source, pieces, written, most }: Quick, { own, all, missing, click }: QuickScope): string {
  let out = ''
  let before = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') out += piece
    else if ('path' in piece) {
      const { value, known } = valueAt(piece.path, own, all)
      if (value === undefined && missing === 'error') throw missingField(source, piece, known)
      out += written(value)
    } else if (piece.link === 'begins') {
      before = out
      out = ''
    } else out = before + (click === undefined ? out : click(out))
    if (out.length > most) throw new Error(TOO_LARGE)
  }
  return out
}

/** Undefined where it is not there; `known`: how many steps of the path are. */
function valueAt(path: readonly string[], own: Data, all: Data): { readonly value: unknown; readonly known: number } {
  const [first = ''] = path
  let value: unknown = Object.hasOwn(own, first) ? own[first] : Object.hasOwn(all, first) ? all[first] : undefined
  let known = 0
  for (; value !== undefined && value !== null && known < path.length - 1; known++) {
    const step = path[known + 1] ?? ''
    value = typeof value === 'object' && Object.hasOwn(value, step) ? (value as Data)[step] : undefined
  }
  return { value, known }
}

function missingField(source: string, { path, at }: Field, known: number): Fault {
  let line = 1
  for (let end = source.indexOf('\n'); end >= 0 && end < at; end = source.indexOf('\n', end + 1)) line++
  const what = path.slice(0, known + 1).join('.')
  return new Fault('template-failed', `the field ${what} is missing (line ${line})`, { blame: 'caller' })
}
