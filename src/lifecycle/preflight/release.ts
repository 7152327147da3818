// The release that is to be installed: read and verified as an install would, without writing anything.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { diskNeed, readRelease } from '../release/archive.ts'
import { DEFAULT_ROOT, layoutOf, versionsIn } from '../release/layout.ts'
import { MANIFEST, parseManifest, type ReleaseManifest } from '../release/manifest.ts'
import { keyFolders, readTrust } from '../release/trust.ts'
import { compareVersions } from '../release/version.ts'
import type { PreflightCheck } from './check.ts'

export interface ProgramHere {
  /** The folder with package.json. */
  readonly folder: string
  readonly version: string
  /** Where versions are to be installed, where the owner said so. */
  readonly root?: string
}

export interface ReleaseToInstall {
  /** The archive, or the folder that it was unpacked to. */
  readonly path: string
  readonly unsigned: boolean
}

export interface LookedAt {
  readonly manifest: ReleaseManifest | undefined
  readonly checks: readonly PreflightCheck[]
}

/** `home`: where the keys of the owner may be. */
export async function checkRelease(
  { path, unsigned }: ReleaseToInstall,
  home: string,
  exists: boolean,
  here: ProgramHere,
): Promise<LookedAt> {
  const base = { check: 'release', needed: 'a whole release for this machine, signed where keys are placed' }
  if (path.endsWith('.deb')) {
    const mend =
      'Name the hms-VERSION-linux-ARCH.tar.gz of the same version: the package holds the same release, which its installation verifies.'
    return { manifest: undefined, checks: [{ ...base, ok: false, found: `${path} is a Debian package`, mend }] }
  }
  try {
    const trust = readTrust(keyFolders(home), unsigned)
    const { manifest, signedBy } = await readRelease(path, trust)
    const signature =
      signedBy === null ? 'its signature was not checked, as no key is placed or --unsigned was said' : `signed by ${signedBy}`
    const found = `version ${manifest.version} for ${manifest.platform} on ${manifest.arch}, ${Object.keys(manifest.files).length} files, ${signature}`
    const checks = [{ ...base, ok: true, found, mend: null }]
    return { manifest, checks: exists ? [...checks, checkPath(manifest, here.version)] : checks }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return {
      manifest: undefined,
      checks: [{ ...base, ok: false, found: error.message.replace(/\.$/, ''), mend: error.mend ?? 'Fetch the release again.' }],
    }
  }
}

/** From the version that made or last ran the home, as far as this program tells: it is the one that runs it now. */
function checkPath({ version, upgradesFrom }: ReleaseManifest, from: string): PreflightCheck {
  const base = { check: 'version', found: `${from} now, ${version} in the release`, needed: `${upgradesFrom} or newer to upgrade from` }
  if (compareVersions(from, upgradesFrom) < 0) {
    return { ...base, ok: false, mend: `Upgrade to a version between ${from} and ${upgradesFrom} first.` }
  }
  return {
    ...base,
    ok: true,
    mend: compareVersions(version, from) < 0 ? `That is an older version: 'hms downgrade ${version}' goes back to it.` : null,
  }
}

/** Where versions are installed, or will be. */
export function rootFor({ folder, root }: Pick<ProgramHere, 'folder' | 'root'>): string {
  return root ?? layoutOf(folder)?.root ?? DEFAULT_ROOT
}

/** Octets that the program takes where it will be installed, and where that is; undefined where nothing would be. */
export function programStep(
  manifest: ReleaseManifest | undefined,
  { folder, root: wanted }: ProgramHere,
): { readonly root: string; readonly octets: number } | undefined {
  const layout = layoutOf(folder)
  const root = rootFor({ folder, ...(wanted !== undefined && { root: wanted }) })
  if (manifest !== undefined) return isInstalled(root, manifest.version) ? undefined : { root, octets: diskNeed(manifest) }
  const own = join(folder, MANIFEST)
  return layout === null && existsSync(own) ? { root, octets: diskNeed(parseManifest(readFileSync(own))) } : undefined
}

/** Where one may not look, it is not known to be there. */
function isInstalled(root: string, version: string): boolean {
  try {
    return versionsIn(root).includes(version)
  } catch {
    return false
  }
}
