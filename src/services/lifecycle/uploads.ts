// Releases that come by the management API, piece by piece, into HOME/lifecycle/uploads/<id>: `release.tar.gz` and `record.json`. States:
//   coming  pieces are added where the last one ended; what a cut-off piece left behind `received` is cut away by the next
//   whole   every octet is there, its SHA-256 is that of the beginning, and a key that the owner placed signed its manifest
// What is not right at its end is removed at once. Nothing is unpacked and nothing is run here. All of it is bounded: in octets, in number, in time.
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { ReleaseUpload } from '../../contract/lifecycle.ts'
import type { Config } from '../../contract/options.ts'
import type { UploadDesk } from '../../engine/ports/lifecycle.ts'
import { readJson, writeWhole } from '../../lifecycle/config/whole-file.ts'
import { uploadsFolder } from '../../lifecycle/home-files.ts'
import { keyFolders, readTrust, type Trust } from '../../lifecycle/release/trust.ts'
import { lackOfRoom } from '../../store/sqlite/disk-space.ts'

const MOST_UPLOADS = 3
/** Without a piece. */
const COMING_FOR: Ms = 24 * 3_600_000
const WHOLE_FOR: Ms = 7 * 24 * 3_600_000

export interface UploadParts {
  readonly home: string
  readonly config: Config
  readonly clock: Clock
}

export class Uploads implements UploadDesk {
  readonly #parts: UploadParts
  readonly #folder: string
  /** What is done to them is done one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: UploadParts) {
    this.#parts = parts
    this.#folder = uploadsFolder(parts.home)
  }

  /** Newest first. What nobody went on with, or took, is removed. */
  list(): readonly ReleaseUpload[] {
    const now = this.#parts.clock.now()
    const found = idsIn(this.#folder).flatMap((id) => this.#read(id) ?? [])
    for (const { id, until } of found) if (until <= now) this.#drop(id)
    return found.filter(({ until }) => until > now).toSorted((a, b) => b.id - a.id)
  }

  begin({ size, sha256, by }: Pick<ReleaseUpload, 'size' | 'sha256' | 'by'>): Promise<ReleaseUpload> {
    return this.#inTurn(async () => {
      const { clock, home } = this.#parts
      requiredTrust(home)
      const there = this.list()
      if (there.length >= MOST_UPLOADS)
        throw new Fault('too-many-uploads', `There are ${there.length} uploads already, as many as may be.`, {
          blame: 'caller',
          mend: 'Remove one with DELETE /lifecycle/uploads/{id}, or go on with it.',
        })
      await this.#assureRoom(size)
      const at = clock.now()
      const id = Math.max(at, (there[0]?.id ?? 0) + 1)
      await mkdir(join(this.#folder, String(id)), { recursive: true, mode: 0o700 })
      await using _file = await open(this.#file(id), 'wx', 0o600)
      return this.#keep({ id, by, at, size, sha256, received: 0, until: at + COMING_FOR, release: null })
    })
  }

  add(id: number, from: number, octets: Uint8Array): Promise<ReleaseUpload> {
    return this.#inTurn(async () => {
      const upload = this.#known(id)
      const { size, received } = upload
      if (upload.release !== null || from !== received)
        throw new Fault(
          'upload-elsewhere',
          `${received} of ${size} octets are there: the next piece begins at ${received}, not at ${from}.`,
          {
            blame: 'caller',
            mend: 'Go on from `received`; GET /lifecycle/uploads/{id} tells it.',
          },
        )
      if (received + octets.length > size)
        throw new Fault('upload-elsewhere', `The piece goes beyond the ${size} octets that were told at the beginning.`, {
          blame: 'caller',
          mend: 'Begin another upload with the right size.',
        })
      await this.#assureRoom(size - received)
      await this.#write(id, received, octets)
      const now = this.#parts.clock.now()
      const more = this.#keep({ ...upload, received: received + octets.length, until: now + COMING_FOR })
      return more.received < size ? more : this.#conclude(more)
    })
  }

