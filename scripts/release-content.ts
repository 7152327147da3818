// What is in a release: the built program, the packages that it needs when it runs, its runtime, its documents and what installs it.
// Collected in an order and with modes that depend on nothing but the commit.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Arch } from '../src/lifecycle/release/manifest.ts'
import { buildSdk } from './sdk.ts'

export interface ReleaseContent {
  readonly mode: '644' | '755'
  readonly octets: Buffer
}

/** Of every file, so that the bytes do not depend on when they were written. */
export const TIME = new Date('2026-01-01T00:00:00Z')

export interface ReleaseOrder {
  readonly arch: Arch
  readonly version: string
  /** Where the file goes. */
  readonly out: string
  /** Of gzip. */
  readonly level: number
  /** Private key in PEM. */
  readonly key?: string
}

interface LockedPackage {
  readonly version: string
  readonly integrity: string
  readonly dev?: true
  /** It lies in this checkout. */
  readonly link?: true
}

const root = join(import.meta.dirname, '..')
const EXECUTABLE = new Set(['hms', 'install', 'runtime/node'])
/** What a package's code never asks for at run time: types, maps, tests, and what is for another runtime than Node (`bare-*`). */
const NOT_RUN = /\.(?:map|ts|mts|cts|md|html|test\.[cm]?js)$|\/Makefile$|^node_modules\/(?:@[^/]+\/)?[^/]+\/(?:test|tests|examples?)\//
const NOT_NODE = /^node_modules\/(?:bare-[^/]+|node-linux-[^/]+)$/

/** Every file of a release but its manifest, by path, sorted. `version` replaces that of package.json. */
export function contentOf(arch: Arch, version: string): ReadonlyMap<string, ReleaseContent> {
  const found = new Map<string, Buffer>()
  const take = (path: string, from: string): void => void found.set(path, readFileSync(join(root, from)))
  for (const name of ['hms', 'install']) take(name, `packaging/${name}`)
  take('systemd/hms.service', 'packaging/hms.service')
  for (const name of ['LICENSE', 'CHANGELOG.md', 'README.md']) take(name, name)
  for (const path of filesBelow('data')) take(path.replace('data/', 'bin/'), path)
  // Pictures of the panel are for who reads the sources.
  for (const path of [
    ...filesBelow('docs').filter((one) => !one.startsWith('docs/panel/')),
    ...filesBelow('dist').filter((one) => !one.endsWith('/.stamp')),
  ])
    take(path, path)
  for (const path of packageFiles()) take(path, path)
  for (const [path, octets] of sdkFiles()) found.set(path, octets)
  found.set('package.json', packageJson(version))
  for (const [path, octets] of runtimeOf(arch)) found.set(path, octets)
  const paths = [...found.keys()].sort()
  return new Map(paths.map((path) => [path, { mode: EXECUTABLE.has(path) ? '755' : '644', octets: found.get(path) ?? Buffer.alloc(0) }]))
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

/** The package for authors of plug-ins, as `npm pack` would have it: whoever installed the program has no checkout to make it of. */
function sdkFiles(): [path: string, octets: Buffer][] {
  const place = mkdtempSync(join(tmpdir(), 'hms-sdk-'))
  try {
    buildSdk(place)
    const built = readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const manifest = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8')) as object
    // What makes it is not there.
    const { scripts: _scripts, ...rest } = manifest as { readonly scripts?: object }
    return [
      ['sdk/package.json', Buffer.from(`${JSON.stringify(rest, null, 2)}\n`)],
      ...['sdk/README.md', ...filesBelow('sdk/examples').filter((path) => !path.includes('/node_modules/'))].map(
        (path): [string, Buffer] => [path, readFileSync(join(root, path))],
      ),
      ...built.map((path): [string, Buffer] => [join('sdk/dist', relative(place, path)), readFileSync(path)]),
    ]
  } finally {
    rmSync(place, { recursive: true })
  }
}

function lockedPackages(): [path: string, locked: LockedPackage][] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> }
  return Object.entries(lock.packages)
}

/** Of the packages that the program needs when it runs, each in the version of package-lock.json. */
function packageFiles(): string[] {
  const wanted = lockedPackages().filter(([path, { dev, link }]) => path !== '' && dev !== true && link !== true && !NOT_NODE.test(path))
  for (const [path, { version }] of wanted) {
    const there = existsSync(join(root, path)) ? versionIn(path) : 'missing'
    if (there !== version) throw new Error(`${path} is ${there}, and package-lock.json has ${version}: run 'npm ci'`)
  }
  return wanted.flatMap(([path]) => filesBelow(path).filter((file) => !NOT_RUN.test(file) && !file.startsWith(`${path}/node_modules/`)))
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** Only what the program and the reader of a release ask of it. */
function packageJson(version: string): Buffer {
  const { name, description, license, type, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >
  return Buffer.from(`${JSON.stringify({ name, version, description, license, type, private: true, dependencies }, null, 2)}\n`)
}

/** The runtime of npm's package for the machine; fetched, and checked against package-lock.json, where npm left it out here. */
function runtimeOf(arch: Arch): [path: string, octets: Buffer][] {
  const folder = `node_modules/node-linux-${arch}`
  const read = (from: string): [string, Buffer][] => [
    ['runtime/node', readFileSync(join(from, 'bin/node'))],
    ['runtime/LICENSE', readFileSync(join(from, 'LICENSE'))],
  ]
  if (existsSync(join(root, folder))) return read(join(root, folder))
  const locked = lockedPackages().find(([path]) => path === folder)?.[1]
  if (locked === undefined) throw new Error(`package-lock.json has no ${folder}`)
  const place = mkdtempSync(join(tmpdir(), 'hms-runtime-'))
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', place, `node-linux-${arch}@${locked.version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const file = join(place, readdirSync(place)[0] ?? '')
    const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (integrity !== locked.integrity) throw new Error(`node-linux-${arch}@${locked.version} is not what package-lock.json has`)
    execFileSync('tar', ['-xzf', file, '-C', place])
    return read(join(place, 'package'))
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** `v24.21.0`. */
export function runtimeVersion(arch: Arch): string {
  return `v${lockedPackages().find(([path]) => path === `node_modules/node-linux-${arch}`)?.[1].version ?? ''}`
}
