// The pickup folder of one account, as the thread that alone takes files from it has it. Whoever may write there can put anything there: links,
// pipes, files that are still being written, another file under the name of one that was just read. So a file that rests is first moved into
// a folder that nobody else may write to, and only there opened; nothing is ever followed, and nothing but plain files is read. Its name there
// begins with the id that its message will have, and is on the disk before the message is: after a crash that id is known or it is not.
//
//   there    in the folder, still changing or not yet looked at   → taken, refused
//   taken    in `taken/`, in somebody's hands                      → removed (its message is committed), refused, put off, left
//   put off  in `taken/`, its message is not committed             → taken
//   left     in `taken/`; nobody knows whether it is committed     → removed, put off, refused
//   refused  moved to `badmail/`, the reason in a file beside it
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  opendirSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { MessageId } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { isMissing, messageOf } from '../../base/fault.ts'
import { parseMessageId } from '../../base/message-id.ts'

export interface PickupPlace {
  /** Where files are put. */
  readonly folder: string
  /** On the same file system, for this server alone. */
  readonly taken: string
  readonly badmail: string
}

export interface PickupTerms {
  /** A file that did not change for so long is whole. */
  readonly rest: Ms
  /** Octets of the largest file that is taken. */
  readonly largest: number
}

export interface Room {
  readonly files: number
  readonly octets: number
}

export interface TakenFile {
  /** Its name in `taken/`. */
  readonly file: string
  /** Of its message. */
  readonly id: MessageId
  readonly octets: Buffer
}

export interface LeftFile {
  readonly file: string
  readonly id: MessageId
  /** When it was taken. */
  readonly at: EpochMs
}

export interface Refused {
  readonly name: string
  readonly reason: string
}

export interface Taking {
  readonly taken: readonly TakenFile[]
  readonly refused: readonly Refused[]
  /** First to be said whether they are committed: until then they are nobody's. */
  readonly left: readonly LeftFile[]
  /** There may be more that can be taken now. */
  readonly more: boolean
}

interface Entry {
  /** As it can be shown. */
  readonly name: string
  readonly path: string | Buffer
  /** Of its last change. */
  readonly at: EpochMs
  readonly size: number
}

interface InHand {
  readonly file: string
  /** Under an id of a process before, in whose shard this one may not write. */
  readonly isOld: boolean
}

interface Resting {
  readonly stamp: string
  readonly since: EpochMs
}

/** So many names are looked at and put in order at once. */
const MOST_LISTED = 20_000
/** Names that are looked at and are no file to take, for which the next look waits a millisecond: a tenth of the time at most is spent so. */
const PASSED_PER_MS = 100
/** Nobody looks at so many: it is told rather than gone on. */
const MOST_BAD = 10_000
/** Characters of a name that its names in other folders keep. */
const LONGEST_NAME = 50
const ID_LENGTH = 16
const OPEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** Those of them that are not there. */
export function makePickupFolders({ folder, taken, badmail }: PickupPlace): void {
  for (const own of [folder, taken, badmail]) mkdirSync(own, { recursive: true, mode: 0o700 })
}

export class PickupFolder {
  readonly #place: PickupPlace
  readonly #terms: PickupTerms
  /** Of the last look, the newest first. */
  #ready: Entry[] = []
  /** Changing when they were looked at last. */
  #seen = new Map<string, Resting>()
  /** When it was looked last, and how long it is not looked again. */
  #looked: { readonly at: EpochMs; readonly wait: Ms } = { at: 0, wait: 0 }
  /** Null before the first look: what a crash left. */
  #left: string[] | null = null
  /** The next to be read. */
  #again: InHand[] = []
  /** Names in `taken/` that may not be on the disk yet. */
  #hasMoved = false
  #bad = MOST_BAD

  constructor(place: PickupPlace, terms: PickupTerms) {
    this.#place = place
    this.#terms = terms
  }

