// The passphrase of a backup: from a file, or typed unseen.
import { readFileSync } from 'node:fs'
import { Fault, messageOf } from '../base/fault.ts'
import { badArgument, type Cli } from './cli.ts'

const LEAST = 8

/** The first line of a file. */
export function passphraseFrom(file: string): string {
  let line: string
  try {
    line = readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? ''
  } catch (error) {
    throw new Fault('usage', `The passphrase file ${file} cannot be read: ${messageOf(error)}.`, {
      blame: 'caller',
      cause: error,
      mend: 'Name a file that this user may read, or let that user read it.',
    })
  }
  if (line.length < LEAST) throw badArgument(`The first line of ${file} is no passphrase: it has fewer than ${LEAST} characters.`)
  return line
}

/** A new one, typed twice. */
export async function newPassphrase({ terminal }: Cli): Promise<string> {
  const first = await terminal.secret('Passphrase for the backup')
  if (first === undefined) throw badArgument('Nobody can be asked for a passphrase here.', 'Name a file with --passphrase-file.')
  if (first.length < LEAST) throw badArgument(`A passphrase has at least ${LEAST} characters.`)
  if ((await terminal.secret('The same again')) !== first) throw badArgument('These were two different passphrases.')
  return first
}

/** Opens with what was given; where a passphrase is needed and a person is there, it is asked for. */
export async function withPassphrase<T>(
  { terminal }: Cli,
  file: string | undefined,
  open: (passphrase?: string) => Promise<T>,
): Promise<T> {
  if (file !== undefined) return open(passphraseFrom(file))
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'passphrase-needed')) throw error
    const typed = await terminal.secret('Passphrase of the backup')
    if (typed === undefined) throw error
    return open(typed)
  }
}
