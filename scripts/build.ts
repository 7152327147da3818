// Strips the types from src/ into dist/, in place and position, so that line and column numbers stay those of the
// source. `.ts` in an import becomes `.js`: the same length. With --if-stale nothing is done when dist/ is current.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { layPanel } from './panel.ts'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')
const target = join(root, 'dist')
const data = join(root, 'data')
/** `src/lifecycle/smart-rules.ts` reads it. */
const BUILT_SMART_RULES = 'smart-rules.json'

/** Of swagger-ui what the interactive reference needs, and no more: nothing of it is a package where the program runs. */
const REFERENCE = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt']
/** `src/services/panel/panel-server.ts` names the folder. */
const BUILT_REFERENCE = 'reference'
/** So does `src/services/panel/panel-server.ts` this one. */
const BUILT_PANEL = 'panel'
/** What the panel is made of and with, beside src/. */
const PANEL_PACKAGES = /^(?:react|react-dom|vite|@vitejs\/.+|@mantine\/.+|@tanstack\/.+)$/
const PANEL_SOURCES = ['panel', 'client/src', 'scripts/panel.ts']

/** Sources that ship: everything below src/ but tests. */
function shipped(): string[] {
  return filesAt(source).toSorted()
}

/** A line for each source, and for package.json, which names the runtime: as `find` prints it in ./hms, which compares the two. */
function stamp(files: string[]): string {
  const dataFiles = existsSync(data) ? readdirSync(data).map((name) => join(data, name)) : []
  const lines = [
    ...files,
    ...dataFiles,
    ...PANEL_SOURCES.flatMap((name) => filesAt(join(root, name))),
    import.meta.filename,
    join(root, 'package.json'),
  ].map((file) => {
    const { mtimeNs, size } = statSync(file, { bigint: true })
    const [seconds, fraction] = [mtimeNs / 1_000_000_000n, mtimeNs % 1_000_000_000n]
    return `${relative(root, file)} ${seconds}.${String(fraction).padStart(9, '0')}0 ${size}\n`
  })
  return lines.toSorted().join('')
}

/** A file, or all below a folder, but tests; nothing where there is none. */
function filesAt(place: string): string[] {
  if (!existsSync(place)) return []
  if (statSync(place).isFile()) return [place]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function strip(code: string): string {
  return stripTypeScriptTypes(code).replace(
    /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g,
    (_all, before: string, quote: string, path: string) => `${before}${quote}${path}.js${quote}`,
  )
}

async function build(files: string[], mark: string, smartRules: object | null): Promise<void> {
  const fresh = `${target}.${process.pid}`
  for (const file of files) {
    const out = join(fresh, relative(source, file))
    mkdirSync(dirname(out), { recursive: true })
    if (file.endsWith('.ts')) writeFileSync(out.replace(/\.ts$/, '.js'), strip(readFileSync(file, 'utf8')))
    else cpSync(file, out)
  }
  if (smartRules !== null) writeFileSync(join(fresh, BUILT_SMART_RULES), JSON.stringify(smartRules))
  layReference(join(fresh, BUILT_REFERENCE))
  await layPanel(join(fresh, BUILT_PANEL), join(target, BUILT_PANEL))
  writeFileSync(join(fresh, '.stamp'), mark)
  takePlace(fresh)
}

/** Its maps are not there to be asked for. */
function layReference(folder: string): void {
  const from = join(root, 'node_modules/swagger-ui-dist')
  if (!existsSync(from)) return
  mkdirSync(folder)
  for (const name of REFERENCE) {
    const text = readFileSync(join(from, name), 'utf8').replace(/\/\*# sourceMappingURL=\S+\*\/\s*$/, '')
    writeFileSync(join(folder, name), text)
  }
}

/** Two commands may build at once, and a third is about to run: dist/ is away for no longer than two renames take. */
function takePlace(fresh: string): void {
  const old = `${fresh}.old`
  moveAway(target, old)
  try {
    renameSync(fresh, target)
  } catch (error) {
    // Otherwise another build of the same sources came first.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    rmSync(fresh, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}

function moveAway(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    // There was none, or another build moved it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

interface Packages {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Packages that package.json names and npm has not installed so: after a `git pull`, for example. */
function notInstalled(): string[] {
  const versionIn = (file: string): unknown => {
    try {
      return (JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version
    } catch {
      return undefined
    }
  }
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Packages
  const panel = existsSync(join(root, 'panel')) ? Object.entries(devDependencies).filter(([name]) => PANEL_PACKAGES.test(name)) : []
  const wrong = [...Object.entries(dependencies), ...panel].filter(
    ([name, version]) => versionIn(join(root, 'node_modules', name, 'package.json')) !== version,
  )
  return wrong.map(([name, version]) => `${name} ${version}`)
}

/** The Smart rules, read and checked once here instead of at every start. The reader is imported when packages are known to be there. */
async function checkedSmartRules(): Promise<object | null> {
  if (!existsSync(join(data, 'smart-rules.yaml'))) return null
  const { readSmartRulesFile } = await import('../src/lifecycle/smart-rules.ts')
  const { document, trouble } = readSmartRulesFile(root)
  if (trouble !== null) throw new Error(trouble)
  return document
}

const files = shipped()
const mark = stamp(files)
const current = existsSync(join(target, '.stamp')) && readFileSync(join(target, '.stamp'), 'utf8') === mark
if (!current || !process.argv.includes('--if-stale')) {
  const lacking = notInstalled()
  if (lacking.length > 0) {
    console.error(`hms: npm has not installed ${lacking.join(', ')}; run 'npm ci' in ${root} first.`)
    process.exit(69)
  }
  await build(files, mark, await checkedSmartRules())
}
