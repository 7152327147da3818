// config/hms.yaml as text → the settings that it gives, flat, each with its line. Nested and dotted keys mean the same:
// `smtp: { listen: … }` is `smtp.listen: …`. What cannot be read is a problem with a line, never a stack trace.
import type { Pair, ParsedNode } from 'yaml'
import { late } from '../../base/late.ts'

const yaml = late('yaml')

export interface Given {
  readonly name: string
  readonly line: number
  /** Scalars and lists of scalars as JavaScript values; a map where no map belongs stays one. */
  readonly value: unknown
}

export interface FileReading {
  readonly given: readonly Given[]
  readonly troubles: readonly { readonly line: number; readonly expected: string; readonly found: string }[]
}

/** `isGroup` tells whether a name is only the beginning of settings' names. */
export function readSettings(text: string, isGroup: (name: string) => boolean): FileReading {
  const lines = new (yaml().LineCounter)()
  const document = yaml().parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line)
  const troubles = document.errors.map((error) => ({
    line: lineAt(error.pos[0]),
    expected: hint(text, lineAt(error.pos[0])),
    found: error.message.replace(/\.?\s*$/, ''),
  }))
  const given: Given[] = []
  const walk = (node: ParsedNode | null, prefix: string): void => {
    if (!yaml().isMap(node)) return
    for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const name = prefix + (yaml().isScalar(pair.key) ? String(pair.key.value) : '?')
      const empty = pair.value === null || (yaml().isScalar(pair.value) && pair.value.value === null)
      if (isGroup(name) && (empty || yaml().isMap(pair.value))) walk(pair.value, `${name}.`)
      else given.push({ name, line: lineAt(pair.key.range?.[0]), value: plain(pair.value) })
    }
  }
  const root = document.contents
  if (root !== null && !yaml().isMap(root) && troubles.length === 0 && !(yaml().isScalar(root) && root.value === null)) {
    troubles.push({ line: lineAt(root.range?.[0]), expected: 'lines of the form `setting: value`', found: 'something else' })
  }
  walk(root, '')
  return { given, troubles }
}

function plain(node: ParsedNode | null): unknown {
  if (node === null) return null
  if (yaml().isScalar(node)) return node.value
  if (yaml().isSeq(node)) return node.items.map((item) => plain(item as ParsedNode))
  return yaml().isMap(node) ? node.toJSON() : undefined
}

/** The slip that YAML itself cannot name: `[::1]:25` is a list to it. */
function hint(text: string, line: number): string {
  const source = text.split('\n')[line - 1] ?? ''
  return /(^|[\s,[])\[[0-9a-f:]+\]:\d+/i.test(source) ? 'an IPv6 address in quotes, such as "[::1]:25"' : 'YAML'
}