  remove(id: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const isThere = this.#read(id) !== null
      if (isThere) this.#drop(id)
      return isThere
    })
  }

  whole(id: number): { readonly file: string; readonly version: string } {
    const { release, received, size } = this.#known(id)
    if (release !== null) return { file: this.#file(id), version: release.version }
    throw new Fault('upload-incomplete', `The upload ${id} is not whole: ${received} of ${size} octets are there.`, {
      blame: 'caller',
      mend: 'Send the rest of it first.',
    })
  }

  /** Its octets are compared with what was told, and its signature with the keys that are placed. */
  async #conclude(upload: ReleaseUpload): Promise<ReleaseUpload> {
    const { id, sha256 } = upload
    try {
      const hash = createHash('sha256')
      await pipeline(createReadStream(this.#file(id)), hash)
      if (hash.digest('hex') !== sha256)
        throw new Fault('upload-damaged', 'What came has not the SHA-256 that was told at the beginning. The upload was removed.', {
          blame: 'caller',
          mend: 'Send it again from the beginning.',
        })
      // What reads archives is loaded with the first release.
      const { peekRelease } = await import('../../lifecycle/release/archive.ts')
      const { manifest, signedBy } = await peekRelease(this.#file(id), requiredTrust(this.#parts.home))
      return this.#keep({ ...upload, until: this.#parts.clock.now() + WHOLE_FOR, release: { version: manifest.version, signedBy } })
    } catch (error) {
      this.#drop(id)
      throw error
    }
  }

  /** On the disk before it counts. */
  async #write(id: number, from: number, octets: Uint8Array): Promise<void> {
    try {
      await using file = await open(this.#file(id), 'r+')
      // A piece that was cut off, as by a power cut.
      await file.truncate(from)
      await writeAll(file, octets, from)
      await file.sync()
    } catch (error) {
      throw new Fault('upload-unwritable', `The piece cannot be written: ${messageOf(error)}.`, {
        blame: 'owner',
        temporary: true,
        mend: 'Look at the disk of the home, and send the piece again.',
        cause: error,
      })
    }
  }

  /** Mail has the room first. */
  async #assureRoom(octets: number): Promise<void> {
    const { home, config } = this.#parts
    const least = { bytes: config['spool.low_water'] + octets, percent: config['spool.low_water_percent'] }
    const { reason } = await lackOfRoom(home, least)
    if (reason === null) return
    throw new Fault('disk-full', `There is no room for it on the disk of the home: ${reason}, with the upload.`, {
      blame: 'owner',
      mend: 'Make room there.',
    })
  }

  #known(id: number): ReleaseUpload {
    const found = this.#read(id)
    if (found !== null && found.until > this.#parts.clock.now()) return found
    throw new Fault('no-upload', `There is no upload ${id}.`, { blame: 'caller', mend: 'GET /lifecycle/uploads lists them.' })
  }

  #read(id: number): ReleaseUpload | null {
    const kept = readJson(join(this.#folder, String(id), 'record.json')) as
      | { readonly format?: unknown; readonly upload?: unknown }
      | undefined
    const upload = kept?.upload as Partial<ReleaseUpload> | null | undefined
    if (kept?.format !== 1 || typeof upload !== 'object' || upload === null || upload.id !== id) return null
    const numbers = [upload.at, upload.size, upload.received, upload.until]
    const size = statSync(this.#file(id), { throwIfNoEntry: false })?.size ?? -1
    // What is not there any more comes again.
    return numbers.every(Number.isSafeInteger) && size >= (upload.received ?? 0) ? (upload as ReleaseUpload) : null
  }

  #keep(upload: ReleaseUpload): ReleaseUpload {
    writeWhole(join(this.#folder, String(upload.id), 'record.json'), `${JSON.stringify({ format: 1, upload })}\n`)
    return upload
  }

  #drop(id: number): void {
    rmSync(join(this.#folder, String(id)), { recursive: true, force: true })
  }

  #file(id: number): string {
    return join(this.#folder, String(id), 'release.tar.gz')
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }
}

/** Whoever has a key of the API says what is to be run here: without a key that the owner placed beside, nobody says it. */
function requiredTrust(home: string): Trust {
  const trust = readTrust(keyFolders(home), false)
  if (trust.keys.length > 0) return trust
  throw new Fault('release-unsigned', 'No key is placed whose releases are taken, so that none is taken over the network.', {
    blame: 'owner',
    mend: 'Place the public key of whom you take releases from in /etc/hms/keys (or config/keys of the home) at the shell of the server.',
  })
}

async function writeAll(file: FileHandle, octets: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < octets.length;) done += (await file.write(octets, done, octets.length - done, from + done)).bytesWritten
}

function idsIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder).flatMap((name) => (/^[1-9]\d{0,15}$/.test(name) ? [Number(name)] : []))
  } catch {
    return []
  }
}
