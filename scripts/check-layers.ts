// The house: a room imports only from lower floors, rooms of one floor never see each other, and tests, the test kit
// and the bench are never imported by the product. Fails when it saw no import, as a check that sees nothing proves nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
const FLOORS: Record<string, number> = {
  base: 0,
  contract: 1,
  smtp: 2,
  message: 2,
  policy: 2,
  engine: 3,
  net: 4,
  store: 4,
  plugins: 4,
  api: 5,
  lifecycle: 5,
  services: 6,
  cli: 7,
}

export interface Finding {
  file: string
  problem: string
}

function roomOf(path: string): string | undefined {
  const [top, room] = relative(root, path).split('/')
  return top === 'src' ? room : undefined
}

/** Every relative import of a source, as an absolute path. */
function importsOf(file: string, code: string): string[] {
  return [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.{1,2}\/[^'"]+)['"]/g)].map((match) =>
    resolve(dirname(file), match[1] ?? ''),
  )
}

function judge(file: string, target: string): string | undefined {
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === undefined) return undefined
  const isTest = file.endsWith('.test.ts')
  if (to === undefined) return isTest ? undefined : `imports ${relative(root, target)}, which does not ship`
  if (from === to) return undefined
  const [here, there] = [FLOORS[from], FLOORS[to]]
  if (here === undefined || there === undefined) return `is in or imports a room without a floor: ${from} → ${to}`
  return there < here ? undefined : `reaches from ${from} (floor ${here}) to ${to} (floor ${there})`
}

/** Rooms of the panel, from the ground up; files beside them put it together. Of the rest of the house it sees the client and the contract. */
const PANEL_FLOORS: Record<string, number> = { texts: 0, styles: 0, parts: 1, app: 2, pages: 3 }
/** What reads and writes files for commands, and tells what was changed, does it for browsers too. */
const PANEL_SEES = [
  'client/src/index.ts',
  'src/base/csv.ts',
  'src/cli/output/visible.ts',
  'src/contract/',
  'src/policy/audit/difference.ts',
  'src/policy/jobs/job-file.ts',
  'src/policy/jobs/rows.ts',
  'src/policy/suppression/import-work.ts',
  'src/policy/suppression/list-files.ts',
]

function judgePanel(file: string, target: string): string | undefined {
  const place = (path: string): string[] => relative(join(root, 'panel/src'), path).split('/')
  const [room = '', page] = place(file)
  const [there = '', other] = place(target)
  if (there === '..') {
    const seen = relative(root, target)
    return PANEL_SEES.some((one) => seen.startsWith(one))
      ? undefined
      : `imports ${seen}: the panel sees the client, the contract and what reads files`
  }
  const [from, to] = [PANEL_FLOORS[room] ?? 4, PANEL_FLOORS[there] ?? 4]
  if (from === to && room === 'pages' && page !== other) return `reaches from the page ${page} to the page ${other}`
  return to <= from ? undefined : `reaches from ${room} (floor ${from}) to ${there} (floor ${to})`
}

/** The package for plug-ins shows the contract and what runs and tries plug-ins; its examples see nothing but the package and their own folder. */
const SDK_SEES = ['sdk/src/', 'src/contract/', 'src/plugins/']

function judgeSdk(name: string, target: string): string | undefined {
  const seen = relative(root, target)
  const [, room, example] = name.split('/')
  if (room === 'examples')
    return seen.startsWith(`sdk/examples/${example ?? ''}/`) ? undefined : `imports ${seen}: an example is whole without the checkout`
  return SDK_SEES.some((one) => seen.startsWith(one)) ? undefined : `imports ${seen}: the package shows the contract and src/plugins`
}

export function check(): { findings: Finding[]; imports: number } {
  const findings: Finding[] = []
  let imports = 0
  const files = ['src', 'panel/src', 'sdk'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  for (const entry of files) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || /\/(?:dist|node_modules)(?:\/|$)/.test(entry.parentPath)) continue
    const file = join(entry.parentPath, entry.name)
    const code = readFileSync(file, 'utf8')
    const name = relative(root, file)
    for (const target of importsOf(file, code)) {
      imports++
      const problem = name.startsWith('panel/')
        ? judgePanel(file, target)
        : name.startsWith('sdk/')
          ? judgeSdk(name, target)
          : judge(file, target)
      if (problem !== undefined) findings.push({ file: name, problem })
    }
  }
  return { findings, imports }
}

if (import.meta.main) {
  const { findings, imports } = check()
  for (const { file, problem } of findings) console.error(`${file} ${problem}`)
  if (imports === 0) console.error('check-layers saw no import at all: it proves nothing')
  if (findings.length > 0 || imports === 0) process.exit(1)
  console.log(`layers: ${imports} imports keep the floors`)
}
