// The log files that there are, folder by folder: accounts/<id>/logfiles/yyyyMMdd<Name>.log and .jsonl, with .gz once they are closed.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { isMissing } from '../../base/fault.ts'

const LOG_NAME = /^(\d{4})(\d\d)(\d\d)([A-Za-z]+)(?:-\d+)?\.(?:log|jsonl)(\.gz)?$/

export interface LogFile {
  readonly path: string
  /** Local, `2026-11-22`. */
  readonly day: string
  /** Of its format, such as `Processed`. */
  readonly suffix: string
  readonly compressed: boolean
}

/** A folder at a time; others have their turn after each. */
export async function* logFilesOf(home: string): AsyncGenerator<readonly LogFile[]> {
  for (const account of names(join(home, 'accounts'))) {
    yield logFilesIn(join(home, 'accounts', account, 'logfiles'))
    await turn()
  }
}

/** Numbers of accounts that have a folder, as its name. */
export function accountNames(home: string): readonly string[] {
  return names(join(home, 'accounts')).filter((name) => /^\d+$/.test(name))
}

/** All of them at once. */
export function allLogFiles(home: string): readonly LogFile[] {
  return names(join(home, 'accounts')).flatMap((account) => logFilesIn(join(home, 'accounts', account, 'logfiles')))
}

function logFilesIn(folder: string): readonly LogFile[] {
  return names(folder).flatMap((name) => {
    const [, year, month, day, suffix = '', packed] = LOG_NAME.exec(name) ?? []
    return year === undefined
      ? []
      : [{ path: join(folder, name), day: `${year}-${month}-${day}`, suffix, compressed: packed !== undefined }]
  })
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return []
    throw error
  }
}
