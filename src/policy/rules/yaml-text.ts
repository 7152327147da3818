// YAML as plain values, with the line of each place for whoever has to name one. No aliases, so that a small text cannot become a large
// document, and no key twice, of which only one would count. What `JSON.parse` takes is read by it: the fastest way in for a large one.
import type { ParsedNode } from 'yaml'
import { late } from '../../base/late.ts'
import { MOST_PROBLEMS, type RulesPath, type RulesProblem, writtenPath } from './reader.ts'

const yaml = late('yaml')

export interface TextReading {
  readonly value: unknown
  readonly problems: readonly RulesProblem[]
  lineOf(path: RulesPath): number | null
}

type Pair = { readonly key: ParsedNode; readonly value: ParsedNode | null }

export function readYamlText(text: string): TextReading {
  if (/^\s*\{/.test(text)) {
    const value = jsonOf(text)
    // Lines are asked for only where something is wrong.
    if (value !== undefined) return { value, problems: [], lineOf: (path) => new YamlReading(text).lineOf(path) }
  }
  try {
    return new YamlReading(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // A thousand brackets are deeper than the stack.
    const problem = { line: 1, path: '', expected: 'fewer levels', found: 'lists or maps too deep in each other' }
    return { value: null, problems: [problem], lineOf: () => 1 }
  }
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

class YamlReading implements TextReading {
  readonly problems: RulesProblem[] = []
  readonly value: unknown
  readonly #lines = new (yaml().LineCounter)()
  readonly #root: ParsedNode | null

  constructor(text: string) {
    // The check for equal keys is ours: theirs compares each key with all before it.
    const document = yaml().parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false })
    this.#root = document.contents
    for (const { pos, message } of document.errors.slice(0, MOST_PROBLEMS)) {
      this.problems.push({ line: this.#lines.linePos(pos[0]).line, path: '', expected: 'YAML', found: message.replace(/\.?\s*$/, '') })
    }
    this.value = this.problems.length > 0 ? null : this.#plain(document.contents, [])
  }

  #plain(node: ParsedNode | null, path: RulesPath): unknown {
    if (node === null) return null
    if (yaml().isScalar(node)) return node.value
    if (yaml().isSeq(node)) return (node.items as ParsedNode[]).map((item, i) => this.#plain(item, [...path, i]))
    if (yaml().isMap(node)) return this.#plainMap(node.items as Pair[], path)
    this.#note(node, path, 'the value itself', 'an alias')
    return null
  }

  #plainMap(pairs: readonly Pair[], path: RulesPath): unknown {
    const entries = new Map<string, unknown>()
    for (const { key, value } of pairs) {
      const name = keyOf(key)
      if (entries.has(name)) this.#note(key, [...path, name], 'it once', 'it a second time')
      entries.set(name, this.#plain(value, [...path, name]))
    }
    return Object.fromEntries(entries)
  }

  #note(node: ParsedNode, path: RulesPath, expected: string, found: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ line: this.#lineAt(node), path: writtenPath(path), expected, found })
  }

  #lineAt(node: ParsedNode): number {
    return this.#lines.linePos(node.range[0]).line
  }

  /** Of the place, or of the nearest around it that there is. */
  lineOf(path: RulesPath): number {
    let node = this.#root
    let line = 1
    for (const part of path) {
      if (yaml().isMap(node)) {
        const pair = (node.items as Pair[]).find(({ key }) => keyOf(key) === part)
        if (pair === undefined) return line
        line = this.#lineAt(pair.key)
        node = pair.value
      } else if (yaml().isSeq(node) && typeof part === 'number') {
        node = (node.items[part] ?? null) as ParsedNode | null
        if (node !== null) line = this.#lineAt(node)
      } else return line
    }
    return line
  }
}

function keyOf(key: ParsedNode): string {
  return yaml().isScalar(key) ? String(key.value) : '?'
}
