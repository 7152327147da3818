// The Control Panel as it is served: `panel/` built by Vite, each file beside its brotli and gzip form, compressed here once and never while
// somebody waits. `scripts/build.ts` calls it; what it made before is taken over as long as none of its sources changed.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const STAMP = '.stamp'
/** What it is made of: of the rest of the house what `check-layers.ts` lets it see, and what that is made of. */
const SOURCES = ['panel', 'client/src', 'src/base', 'src/contract', 'src/policy/jobs', 'src/policy/suppression']
/** Worth compressing, and from which size on. */
const TEXTS = /\.(?:js|css|svg|json|webmanifest)$/
const LEAST = 512
/** Null: there is no panel in this checkout, or nothing to build it with. */
function panelStamp(): string | null {
  if (!existsSync(join(root, 'panel/index.html')) || !existsSync(join(root, 'node_modules/vite'))) return null
  const hash = createHash('sha256')
  for (const file of [...panelSources(), join(root, 'scripts/panel.ts'), join(root, 'package-lock.json')])
    hash
      .update(`${relative(root, file)}\n`)
      .update(readFileSync(file))
      .update('\n')
  return hash.digest('hex')
}

function panelSources(): readonly string[] {
  return SOURCES.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\.(?:test\.ts|md|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** `old`: where the last build lies, if any. */
export async function layPanel(into: string, old: string): Promise<void> {
  const stamp = panelStamp()
  if (stamp === null) return
  if (isTakenOver(into, old, stamp)) return
  await bundle(into)
  compress(into)
  writeFileSync(join(into, STAMP), stamp)
}

function isTakenOver(into: string, old: string, stamp: string): boolean {
  try {
    if (readFileSync(join(old, STAMP), 'utf8') !== stamp) return false
    cpSync(old, into, { recursive: true })
    return true
  } catch {
    // There was none, or another build moved it away.
    rmSync(into, { recursive: true, force: true })
    return false
  }
}

async function bundle(into: string): Promise<void> {
  const [{ build }, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')])
  await build({
    root: join(root, 'panel'),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: into,
      emptyOutDir: false,
      // What is put into the text of another file would want `data:` in the policy.
      assetsInlineLimit: 0,
      sourcemap: false,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
    },
  })
}

function compress(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && TEXTS.test(entry.name))
  for (const entry of files) {
    const file = join(entry.parentPath, entry.name)
    const octets = readFileSync(file)
    if (octets.length < LEAST) continue
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: octets.length }
    writeFileSync(`${file}.br`, brotliCompressSync(octets, { params }))
    writeFileSync(`${file}.gz`, gzipSync(octets, { level: 9 }))
  }
}
