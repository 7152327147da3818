// Small files of a home that are there whole or as they were, whatever ends the process.
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Writes beside and renames; keeps the rights and, as root, the owner of a file that was there. */
export function writeWhole(path: string, text: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const beside = `${path}.new`
  writeFileSync(beside, text, { mode: existsSync(path) ? statSync(path).mode & 0o777 : 0o600, flush: true })
  keepOwner(beside, existsSync(path) ? path : folder)
  renameSync(beside, path)
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function keepOwner(path: string, like: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(like)
  chownSync(path, uid, gid)
}

/** `undefined` where it is not there or no JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
