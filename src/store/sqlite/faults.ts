// What the store says when it cannot: the two temporary faults of the spool that become 452 and 451, a database of a newer release,
// and the sentences behind them.
import type { MessageId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { FORMATS, type StoreName } from '../../contract/formats.ts'
import type { StoreError } from './spool/protocol.ts'

export function spoolFull(reason: string, cause?: unknown): Fault {
  return new Fault('spool-full', `The spool has no room: ${reason}.`, {
    blame: 'owner',
    temporary: true,
    mend: "Free space on the disk that holds the home's spool folder; accepting begins again by itself.",
    cause,
  })
}

export function spoolFailing(reason: string, cause?: unknown): Fault {
  return new Fault('spool-failing', `The spool cannot be written: ${reason}.`, {
    blame: 'owner',
    temporary: true,
    mend: 'Look at the disk that holds the spool folder (read-only, broken, not answering); accepting begins again by itself.',
    cause,
  })
}

/** An operation that no store could carry out: a bug of the caller or of ours. */
export function refused(error: StoreError): Fault {
  return new Fault('spool-refused', `The spool refused an operation: ${error.message}.`, { blame: 'caller' })
}

/** What the file system answered about a body file. */
export function fileFault(error: unknown): Fault {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown'
  const text = `a body file was answered with ${code}`
  return code === 'ENOSPC' || code === 'EDQUOT' ? spoolFull(text, error) : spoolFailing(text, error)
}

/** Of a message whose file is gone, or that has nothing in its slot. */
export function bodyMissing(id: MessageId, path: string, { mend, cause }: { readonly mend: string; readonly cause?: unknown }): Fault {
  return new Fault('body-missing', `The body of message ${id} is missing at ${path}.`, { blame: 'owner', temporary: true, mend, cause })
}

/** What a store says whose format this program does not read: newer, or of a time from which there is no way. */
export function refuseFormat(store: StoreName, path: string, format: number): Fault {
  const { reads, writes } = FORMATS[store]
  if (format > writes) {
    const text = `${path} has format ${format}, which is newer than this program, which knows formats up to ${writes}.`
    return new Fault('format-newer', text, { blame: 'owner', mend: 'Run the release that made it, or a newer one.' })
  }
  const text = `${path} has format ${format}, from before the first release; this program knows formats from ${reads[0]} on.`
  return new Fault('format-older', text, {
    blame: 'owner',
    mend: 'Begin with a new home; the program that made it still sends what is queued in the old one.',
  })
}
