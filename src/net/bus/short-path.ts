// A Unix socket's path may have 107 octets, a home's path more. A longer one is reached through a descriptor of its folder.
import { closeSync, constants, openSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const LONGEST = 100

/** The path in a form that fits; dispose it once the socket is bound or connected. */
export function shortSocketPath(path: string): { readonly path: string } & Disposable {
  if (Buffer.byteLength(path) <= LONGEST) return { path, [Symbol.dispose]: () => {} }
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: join('/proc/self/fd', String(folder), basename(path)), [Symbol.dispose]: () => closeSync(folder) }
}
