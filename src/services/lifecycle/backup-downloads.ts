// Backups that are taken along over the management API: whoever may, opens one, and whoever knows the name that it got then reads it, for half a
// day. So the proof and the record in the audit are of the whole, however long its octets travel, and a key that only reads opens none.
import { randomBytes } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import type { BackupDownload } from '../../contract/lifecycle.ts'

const OPEN_FOR: Ms = 12 * 3_600_000
const MOST_OPEN = 20
const MOST_PIECE = 1024 * 1024

interface Opened {
  readonly file: string
  readonly download: BackupDownload
}

export class BackupDownloads {
  readonly #clock: Clock
  /** By id; the oldest goes where there are too many. */
  readonly #opened = new Map<string, Opened>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `file`: of a backup that is known. */
  async open(file: string): Promise<BackupDownload> {
    const { size } = await stat(file).catch((error: unknown) => {
      throw new Fault('no-backup', `${file} cannot be read: ${messageOf(error)}.`, { blame: 'owner', cause: error })
    })
    const id = randomBytes(16).toString('hex')
    const download = { id, name: basename(file), size, until: this.#clock.now() + OPEN_FOR }
    this.#forgetOld()
    for (const old of this.#opened.keys()) if (this.#opened.size >= MOST_OPEN) this.#opened.delete(old)
    this.#opened.set(id, { file, download })
    return download
  }

  async read(id: string, from: number): Promise<OctetPiece> {
    this.#forgetOld()
    const opened = this.#opened.get(id)
    if (opened === undefined) throw notOpen(id)
    const { size } = opened.download
    await using file = await open(opened.file, 'r').catch((error: unknown) => {
      throw new Fault('no-backup', `${opened.file} cannot be read any more: ${messageOf(error)}.`, { blame: 'owner', cause: error })
    })
    // Another file of that name is another backup.
    if ((await file.stat()).size !== size || from > size) throw notOpen(id)
    const octets = Buffer.alloc(Math.min(MOST_PIECE, size - from))
    const { bytesRead } = await file.read(octets, 0, octets.length, from)
    const next = from + bytesRead
    return { size, from, octets: octets.subarray(0, bytesRead).toString('base64'), next: next < size && bytesRead > 0 ? next : null }
  }

  #forgetOld(): void {
    const now = this.#clock.now()
    for (const [id, { download }] of this.#opened) if (download.until <= now) this.#opened.delete(id)
  }
}

function notOpen(id: string): Fault {
  return new Fault('no-backup', `No backup is open for reading as ${id}, or not so much of it.`, {
    blame: 'caller',
    mend: 'POST /backups/downloads opens one for half a day; what was open ends with the server.',
  })
}
