// Errors of SQLite and of the file system, sorted by what they mean for the spool: no room, a store that fails, or a bug of ours.
import { messageOf } from '../../base/fault.ts'
import type { StoreError } from './spool/protocol.ts'

/** Primary result codes (sqlite.org/rescode.html). */
const PERM = 3
const BUSY = 5
const LOCKED = 6
const NOMEM = 7
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PROTOCOL = 15
const NOTADB = 26
/** Extended code: no room for the WAL's index, which is a full disk by another name. */
const IOERR_SHMSIZE = IOERR | (19 << 8)

export function errorOf(error: unknown): StoreError {
  if (typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error)
    return { code: error.code === 'ENOSPC' || error.code === 'EDQUOT' ? FULL : IOERR, message: messageOf(error) }
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0
  return { code: code === IOERR_SHMSIZE ? FULL : code & 0xff, message: messageOf(error) }
}

/** `op`: the operation itself was at fault, the store is well. */
export function judge(error: StoreError): 'full' | 'failing' | 'op' {
  switch (error.code) {
    case FULL:
      return 'full'
    case PERM:
    case BUSY:
    case LOCKED:
    case NOMEM:
    case READONLY:
    case IOERR:
    case CORRUPT:
    case CANTOPEN:
    case PROTOCOL:
    case NOTADB:
      return 'failing'
    default:
      return 'op'
  }
}
