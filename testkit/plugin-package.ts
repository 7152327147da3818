// Packages of plug-ins for tests, as `npm pack` makes them, and some that are none.
import { gzipSync } from 'node:zlib'
import { type Member, tarOf } from './release-archive.ts'

export interface PackagedPlugin {
  readonly name: string
  readonly version?: string
  readonly hooks?: readonly string[]
  readonly api?: number
  readonly network?: boolean
  /** The whole file that `main` names. */
  readonly code: string
  /** Other files, by path. */
  readonly files?: Readonly<Record<string, string>>
}

/** Code of a plug-in of these hooks and settings (zod, as text). */
export function pluginCode(name: string, hooks: string, settings = 'z.object({})'): string {
  return `import { definePlugin } from '@hurricane-mta/plugin'
import { z } from 'zod'
export default definePlugin({ name: '${name}', apiVersion: 1, settings: ${settings}, hooks: { ${hooks} } })
`
}

export function filesOfPlugin(plugin: PackagedPlugin): Readonly<Record<string, string>> {
  const { name, version = '1.0.0', hooks = ['received'], api = 1, network = false, code, files } = plugin
  const manifest = { name, version, type: 'module', main: 'index.js', hms: { api, hooks, network } }
  return { 'package.json': JSON.stringify(manifest), 'index.js': code, ...files }
}

export function packedPlugin(plugin: PackagedPlugin): Promise<Buffer> {
  return packed(Object.entries(filesOfPlugin(plugin)).map(([path, content]) => ({ name: `package/${path}`, content })))
}

export async function packed(members: readonly Member[]): Promise<Buffer> {
  return gzipSync(await tarOf(members))
}
