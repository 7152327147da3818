// Release archives for tests: small ones that are right, and every kind that is not.
import { createHash, type KeyObject, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import type { ReleaseFile, ReleaseManifest } from '../src/lifecycle/release/manifest.ts'

export interface Member extends Partial<Header> {
  readonly name: string
  readonly content?: string | Buffer
}

export const OF_THIS_MACHINE = arch() === 'arm64' ? 'arm64' : 'x64'

/** Files of a release that is as small as one can be: `hms` prints its version. */
export function smallFiles(version: string): Record<string, string> {
  return {
    hms: `#!/bin/sh\necho ${version}\n`,
    'package.json': `{ "version": "${version}" }\n`,
    'dist/cli/main.js': '// nothing\n'.repeat(1000),
  }
}

export function manifestFor(version: string, files: Readonly<Record<string, string>>, more: object = {}): ReleaseManifest {
  const entries = Object.entries(files).map(([path, content]): [string, ReleaseFile] => {
    const octets = Buffer.from(content)
    const sha256 = createHash('sha256').update(octets).digest('hex')
    return [path, { sha256, size: octets.length, mode: path === 'hms' ? '755' : '644' }]
  })
  return {
    product: 'hms',
    version,
    platform: 'linux',
    arch: OF_THIS_MACHINE,
    formats: { settings: { reads: [1], writes: 1 } },
    pluginApi: 0,
    upgradesFrom: '0.1.0',
    runtime: process.version,
    defaults: {},
    files: Object.fromEntries(entries),
    ...more,
  }
}

/** Members of the archive of a release, manifest first. */
export function membersOf(manifest: ReleaseManifest, files: Readonly<Record<string, string>>, key?: KeyObject): Member[] {
  const top = `hms-${manifest.version}-linux-${manifest.arch}`
  const text = JSON.stringify(manifest)
  const signature =
    key === undefined ? [] : [{ name: `${top}/manifest.sig`, content: sign(null, Buffer.from(text), key).toString('base64') }]
  const members = Object.entries(files).map(([path, content]) => ({
    name: `${top}/${path}`,
    content,
    mode: path === 'hms' ? 0o755 : 0o644,
  }))
  return [{ name: `${top}/manifest.json`, content: text }, ...signature, ...members]
}

export async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of members) tar.entry({ mtime: new Date(0), ...header }, content ?? '')
  tar.finalize()
  return buffer(tar)
}

export async function writeArchive(file: string, members: readonly Member[]): Promise<void> {
  writeFileSync(file, gzipSync(await tarOf(members)))
}
