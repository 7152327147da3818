// No source has more than 400 lines: one that grows longer is about two things. Tests, the kit and styles count, too; functions are oxlint's
// (.oxlintrc.json). An exception that nothing needs any more fails.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const FOLDERS = ['src', 'panel', 'sdk', 'client', 'test', 'testkit', 'bench', 'scripts', 'packaging']
const MOST_LINES = 400
/** Longer ones, and why. */
const LONGER: Readonly<Record<string, string>> = {
  'client/src/generated/calls.ts': 'made by npm run reference',
  'client/src/generated/types.ts': 'made by npm run reference',
}

/** `file: sentence` for every source that is too long, and every exception that is none. */
export function check(): { findings: string[]; files: number } {
  const findings: string[] = []
  const longer = new Set<string>()
  let files = 0
  for (const folder of FOLDERS)
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = relative(root, path)
      if (!entry.isFile() || !/\.(?:tsx?|css)$/.test(name) || /(?:^|\/)(?:dist|node_modules)\//.test(name)) continue
      files++
      const lines = readFileSync(path, 'utf8').split('\n').length - 1
      if (lines <= MOST_LINES) continue
      longer.add(name)
      if (!Object.hasOwn(LONGER, name)) findings.push(`${name} has ${lines} lines; split it into files of at most ${MOST_LINES}`)
    }
  for (const name of Object.keys(LONGER))
    if (!longer.has(name)) findings.push(`${name} is not longer than ${MOST_LINES} lines: its exception goes`)
  return { findings, files }
}

if (import.meta.main) {
  const { findings, files } = check()
  for (const finding of findings) console.error(finding)
  if (findings.length > 0) process.exit(1)
  console.log(`lengths: ${files} files of at most ${MOST_LINES} lines`)
}
