// The body of a call as JSON: in UTF-8, whatever the client calls it.
import { isUtf8 } from 'node:buffer'
import type { Problem } from '../../contract/injection.ts'
import type { Call } from './route.ts'

/** Nothing that a message says is nested deeper. */
const DEEPEST = 64
/** Ten thousand recipients with a hundred fields each. */
const MOST_VALUES = 1_000_000
/** Of one object. */
const MOST_FIELDS = 10_000
/** After so many of an object each counts as ten values: as much it costs. */
const CHEAP_FIELDS = 100

const [QUOTE, BACKSLASH, COMMA, LIST, LIST_END, OBJECT, OBJECT_END] = [34, 92, 44, 91, 93, 123, 125]

export type JsonBody = { readonly value: unknown } | { readonly problem: Problem }

export function jsonOf({ body, headers }: Pick<Call, 'body' | 'headers'>): JsonBody {
  const type = headers['content-type'] ?? 'application/json'
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type))
    return {
      problem: {
        code: 'unsupported-type',
        message: `The body is called ${shownType(type)}: send it with 'Content-Type: application/json'.`,
      },
    }
  const coded = headers['content-encoding'] ?? 'identity'
  if (coded !== 'identity')
    return { problem: { code: 'unsupported-type', message: 'The body is compressed: send it as it is, without Content-Encoding.' } }
  return parseJson(body)
}

/** Octets that anybody may have sent. */
export function parseJson(body: Buffer): JsonBody {
  if (!isUtf8(body)) return { problem: { code: 'invalid-json', message: 'The body is not UTF-8.' } }
  const refused = refusedShape(body)
  if (refused !== null) return { problem: { code: 'invalid-json', message: refused } }
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown }
  } catch (error) {
    return { problem: { code: 'invalid-json', message: `The body is no JSON${placeIn(error)}.` } }
  }
}

/** What the parser says quotes the body, which may hold what is nobody's business: only the place is told, where it has one. */
function placeIn(error: unknown): string {
  const said = error instanceof Error ? error.message : ''
  const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(said) ?? []
  if (line !== undefined && column !== undefined) return `: look at line ${line}, column ${column}`
  return said === 'Unexpected end of JSON input' ? ': it ends too early' : ''
}

function shownType(type: string): string {
  return type.replaceAll(/[^!-~]/g, '?').slice(0, 60)
}

/**
 * Why it is not parsed: 40 MB of brackets are a gigabyte of lists, and seconds of the worker; so are a million names. Only what gives it its
 * shape is looked at, and only as far as it is JSON.
 */
function refusedShape(body: Buffer): string | null {
  let [depth, values] = [0, 0]
  /** Of what is open at each depth: fields so far, or -Infinity of a list. */
  const fields = new Float64Array(DEEPEST + 1)
  for (let at = 0; at < body.length; at++) {
    const octet = body[at]
    if (octet === QUOTE) {
      at = endOfString(body, at + 1)
      if (at < 0) return null
    } else if (octet === COMMA) {
      const found = (fields[depth] ?? 0) + 1
      if (found >= MOST_FIELDS) return `The body has an object of more than ${MOST_FIELDS} fields.`
      fields[depth] = found
      values += found > CHEAP_FIELDS ? 10 : 1
    } else if (octet === LIST || octet === OBJECT) {
      values++
      if (++depth > DEEPEST) return `The body is nested deeper than ${DEEPEST} levels.`
      fields[depth] = octet === LIST ? -Infinity : 0
    } else if (octet === LIST_END || octet === OBJECT_END) depth--
    if (values > MOST_VALUES) return `The body has more than ${MOST_VALUES} values.`
  }
  return null
}

/** Where the string that is open at `from` ends, or -1. */
function endOfString(body: Buffer, from: number): number {
  for (let end = body.indexOf(QUOTE, from); end >= 0; end = body.indexOf(QUOTE, end + 1)) {
    let before = end
    while (before > from && body[before - 1] === BACKSLASH) before--
    if ((end - before) % 2 === 0) return end
  }
  return -1
}
