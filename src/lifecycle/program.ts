// The program that runs: where its files are, and which version it is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of package.json: a checkout, or a version of an installation. */
export const programFolder = join(import.meta.dirname, '../..')

export function programVersion(): string {
  return (JSON.parse(readFileSync(join(programFolder, 'package.json'), 'utf8')) as { version: string }).version
}
