// Small files of a home that are there whole or as they were, whatever ends the process.
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Writes beside and renames; keeps the rights and, as root, the owner of a file that was there. */
export function writeWhole(path: string, text: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const beside = `${path}.new`
  // What a kill left, or a link that somebody put there: neither is written to.
  rmSync(beside, { force: true })
  const like = existsSync(path) ? statSync(path) : null
  const file = openSync(beside, 'wx', like === null ? 0o600 : like.mode & 0o777)
  try {
    writeFileSync(file, text, { flush: true })
    if (process.geteuid?.() === 0) fchownSync(file, ...ownerOf(like ?? statSync(folder)))
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function ownerOf({ uid, gid }: { readonly uid: number; readonly gid: number }): [uid: number, gid: number] {
  return [uid, gid]
}

/** `undefined` where it is not there or no JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
