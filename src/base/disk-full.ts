// Whether an error says that a disk is full, whoever said it: the file system (ENOSPC, EDQUOT) or SQLite (SQLITE_FULL, sqlite.org/rescode.html).
const SQLITE_FULL = 13

export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error && typeof error.errcode === 'number') return (error.errcode & 0xff) === SQLITE_FULL
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
