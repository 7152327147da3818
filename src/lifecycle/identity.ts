// HOME/identity.json: whose home this is, and which file on which machine says so. A copy of the home is another file, with another
// time of making (another number, where that is not kept), or lies on another machine; a home that was moved within its disk is no copy.
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../base/sync-folder.ts'

export interface Identity {
  readonly installation: string
  /** Of this file. As text: both may be beyond what a number holds. */
  readonly inode: string
  /** Null where the file system does not keep it. */
  readonly birthtimeNs: string | null
  /** /etc/machine-id; null where there is none. */
  readonly machine: string | null
  /** Shard → number of an event up to which the journal may be ahead of this home: it was looked at when the home was adopted. */
  readonly known: Readonly<Record<string, number>>
}

const identityFile = (home: string): string => join(home, 'identity.json')

/** Null where there is none that can be read. */
export function readIdentity(home: string): Identity | null {
  try {
    return JSON.parse(readFileSync(identityFile(home), 'utf8')) as Identity
  } catch {
    return null
  }
}

/** Says that this folder, here and now, is the home of the installation. */
export async function writeIdentity(home: string, installation: string, known: Identity['known'] = {}): Promise<void> {
  const fresh = `${identityFile(home)}.new`
  writeFileSync(fresh, '', { mode: 0o600 })
  const { ino, birthtimeNs } = statSync(fresh, { bigint: true })
  const identity: Identity = { installation, inode: String(ino), birthtimeNs: String(birthtimeNs), machine: machineId(), known }
  await write(fresh, identity)
  // Some file systems know no time of making and give one that moves.
  if (statSync(fresh, { bigint: true }).birthtimeNs !== birthtimeNs || birthtimeNs === 0n)
    await write(fresh, { ...identity, birthtimeNs: null })
  renameSync(fresh, identityFile(home))
  await syncFolder(home)
}

async function write(path: string, identity: Identity): Promise<void> {
  await using file = await open(path, 'r+')
  await file.truncate()
  await file.write(`${JSON.stringify(identity, null, 2)}\n`, 0)
  await file.sync()
}

/** Why the home is a copy, as the middle of a sentence; null: it is where it was made, or adopted. */
export function copiedFrom(home: string): string | null {
  const identity = readIdentity(home)
  if (identity === null) return 'it has no identity.json'
  const machine = machineId()
  if (identity.machine !== null && machine !== null && identity.machine !== machine) return 'it was made on another machine'
  const { ino, birthtimeNs } = statSync(identityFile(home), { bigint: true })
  // No copy keeps the time of making; a number may change by itself on a file system that invents them at each mount.
  const isItself = identity.birthtimeNs === null ? identity.inode === String(ino) : identity.birthtimeNs === String(birthtimeNs)
  return isItself ? null : 'its files were copied'
}

function machineId(): string | null {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim()
    return /^[0-9a-f]{32}$/.test(id) ? id : null
  } catch {
    return null
  }
}
