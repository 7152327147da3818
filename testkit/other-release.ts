// Another release to hand over to: the program as it is built now, in a folder of its own and under a version of its own.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

export interface OtherRelease extends Disposable {
  readonly folder: string
  readonly version: string
}

/** The program must be built. */
export function makeRelease(version: string): OtherRelease {
  const folder = mkdtempSync(join(tmpdir(), 'hms-release-'))
  for (const part of ['dist', 'hms']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, version }))
  return { folder, version, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
