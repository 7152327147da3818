// `npm run release`: makes hms-VERSION-linux-ARCH.tar.gz and prints where it is. The same commit gives the same bytes.
import { spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, sign } from 'node:crypto'
import { createWriteStream, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { arch as machine } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'
import { PLUGIN_API, PLUGIN_HOOKS } from '../src/contract/plugins.ts'
import { FORMATS } from '../src/contract/formats.ts'
import { defaultConfigFile } from '../src/lifecycle/config/default-file.ts'
import { ARCHES, MANIFEST, releaseName, type ReleaseManifest, SIGNATURE } from '../src/lifecycle/release/manifest.ts'
import { isVersion } from '../src/lifecycle/release/version.ts'
import { contentOf, type ReleaseContent, type ReleaseOrder, runtimeVersion, TIME } from './release-content.ts'
import { writeDebianPackage } from './release-deb.ts'

/** The oldest version whose home this one takes over. */
const UPGRADES_FROM = '0.1.0'
const USAGE = `npm run release -- [options]

  --arch x64|arm64   the machine it is for (else this one)
  --key FILE         signs it with an Ed25519 private key in PEM
  --deb              a Debian package with it as well
  --out DIR          where to put it (else ./releases)
  --version V        a version that package.json does not have yet, for a trial
  --level 1..9       from soon made to small (else 6)`
const root = join(import.meta.dirname, '..')

const sha256 = (octets: Buffer | string): string => createHash('sha256').update(octets).digest('hex')

function manifestOf({ arch, version }: ReleaseOrder, content: ReadonlyMap<string, ReleaseContent>): ReleaseManifest {
  const files = [...content].map(([path, { mode, octets }]) => [path, { sha256: sha256(octets), size: octets.length, mode }] as const)
  return {
    product: 'hms',
    version,
    platform: 'linux',
    arch,
    formats: FORMATS,
    pluginApi: PLUGIN_API,
    plugins: { apis: [PLUGIN_API], hooks: PLUGIN_HOOKS },
    upgradesFrom: UPGRADES_FROM,
    runtime: runtimeVersion(arch),
    defaults: { 'hms.yaml': sha256(defaultConfigFile()) },
    files: Object.fromEntries(files),
  }
}

/** Makes the archive and returns its path. */
export async function makeRelease(order: ReleaseOrder): Promise<string> {
  const content = contentOf(order.arch, order.version)
  const manifest = manifestOf(order, content)
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
  const name = releaseName(manifest)
  const file = join(order.out, `${name}.tar.gz`)
  mkdirSync(order.out, { recursive: true })
  const tar = pack()
  const written = pipeline(tar, createGzip({ level: order.level }), createWriteStream(`${file}.new`))
  await add(tar, `${name}/${MANIFEST}`, { mode: '644', octets: text })
  if (order.key !== undefined) {
    const octets = Buffer.from(`${sign(null, text, createPrivateKey(order.key)).toString('base64')}\n`)
    await add(tar, `${name}/${SIGNATURE}`, { mode: '644', octets })
  }
  for (const [path, entry] of content) await add(tar, `${name}/${path}`, entry)
  tar.finalize()
  await written
  renameSync(`${file}.new`, file)
  return file
}

async function add(tar: Pack, name: string, { mode, octets }: ReleaseContent): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>()
  tar.entry({ name, mode: Number.parseInt(mode, 8), size: octets.length, mtime: TIME, uname: 'root', gname: 'root' }, octets, (error) =>
    error === null || error === undefined ? done() : reject(error),
  )
  await promise
}

/** Null: help was asked for. */
function orderOf(argv: readonly string[]): (ReleaseOrder & { readonly deb: boolean }) | null {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv],
    options: {
      arch: text,
      key: text,
      out: text,
      version: text,
      level: text,
      deb: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return null
  const here = machine() === 'arm64' ? 'arm64' : 'x64'
  const arch = ARCHES.find((one) => one === (values.arch ?? here))
  if (arch === undefined) throw new Error(`--arch takes ${ARCHES.join(' or ')}`)
  const version = values.version ?? (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  if (!isVersion(version)) throw new Error(`${version} is no version`)
  const level = Number(values.level ?? 6)
  if (!Number.isInteger(level) || level < 1 || level > 9) throw new Error('--level takes 1 to 9')
  const key = values.key === undefined ? {} : { key: readFileSync(values.key, 'utf8') }
  return { arch, version, level, out: resolve(values.out ?? join(root, 'releases')), deb: values.deb === true, ...key }
}

async function main(): Promise<void> {
  const order = orderOf(process.argv.slice(2))
  if (order === null) return console.log(USAGE)
  const built = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'scripts/build.ts'), '--if-stale'], {
    stdio: 'inherit',
  })
  if (built.status !== 0) throw new Error('the build failed')
  const file = await makeRelease(order)
  console.log(file)
  if (order.deb) console.log(await writeDebianPackage(file, order))
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : String(error)}.`)
    process.exitCode = 1
  }
}
