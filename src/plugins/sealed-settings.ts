// Secrets among the settings of plug-ins stand in config/plugins.yaml sealed under the key of the home, as `{ sealed: … }`: a copy of that file
// tells nothing. Each is bound to its plug-in and its key, so that none can be put in another's place.
import { withSecrets } from './settings-schema.ts'

export interface SecretSeal {
  seal(secret: string, place: string): Uint8Array
  /** Throws where it was sealed under another key, or for another place. */
  open(sealed: Uint8Array, place: string): string
}

interface Sealed {
  readonly sealed: string
}

const placeOf = (plugin: string, key: string): string => `plugin ${plugin} ${key}`

function isSealed(value: unknown): value is Sealed {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return entries.length === 1 && entries[0]?.[0] === 'sealed' && typeof entries[0][1] === 'string'
}

/** As they are given to the plug-in. Throws a sentence where one cannot be read. */
export function openedSettings(settings: unknown, plugin: string, seal: () => SecretSeal): unknown {
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (isSealed(value)) return openedValue(value, plugin, path.join('.'), seal)
    if (Array.isArray(value)) return value.map((one, n) => walk(one, [...path, String(n)]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, [...path, name])] as const))
  }
  return walk(settings, [])
}

function openedValue({ sealed }: Sealed, plugin: string, key: string, seal: () => SecretSeal): unknown {
  try {
    return JSON.parse(seal().open(Buffer.from(sealed, 'base64'), placeOf(plugin, key))) as unknown
  } catch (error) {
    throw new Error(`Its setting ${key} is sealed, and cannot be read with the key of this home. Set it again.`, { cause: error })
  }
}

/** As they are written down: what the schema says is secret is sealed. */
export function sealedSettings(schema: unknown, settings: unknown, plugin: string, seal: () => SecretSeal): unknown {
  return withSecrets(schema, settings, (value, key) => ({
    sealed: Buffer.from(seal().seal(JSON.stringify(value), placeOf(plugin, key))).toString('base64'),
  }))
}
