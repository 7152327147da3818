// Packages that a server may run for weeks without: each is loaded when it is first needed, once, and what is not needed takes no memory.
// It is for code that cannot wait; what is asynchronous anyway says `await import(…)`.
import { createRequire } from 'node:module'
import type * as Liquidjs from 'liquidjs'
import type * as Otpauth from 'otpauth'
import type * as Parse5 from 'parse5'
import type * as Re2js from 're2js'
import type * as Yaml from 'yaml'

interface Packages {
  readonly liquidjs: typeof Liquidjs
  readonly otpauth: typeof Otpauth
  readonly parse5: typeof Parse5
  readonly re2js: typeof Re2js
  readonly yaml: typeof Yaml
}

const require = createRequire(import.meta.url)

/** What `make` gives, made when it is first asked for. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

export function late<Name extends keyof Packages>(name: Name): () => Packages[Name] {
  return once(() => require(name) as Packages[Name])
}
