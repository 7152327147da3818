// One look at a plug-in's code, in a process of the kind that it runs in: does it load, does it have the hooks that its manifest names, what are
// its settings, are those given right. It is asked nothing and its `start` is not called, so that a trial leaves no trace elsewhere.
import type { Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { SharedReads } from '../base/shared-reads.ts'
import { CallLine } from './call-line.ts'
import type { PluginSpec } from './plugin-spec.ts'
import { textsIn, withoutTexts } from './settings-schema.ts'
import { startProcess, zodOfServer } from './start-process.ts'

export type LoadSpec = Pick<PluginSpec, 'folder' | 'entry' | 'hooks' | 'network' | 'memory' | 'settings'>

export type LoadTrial =
  | {
      readonly kind: 'loaded'
      /** JSON Schema of its settings; null: it has none, or they cannot be told so. */
      readonly schema: unknown
      /** With defaults; null where they are wrong, or are no JSON. */
      readonly settings: unknown
      /** What is wrong with the settings, as a sentence; null: nothing. */
      readonly problem: string | null
    }
  /** It cannot be used: a sentence. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface LoadTrialOptions {
  readonly clock: Clock
  readonly within?: Ms
}

const WITHIN: Ms = 15_000
const LAST_LINES = 5
/** More than there are. */
const MOST_HOOKS = 100

export function tryLoading(spec: LoadSpec, { clock, within = WITHIN }: LoadTrialOptions): Promise<LoadTrial> {
  const process = startProcess(spec)
  const lines: string[] = []
  process.onLine = (line) => {
    lines.push(line)
    if (lines.length > LAST_LINES) lines.shift()
  }
  const { promise, resolve } = Promise.withResolvers<LoadTrial>()
  const refuse = (reason: string): void => {
    const said = lines.length === 0 ? '' : `; it wrote: ${lines.join(' ').slice(0, 500)}`
    resolve({ kind: 'refused', reason: withoutTexts(sentence(reason + said), textsIn(spec.settings)) })
  }
  const heard = ([kind, what]: readonly unknown[]): void => {
    if (kind === 'refused') refuse(typeof what === 'string' ? firstLine(what) : 'It does not say why')
    else if (kind === 'ready') resolve(loaded(spec, what))
  }
  const line = new CallLine({ channel: process.channel, reads: new SharedReads(), clock, budget: within, heard, lost: refuse })
  const timer = clock.after(within, () => refuse(`It did not load within ${Math.round(within / 1000)} s`))
  void process.ended.then((how) => refuse(`Its process did not load it: ${how}`))
  const { entry, settings, network } = spec
  line.say(['start', { entry, settings, network, zod: zodOfServer(), isTrial: true }])
  return promise.finally(async () => {
    timer[Symbol.dispose]()
    line.end('the trial is over')
    process.kill()
    await process.ended
  })
}

function loaded({ hooks: named, settings: given }: LoadSpec, what: unknown): LoadTrial {
  const { hooks, schema, settings, problem } = (typeof what === 'object' && what !== null ? what : {}) as Readonly<Record<string, unknown>>
  const other = hookTrouble(named, hooks)
  if (other !== null) return { kind: 'refused', reason: sentence(other) }
  const wrong = typeof problem === 'string' ? withoutTexts(firstLine(problem), textsIn(given)) : null
  return { kind: 'loaded', schema: schema ?? null, settings: settings ?? null, problem: wrong }
}

/** Where the manifest names other hooks than the code has, the middle of a sentence that says so. */
export function hookTrouble(named: readonly string[], has: unknown): string | null {
  const own = Array.isArray(has) ? has.filter((hook: unknown) => typeof hook === 'string').slice(0, MOST_HOOKS) : []
  if (named.every((hook) => own.includes(hook)) && own.every((hook) => (named as readonly unknown[]).includes(hook))) return null
  return `its manifest names the hooks ${named.join(', ') || 'none'}, its code has ${own.join(', ') || 'none'}`
}

function sentence(text: string): string {
  const clean = text.trim().replace(/\.$/, '')
  // The name of a file stays what it is.
  const isFile = /^[\w-]+\.\w/.test(clean)
  return `${isFile ? clean.slice(0, 1) : clean.slice(0, 1).toUpperCase()}${clean.slice(1)}.`
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500)
}