  /**
   * The oldest that rest, as many as there is room for and ids, at least one. Ids that are used leave the list. A string: why the folder
   * cannot be used, a sentence.
   */
  take(now: EpochMs, room: Room, ids: MessageId[]): Taking | string {
    const trouble = this.#trouble()
    if (trouble !== null) return trouble
    const refused: Refused[] = []
    const left = this.#takeLeft(refused)
    if (this.#again.length < room.files && this.#ready.length === 0 && this.#mayLook(now)) this.#look(now, refused)
    this.#claim(room, ids)
    const taken: TakenFile[] = []
    const changing: InHand[] = []
    for (let octets = 0; taken.length < room.files && octets < room.octets;) {
      const next = this.#again[0]
      if (next === undefined || next.isOld) break
      const read = this.#read(next.file, now)
      if (read === 'changing') changing.push(next)
      else if ('reason' in read) refused.push(this.refuse(next.file, read.reason))
      else {
        taken.push(read)
        octets += read.octets.length
      }
      this.#again.shift()
    }
    const more = this.#ready.length > 0 || this.#again.length > 0
    this.#again.push(...changing)
    return { taken, refused, left, more: more && taken.length > 0 }
  }

  /** Its message is committed. */
  remove(file: string): void {
    unlinkSync(join(this.#place.taken, file))
  }

  /** Its message is not committed, and it is the next to be tried. `isOld`: it was left. */
  putOff(file: string, isOld: boolean): void {
    this.#again.push({ file, isOld })
  }

  /** Nobody knows. */
  leave(file: string): void {
    this.#left?.push(file)
  }

  refuse(file: string, reason: string): Refused {
    return this.#setAside(join(this.#place.taken, file), file.slice(ID_LENGTH + 1), reason)
  }

  #trouble(): string | null {
    const { folder, badmail } = this.#place
    makePickupFolders(this.#place)
    const is = lstatSync(folder)
    if (!is.isDirectory()) return `${folder} is no folder. Put one in its place; a link is not followed.`
    if ((is.mode & 0o002) !== 0)
      return `Anybody on this machine may write to ${folder}, and so send mail. Take that right away with 'chmod o-w'.`
    if (this.#bad >= MOST_BAD) this.#bad = readdirSync(badmail).length
    if (this.#bad >= MOST_BAD) return `${badmail} holds ${this.#bad} files. Look at them and remove them; until then nothing is picked up.`
    return null
  }

  /** Also where the clock was set back. */
  #mayLook(now: EpochMs): boolean {
    const { at, wait } = this.#looked
    return now >= at + wait || now < at
  }

  #look(now: EpochMs, refused: Refused[]): void {
    const { folder } = this.#place
    let passed = 0
    const seen = new Map<string, Resting>()
    using names = opendirSync(folder, { bufferSize: 512, encoding: 'latin1' })
    for (let listed = 0; listed < MOST_LISTED;) {
      const one = names.readSync()
      if (one === null) break
      passed++
      if (!/\.eml$/i.test(one.name) || one.name.startsWith('.')) continue
      listed++
      const { name, path } = named(folder, one.name)
      const is = statOf(path)
      if (is === null) continue
      if (!is.isFile()) refused.push(this.#setAside(path, name, `It is ${kindOf(is)}. Only plain files are taken.`))
      else if (this.#rests(name, is, now, seen)) this.#ready.push({ name, path, at: is.mtimeMs, size: is.size })
    }
    this.#seen = seen
    this.#looked = { at: now, wait: (passed - this.#ready.length) / PASSED_PER_MS }
    this.#ready.sort((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1))
  }

  /** Its last change is long ago; or, where its time says nothing as it is yet to come, it was the same for as long. */
  #rests(name: string, { mtimeMs, size, ino }: Stats, now: EpochMs, seen: Map<string, Resting>): boolean {
    const { rest } = this.#terms
    if (mtimeMs <= now - rest) return true
    if (mtimeMs <= now) return false
    const stamp = `${ino} ${size} ${mtimeMs}`
    const before = this.#seen.get(name)
    const since = before?.stamp === stamp ? before.since : now
    seen.set(name, { stamp, since })
    return since <= now - rest
  }

  #takeLeft(refused: Refused[]): LeftFile[] {
    const names = this.#left ?? readdirSync(this.#place.taken).toSorted()
    this.#left = []
    return names.flatMap((file) => {
      const id = parseMessageId(file.slice(0, ID_LENGTH))
      const is = statOf(join(this.#place.taken, file))
      if (is !== null && id !== undefined) return [{ file, id, at: is.ctimeMs }]
      if (is !== null) refused.push(this.#setAside(join(this.#place.taken, file), file, 'It was put into a folder of the server.'))
      return []
    })
  }

  /** Moves the next ones to `taken/`, each under the id of its message, and has that on the disk: a message that is committed has its file there. */
  #claim({ files, octets }: Room, ids: MessageId[]): void {
    const { folder, taken } = this.#place
    for (const [n, { file, isOld }] of this.#again.slice(0, files).entries()) {
      const id = isOld ? ids.shift() : undefined
      if (id === undefined) continue
      this.#move(join(taken, file), `${id}${file.slice(ID_LENGTH)}`)
      this.#again[n] = { file: `${id}${file.slice(ID_LENGTH)}`, isOld: false }
    }
    for (let left = octets; this.#again.length < files && ids.length > 0;) {
      const next = this.#ready.at(-1)
      if (next === undefined || (next.size > left && this.#again.length > 0)) break
      this.#ready.pop()
      const file = `${ids[0] ?? ''}-${shortened(next.name)}`
      if (!this.#move(next.path, file)) continue
      ids.shift()
      left -= next.size
      this.#again.push({ file, isOld: false })
    }
    if (this.#hasMoved) for (const one of [taken, folder]) syncFolder(one)
    this.#hasMoved = false
    if (this.#again.length > 0) crashPoint('pickup-moved')
  }

  /** False: it is gone. */
  #move(from: string | Buffer, file: string): boolean {
    try {
      renameSync(from, join(this.#place.taken, file))
      this.#hasMoved = true
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  #read(file: string, now: EpochMs): TakenFile | { readonly reason: string } | 'changing' {
    let descriptor: number
    try {
      descriptor = openSync(join(this.#place.taken, file), OPEN)
    } catch (error) {
      return { reason: `It cannot be opened: ${messageOf(error)}.` }
    }
    try {
      const is = fstatSync(descriptor)
      const reason = this.#refusal(is)
      if (reason !== null) return { reason }
      // Since it was looked at.
      if (is.mtimeMs > now - this.#terms.rest && is.mtimeMs <= now) return 'changing'
      const octets = Buffer.allocUnsafeSlow(is.size)
      let read = 0
      for (let got = 1; read < is.size && got > 0; read += got) got = readSync(descriptor, octets, read, is.size - read, read)
      return { file, id: file.slice(0, ID_LENGTH) as MessageId, octets: octets.subarray(0, read) }
    } catch (error) {
      return { reason: `It cannot be read: ${messageOf(error)}.` }
    } finally {
      closeSync(descriptor)
    }
  }

  #refusal(is: Stats): string | null {
    if (!is.isFile()) return `It is ${kindOf(is)}. Only plain files are taken.`
    // A link to a file of somebody else, which this server may read and whoever made the link may not.
    if (is.nlink !== 1) return 'It has more than one name (a hard link). Copy it instead.'
    if (is.size === 0) return 'It is empty.'
    if (is.size > this.#terms.largest) return `It has ${is.size} octets, and ${this.#terms.largest} are the most (smtp.message_size).`
    return null
  }

  /** The reason first: no file is there without one. */
  #setAside(path: string | Buffer, name: string, reason: string): Refused {
    const { badmail } = this.#place
    const base = shortened(name)
    let kept = base
    const isThere = (one: string): boolean => existsSync(join(badmail, one)) || existsSync(join(badmail, `${one}.reason.txt`))
    for (let n = 2; isThere(kept); n++) kept = `${n}-${base}`
    const told = join(badmail, `${kept}.reason.txt`)
    writeFileSync(told, `${printable(`${name}: ${reason}`)}\n`, { mode: 0o600 })
    try {
      renameSync(path, join(badmail, kept))
    } catch (error) {
      // It is looked at again and again: not one more reason each time.
      rmSync(told, { force: true })
      throw error
    }
    this.#bad += 2
    return { name: kept, reason }
  }
}

/** What names were moved is there after a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Its end, which names may begin with an id and still be no longer than file systems take. */
const shortened = (name: string): string => [...name].slice(-LONGEST_NAME).join('')

/** Control characters say something else on a terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\ufffd]/gu, '?')

/** From its octets as Latin-1: a name may be no UTF-8. */
function named(folder: string, latin1: string): Pick<Entry, 'name' | 'path'> {
  if (/^[ -~]*$/.test(latin1)) return { name: latin1, path: join(folder, latin1) }
  const octets = Buffer.from(latin1, 'latin1')
  return { name: printable(octets.toString()), path: Buffer.concat([Buffer.from(`${folder}/`), octets]) }
}

function statOf(path: string | Buffer): Stats | null {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function kindOf(is: Stats): string {
  if (is.isSymbolicLink()) return 'a symbolic link'
  if (is.isDirectory()) return 'a folder'
  if (is.isFIFO()) return 'a pipe'
  return is.isSocket() ? 'a socket' : 'a device'
}
