// Whether the plug-ins of a home would run under a program: by the versions of the interface and the hooks that it knows, and by loading each in
// a process of that program.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import { pluginsFolder } from '../../plugins/plugin-spec.ts'
import { triedByRelease } from '../plugins/by-release.ts'
import { enabledEntries, type TriedPlugin, tryPlugins } from '../plugins/try-all.ts'
import type { PluginRange, ReleaseManifest } from '../release/manifest.ts'
import type { Trust } from '../release/trust.ts'
import type { PreflightCheck } from './check.ts'

export interface PluginsAsked {
  readonly home: string
  readonly config: Config
  readonly exists: boolean
  /** What is to be installed; null: they are tried by this program. */
  readonly release: { readonly manifest: ReleaseManifest; readonly path: string; readonly trust: Trust; readonly root: string } | null
  /** Those that an upgrade may switch off where they would fail. */
  readonly allow: readonly string[]
}

export async function checkPlugins(asked: PluginsAsked): Promise<PreflightCheck> {
  const { home, exists, release, allow } = asked
  const of = release === null ? 'this version' : `version ${release.manifest.version}`
  const base = { check: 'plug-ins', needed: `plug-ins that ${of} can run` }
  const list = exists ? enabledEntries(home) : []
  if (typeof list === 'string') return { ...base, ok: false, found: `config/plugins.yaml: ${plain(list)}`, mend: 'Mend it by hand.' }
  if (list.length === 0) return { ...base, ok: true, found: 'none that is switched on', mend: null }
  const tried = await triedOf(
    asked,
    list.map(({ name }) => String(name)),
  )
  const failing = tried.filter(({ problem }) => problem !== null)
  const [disables, stopping] = [failing.filter(({ name }) => allow.includes(name)), failing.filter(({ name }) => !allow.includes(name))]
  const words = [
    ...tried.filter(({ problem }) => problem === null).map(({ name, version }) => `${name} ${version ?? ''} loads`.replace('  ', ' ')),
    ...stopping.map(({ name, problem }) => `${name} would not run: ${plain(problem ?? '')}`),
    ...disables.map(
      ({ name, problem }) => `${name} would not run and is switched off by the upgrade, as you allow: ${plain(problem ?? '')}`,
    ),
  ]
  const names = stopping.map(({ name }) => name).join(',')
  const off = `'hms plugin disable ${stopping[0]?.name}' switches it off`
  const mend =
    release === null
      ? `Mend it or its entry; ${off}.`
      : `Bring a plug-in that fits: 'hms plugin add'; ${off}, --allow ${names} lets the upgrade do it.`
  return {
    ...base,
    ok: stopping.length === 0,
    found: words.join('; '),
    mend: stopping.length === 0 ? null : mend,
    ...(disables.length > 0 && { disables: disables.map(({ name }) => name) }),
  }
}

async function triedOf({ home, config, release }: PluginsAsked, names: readonly string[]): Promise<readonly TriedPlugin[]> {
  if (release === null) return tryPlugins(home, config)
  const { manifest, ...where } = release
  const said = names.map((name): TriedPlugin => ({ name, version: null, problem: problemOf(home, name, manifest) }))
  // A release that knows nothing of them is not asked.
  if (said.every(({ problem }) => problem !== null)) return said
  const loaded = await triedByRelease(home, where).catch((error: unknown) => messageOf(error))
  return said.map((one) => {
    if (one.problem !== null) return one
    const { name, version } = one
    if (typeof loaded === 'string') return { name, version, problem: `Version ${manifest.version} cannot try it: ${loaded}` }
    return loaded.find((other) => other.name === name) ?? { name, version, problem: `Version ${manifest.version} does not see it.` }
  })
}

/** By what the release says of itself. */
function problemOf(home: string, name: string, { version, plugins }: ReleaseManifest): string | null {
  if (plugins === undefined) return `Version ${version} runs no plug-ins.`
  let manifest: { readonly hms?: { readonly api?: unknown; readonly hooks?: unknown } }
  try {
    manifest = JSON.parse(readFileSync(join(pluginsFolder(home), name, 'package.json'), 'utf8')) as typeof manifest
  } catch (error) {
    return `Its package.json cannot be read: ${messageOf(error)}`
  }
  return misfit(manifest.hms ?? {}, { version, plugins })
}

function misfit(
  { api, hooks }: { readonly api?: unknown; readonly hooks?: unknown },
  { version, plugins }: { readonly version: string; readonly plugins: PluginRange },
): string | null {
  if (!(plugins.apis as readonly unknown[]).includes(api))
    return `It is made for version ${String(api)} of the interface; version ${version} speaks ${plugins.apis.join(', ') || 'none'}.`
  const strange = Array.isArray(hooks) ? hooks.find((hook) => !(plugins.hooks as readonly unknown[]).includes(hook)) : undefined
  return strange === undefined ? null : `It has the hook "${String(strange)}", which version ${version} does not have.`
}

function plain(sentence: string): string {
  return sentence.replace(/\.$/, '')
}
