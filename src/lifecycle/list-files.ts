// Which copy of a list file counts: the owner's in config/ of the home, else the one that the program ships.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ListName } from '../policy/lists/reply-lists.ts'
import { programFolder } from './program.ts'

/** An installation has it in `bin/`, a checkout in `data/`. */
export function shippedList(name: ListName): string {
  const installed = join(programFolder, 'bin', name)
  return existsSync(installed) ? installed : join(programFolder, 'data', name)
}

export const ownList = (home: string, name: ListName): string => join(home, 'config', name)
