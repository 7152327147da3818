// Support bundles that the management API made, in HOME/lifecycle/support: read in pieces, removed after a day. What is in them was scrubbed when
// they were made (`hms support-bundle`).
import { readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { type Clock, compactTime } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import type { SupportBundle } from '../../contract/lifecycle.ts'
import type { BundleDesk } from '../../engine/ports/lifecycle.ts'
import { supportFolder } from '../../lifecycle/home-files.ts'

const KEPT_FOR: Ms = 24 * 3_600_000
const MOST_KEPT = 5
const MOST_PIECE = 1024 * 1024
const NAME = /^hms-support-(\d{8}T\d{6}Z)\.tar\.gz$/
const UNFINISHED = /^hms-support-\d{8}T\d{6}Z\.tar\.gz\.\d+\.new$/

export class Bundles implements BundleDesk {
  readonly #folder: string
  readonly #clock: Clock

  constructor({ home, clock }: { readonly home: string; readonly clock: Clock }) {
    this.#folder = supportFolder(home)
    this.#clock = clock
  }

  list(): readonly SupportBundle[] {
    const now = this.#clock.now()
    const found = namesIn(this.#folder).flatMap((name) => this.#bundle(name) ?? [])
    const kept = found.toSorted((a, b) => (a.id < b.id ? 1 : -1)).filter(({ until }, i) => until > now && i < MOST_KEPT)
    for (const { id } of found) if (!kept.some((one) => one.id === id)) this.remove(id)
    return kept
  }

  async place(): Promise<{ readonly id: string; readonly file: string }> {
    this.list()
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    // One is made at a time: what is not whole is of one that was cut off.
    for (const name of namesIn(this.#folder)) if (UNFINISHED.test(name)) rmSync(join(this.#folder, name), { force: true })
    const id = compactTime(this.#clock.now())
    return { id, file: this.#file(id) }
  }

  async read(id: string, from: number): Promise<OctetPiece> {
    if (!this.list().some((one) => one.id === id)) throw noBundle(id)
    await using file = await open(this.#file(id), 'r')
    const { size } = await file.stat()
    if (from > size) throw noBundle(id)
    const octets = Buffer.alloc(Math.min(MOST_PIECE, size - from))
    const { bytesRead } = await file.read(octets, 0, octets.length, from)
    const next = from + bytesRead
    return { size, from, octets: octets.subarray(0, bytesRead).toString('base64'), next: next < size && bytesRead > 0 ? next : null }
  }

  remove(id: string): boolean {
    const isThere = statSync(this.#file(id), { throwIfNoEntry: false }) !== undefined
    rmSync(this.#file(id), { force: true })
    return isThere
  }

  #bundle(name: string): SupportBundle | null {
    const id = NAME.exec(name)?.[1]
    const found = id === undefined ? undefined : statSync(this.#file(id), { throwIfNoEntry: false })
    if (id === undefined || found?.isFile() !== true) return null
    const at = Math.floor(found.mtimeMs)
    return { id, at, size: found.size, until: at + KEPT_FOR }
  }

  /** `id` is of the form of one: operations check it. */
  #file(id: string): string {
    return join(this.#folder, `hms-support-${id}.tar.gz`)
  }
}

function noBundle(id: string): Fault {
  return new Fault('no-bundle', `There is no support bundle ${id}, or not so much of it.`, {
    blame: 'caller',
    mend: 'GET /support lists them; POST /support makes one.',
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
