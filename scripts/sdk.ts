// The package for plug-ins as it is published: `sdk/dist`, with the server's own files and their declarations, as far as its two entries reach.
// What a plug-in's author types and tries against is what the server runs. `npm pack` in sdk/ calls it; an argument is another folder to write to.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
const ENTRIES = ['sdk/src/index', 'sdk/src/test']
/** What the author has beside the package. */
const PEERS = new Set(['zod'])

/** Files of other files, by what they import of ours: `from './x.js'`, `import('./x.js')`, `new URL('./x.js', …)`. */
const OURS = /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\.(?:ts|js)\2/g
const OTHERS = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"](@?[a-z][\w./:-]*)['"]/g

function run(...words: readonly string[]): void {
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** `read` has the text of a file of the checkout, named without its ending; written under `out` as `<name><ending>`. */
function follow(out: string, ending: string, read: (name: string) => string): number {
  const seen = new Set<string>()
  const next = [...ENTRIES]
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const text = read(name)
    for (const [, , , path] of text.matchAll(OURS)) next.push(join(dirname(name), path ?? ''))
    if (ending === '.js') refuseOthers(name, text)
    const file = join(out, `${name}${ending}`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(
      file,
      text.replace(OURS, (_all, before: string, quote: string, path: string) => `${before}${quote}${path}.js${quote}`),
    )
  }
  return seen.size
}

function refuseOthers(name: string, text: string): void {
  for (const [, other = ''] of text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '').matchAll(OTHERS))
    if (!isBuiltin(other) && !PEERS.has(other)) throw new Error(`${name} needs ${other}, which whoever installs the package does not have`)
}

export function buildSdk(out: string): { readonly files: number; readonly declarations: number } {
  run('scripts/build.ts', '--if-stale')
  const made = mkdtempSync(join(tmpdir(), 'hms-sdk-'))
  try {
    run('node_modules/typescript/bin/tsc', '-p', 'sdk', '--outDir', made)
    rmSync(out, { recursive: true, force: true })
    const code = (name: string): string => join(name.startsWith('src/') ? join(root, 'dist', name.slice('src/'.length)) : join(made, name))
    const files = follow(out, '.js', (name) => readFileSync(`${code(name)}.js`, 'utf8'))
    const declarations = follow(out, '.d.ts', (name) => readFileSync(join(made, `${name}.d.ts`), 'utf8'))
    return { files, declarations }
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const out = resolve(process.argv[2] ?? join(root, 'sdk/dist'))
  const { files, declarations } = buildSdk(out)
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'))
  console.log(`sdk: ${files} files and ${declarations} declarations in ${out}`)
}
