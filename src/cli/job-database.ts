// The database that a job names: by its name in config/databases.yaml of the home, or by a URL. Its password comes from a file or from the
// environment of whoever calls, and goes nowhere but to the database.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isMissing } from '../base/fault.ts'
import { databasePlace, isDatabaseUrl, type NamedDatabase, readDatabases } from '../policy/jobs/databases.ts'
import type { DatabaseAsked } from '../store/databases/rows.ts'
import { badArgument } from './cli.ts'

const VARIABLES = { postgres: 'PGPASSWORD', mysql: 'MYSQL_PWD' } as const

export function databaseOf(asked: string, home: string, environment: NodeJS.ProcessEnv): Omit<DatabaseAsked, 'sql' | 'patience'> {
  const file = join(home, 'config', 'databases.yaml')
  const { place, passwordFile, ca } = isDatabaseUrl(asked)
    ? { place: placeIn(asked), passwordFile: undefined, ca: undefined }
    : namedIn(file, asked)
  const password = passwordFile === undefined ? environment[VARIABLES[place.kind]] : textOf(file, passwordFile).replace(/\r?\n$/, '')
  return { place, password, ca: ca === undefined ? undefined : textOf(file, ca) }
}

function placeIn(url: string): NamedDatabase['place'] {
  const place = databasePlace(url)
  if (typeof place === 'string') throw badArgument(`recipients.database ${place}.`)
  return place
}

function namedIn(file: string, name: string): NamedDatabase {
  const text = read(file)
  if (text === null)
    throw badArgument(`The job reads the database ${name}, and there is no ${file}.`, 'Make it, or give recipients.database as a URL.')
  const databases = readDatabases(text)
  if (typeof databases === 'string') throw badArgument(`${file}: ${databases}`)
  const found = databases.get(name)
  if (found === undefined) throw badArgument(`${file} has no database ${name}; it has ${[...databases.keys()].join(', ') || 'none'}.`)
  return found
}

function textOf(file: string, path: string): string {
  const whole = resolve(dirname(file), path)
  const text = read(whole)
  if (text === null) throw badArgument(`There is no file ${whole}, which ${file} names.`)
  return text
}

/** Null: it is not there. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw badArgument(`${path} cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}.`)
  }
}
