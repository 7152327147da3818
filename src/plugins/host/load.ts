// A plug-in's code, loaded and checked: what it is called, which hooks it has, whether its settings are right. The names of the package for
// plug-ins and of zod lead to the copies that come with the server where the plug-in brings none.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { mistakeOf } from './mistakes.ts'

const SDK = '@hurricane-mta/plugin'
const API = 1

export interface LoadedPlugin {
  readonly name: string
  readonly api: number
  readonly hooks: readonly string[]
  /** JSON Schema of its settings; null: it has none, or they cannot be told so. */
  readonly schema: unknown
  /** With defaults. */
  readonly settings: unknown
  /** What is wrong with the settings; only in a trial, which else would not tell the rest. */
  readonly problem: string | null
  call(hook: string, event: unknown): unknown
}

export interface Loading {
  /** The file of the plug-in's code. */
  readonly entry: string
  readonly settings: unknown
  /** Address of the server's zod; null: it has none. */
  readonly zod: string | null
  /** It is only looked at: nothing of it is called. */
  readonly isTrial?: boolean
}

type Hook = (event: unknown, context: unknown) => unknown

interface Found {
  readonly name?: unknown
  readonly apiVersion?: unknown
  readonly hooks?: Readonly<Record<string, Hook>>
  readonly settings?: { parse?: (value: unknown) => unknown }
  readonly start?: (context: unknown) => unknown
}

/** Rejects with a sentence where it cannot be used. */
export async function loadPlugin(
  { entry, settings, zod, isTrial = false }: Loading,
  say: (level: string, text: string) => void,
): Promise<LoadedPlugin> {
  leadHome(zod)
  const module = await codeOf(entry)
  const plugin = module.default
  if (typeof plugin !== 'object' || plugin === null)
    throw new Error('Its code exports no plug-in: write export default definePlugin({ … }).')
  const { name, apiVersion, hooks = {}, settings: schema, start } = plugin
  if (typeof name !== 'string') throw new Error('The plug-in has no name.')
  if (apiVersion !== API)
    throw new Error(`The plug-in is made for version ${String(apiVersion)} of the interface; this server speaks version ${API}.`)
  const names = Object.keys(hooks).filter((hook) => typeof hooks[hook] === 'function')
  const log = Object.fromEntries(['info', 'warn', 'error'].map((level) => [level, (text: unknown) => say(level, String(text))]))
  const { value, problem } = checked(schema, settings)
  if (problem !== null && !isTrial) throw new Error(problem)
  const context = { settings: value, log }
  if (!isTrial) await start?.call(plugin, context)
  const call = (hook: string, event: unknown): unknown => hooks[hook]?.(event, context)
  return { name, api: API, hooks: names, schema: await described(schema), settings: value, problem, call }
}

async function codeOf(entry: string): Promise<{ readonly default?: Found }> {
  try {
    return (await import(pathToFileURL(entry).href)) as { readonly default?: Found }
  } catch (error) {
    const mistake = mistakeOf(error)
    throw mistake === null ? error : new Error(mistake, { cause: error })
  }
}

function checked(schema: Found['settings'], settings: unknown): { readonly value: unknown; readonly problem: string | null } {
  if (typeof schema?.parse !== 'function') return { value: settings ?? {}, problem: null }
  try {
    return { value: schema.parse(settings ?? {}), problem: null }
  } catch (error) {
    return { value: null, problem: `Its settings are wrong: ${problems(error)}` }
  }
}

/** As zod tells them: each with its place. */
function problems(error: unknown): string {
  const { issues } = error as { readonly issues?: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }
  if (issues === undefined) return error instanceof Error ? error.message : String(error)
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`)).join('; ')
}

async function described(schema: unknown): Promise<unknown> {
  if (schema === undefined) return null
  try {
    const { z } = await import('zod')
    return z.toJSONSchema(schema as Parameters<typeof z.toJSONSchema>[0], { io: 'input' })
  } catch {
    return null
  }
}

function leadHome(zod: string | null): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === SDK) return next(new URL('./define.ts', import.meta.url).href, context)
      if (specifier !== 'zod' || zod === null) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch {
        return { url: zod, shortCircuit: true }
      }
    },
  })
}
