// Which route a path is. What is written out goes before what is left open, so that `/queue/count` is no message.
import type { Method, Route } from '../../contract/management/route.ts'

export interface Found<R> {
  readonly routes: ReadonlyMap<Method, R>
  /** Parts of the path that the route leaves open. */
  values(route: R): Readonly<Record<string, string>>
}

interface Node<R> {
  readonly literals: Map<string, Node<R>>
  open: Node<R> | null
  readonly routes: Map<Method, R>
}

const emptyNode = <R>(): Node<R> => ({ literals: new Map(), open: null, routes: new Map() })

export class Paths<R extends Pick<Route, 'method' | 'path'>> {
  readonly #root = emptyNode<R>()

  constructor(routes: readonly R[]) {
    for (const route of routes) {
      let node = this.#root
      for (const part of route.path.split('/').slice(1)) node = childOf(node, part)
      if (node.routes.has(route.method)) throw new Error(`two routes of ${route.method} ${route.path}`)
      node.routes.set(route.method, route)
    }
  }

  /** `path`: below the base of the API, as it came. Undefined: there is nothing. */
  find(path: string): Found<R> | undefined {
    const parts = path.split('/').slice(1).map(decoded)
    const texts = parts.filter((part) => part !== undefined)
    if (texts.length < parts.length) return undefined
    const node = lookUp(this.#root, texts, 0)
    if (node === undefined || node.routes.size === 0) return undefined
    return {
      routes: node.routes,
      values: (route) => {
        const named = route.path.split('/').slice(1)
        return Object.fromEntries(named.flatMap((part, i) => (part.startsWith('{') ? [[part.slice(1, -1), texts[i] ?? '']] : [])))
      },
    }
  }
}

function childOf<R>(node: Node<R>, part: string): Node<R> {
  if (part.startsWith('{')) return (node.open ??= emptyNode<R>())
  const known = node.literals.get(part)
  if (known !== undefined) return known
  const made = emptyNode<R>()
  node.literals.set(part, made)
  return made
}

/** Goes back where what was written out leads nowhere; a path has few parts. */
function lookUp<R>(node: Node<R>, parts: readonly string[], i: number): Node<R> | undefined {
  const part = parts[i]
  if (part === undefined) return node.routes.size > 0 ? node : undefined
  const literal = node.literals.get(part)
  const found = literal === undefined ? undefined : lookUp(literal, parts, i + 1)
  if (found !== undefined) return found
  return node.open === null || part === '' ? undefined : lookUp(node.open, parts, i + 1)
}

/** Undefined where it is no text. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
