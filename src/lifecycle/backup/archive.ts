// Reads a backup, from whomever it comes: nothing is believed before it was checked, and nothing is written here. Names are canonical,
// every entry is in the manifest with its size and hash and nothing else is inside, and no entry gives more octets than it says.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { callbackify } from 'node:util'
import { type Entry, fromRandomAccessReaderPromise, openPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { Fault } from '../../base/fault.ts'
import { FrameReader, isSealed } from './frames.ts'
import { type BackedUpFile, type BackupManifest, damaged, isCanonical, MANIFEST_NAME, readManifest } from './manifest.ts'

/** A manifest of some 500,000 files. */
const MOST_MANIFEST = 128 * 1024 * 1024
const MOST_ENTRIES = 4_000_000
const LINK = 0o120000
const TYPE = 0o170000

export interface BackupArchive extends AsyncDisposable {
  readonly file: string
  readonly manifest: BackupManifest
  /** The octets of an entry of the manifest. Its end throws a Fault where they are not what the manifest says. */
  read(path: string): AsyncIterable<Uint8Array>
}

/** An archive's entries by name, with nothing known of what they mean. */
export interface ZipEntries extends AsyncDisposable {
  readonly file: string
  readonly sizes: ReadonlyMap<string, number>
  read(path: string): AsyncIterable<Uint8Array>
}

/** Throws a Fault: `backup-damaged`, `backup-newer`, `passphrase-needed`, `wrong-passphrase`. */
export async function openBackup(file: string, passphrase?: string): Promise<BackupArchive> {
  await using opened = new AsyncDisposableStack()
  const zip = opened.use(await openZip(file, passphrase))
  const manifest = await manifestOf(zip)
  checkAgainst(zip, manifest)
  const files = new Map(manifest.files.map((one) => [one.path, one]))
  const kept = opened.move()
  return {
    file,
    manifest,
    read: (path) => checked(zip, files.get(path) ?? missing(file, path)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Reads all of it. Throws a Fault at the first octet that is not as it was. */
export async function verifyBackup(archive: BackupArchive, progress: (done: number, total: number) => void): Promise<void> {
  const { files } = archive.manifest
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  for (const { path } of files) {
    for await (const chunk of archive.read(path)) {
      done += chunk.length
      progress(done, total)
    }
  }
}

function missing(file: string, path: string): never {
  throw damaged(file, `it has no ${path}`)
}

async function manifestOf(zip: ZipEntries): Promise<BackupManifest> {
  const size = zip.sizes.get(MANIFEST_NAME)
  if (size === undefined) throw damaged(zip.file, `it has no ${MANIFEST_NAME}`)
  if (size > MOST_MANIFEST) throw damaged(zip.file, `its ${MANIFEST_NAME} is larger than any that hms makes`)
  const chunks: Uint8Array[] = []
  for await (const chunk of zip.read(MANIFEST_NAME)) chunks.push(chunk)
  return readManifest(zip.file, Buffer.concat(chunks).toString('utf8'))
}

function checkAgainst({ file, sizes }: ZipEntries, { files }: BackupManifest): void {
  const named = new Set<string>([MANIFEST_NAME])
  for (const { path, size } of files) {
    if (named.has(path)) throw damaged(file, `its ${MANIFEST_NAME} names ${path} twice`)
    named.add(path)
    const inside = sizes.get(path)
    if (inside === undefined) throw damaged(file, `${path} is missing in it`)
    if (inside !== size) throw damaged(file, `${path} has ${inside} octets instead of ${size}`)
  }
  for (const path of sizes.keys())
    if (!named.has(path)) throw damaged(file, `it holds ${path}, of which its ${MANIFEST_NAME} knows nothing`)
}

async function* checked(zip: ZipEntries, { path, sha256 }: BackedUpFile): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of zip.read(path)) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') !== sha256) throw damaged(zip.file, `${path} was changed`)
}

/** A zip, plain or sealed: names canonical and once, no links, nothing encrypted in another way. */
export async function openZip(file: string, passphrase?: string): Promise<ZipEntries> {
  try {
    const zip = await openPlainOrSealed(file, passphrase)
    try {
      return await readEntries(file, zip)
    } catch (error) {
      zip.close()
      throw error
    }
  } catch (error) {
    throw inWords(file, error)
  }
}

async function openPlainOrSealed(file: string, passphrase: string | undefined): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true }
  await using handle = await open(file, 'r')
  if (!(await handle.stat()).isFile()) throw damaged(file, 'it is no file')
  if (!(await isSealed(handle))) return openPromise(file, options)
  if (passphrase === undefined) {
    throw new Fault('passphrase-needed', `${file} is encrypted.`, { blame: 'caller', mend: 'Give its passphrase with --passphrase-file.' })
  }
  const frames = await FrameReader.open(file, passphrase)
  return fromRandomAccessReaderPromise(new SealedReader(frames), frames.size, options)
}

class SealedReader extends RandomAccessReader {
  readonly #frames: FrameReader

  constructor(frames: FrameReader) {
    super()
    this.#frames = frames
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#range(start, end), { objectMode: false })
  }

  override close(done: (error: Error | null) => void): void {
    callbackify(() => this.#frames.close())(done)
  }

  async *#range(start: number, end: number): AsyncGenerator<Buffer> {
    let at = start
    while (at < end) {
      const chunk = await this.#frames.read(at, end - at)
      if (chunk.length === 0) return
      at += chunk.length
      yield chunk
    }
  }
}

async function readEntries(file: string, zip: ZipFile): Promise<ZipEntries> {
  if (zip.entryCount > MOST_ENTRIES) throw damaged(file, 'it has more entries than any that hms makes')
  const entries = new Map<string, Entry>()
  let packed = 0
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName
    // Folders say nothing: files bring theirs.
    if (name.endsWith('/') && isCanonical(name.slice(0, -1))) continue
    if (!isCanonical(name)) throw damaged(file, `it holds a file ${JSON.stringify(name.slice(0, 80))}`)
    if (entries.has(name)) throw damaged(file, `it holds ${name} twice`)
    packed += entry.compressedSize
    if (((entry.externalFileAttributes >>> 16) & TYPE) === LINK) throw damaged(file, `${name} is a link`)
    if (!entry.canDecodeFileData()) throw damaged(file, `${name} is packed in a way that hms does not use`)
    entries.set(name, entry)
  }
  // Entries that share octets would unpack to any size.
  if (packed > zip.fileSize) throw damaged(file, 'its entries overlap')
  return {
    file,
    sizes: new Map([...entries].map(([name, { uncompressedSize }]) => [name, uncompressedSize])),
    read: (path) => octetsOf(file, zip, entries.get(path) ?? missing(file, path)),
    async [Symbol.asyncDispose]() {
      zip.close()
    },
  }
}

async function* octetsOf(file: string, zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    // It ends with an error where the entry gives more or fewer octets than it says.
    for await (const chunk of await zip.openReadStreamPromise(entry)) yield chunk as Buffer
  } catch (error) {
    throw inWords(file, error)
  }
}

function inWords(file: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT')
    return new Fault('no-backup', `There is no file ${file}.`, { blame: 'caller', mend: "'hms backup ls' lists the backups." })
  if (code === 'EACCES') {
    const mend = 'Root acts as the user that owns the home: let that user read the file and its folder.'
    return new Fault('no-backup', `${file} cannot be read by this user.`, { blame: 'owner', mend })
  }
  const isOfDisk = error instanceof Error && 'syscall' in error
  return damaged(
    file,
    isOfDisk ? `it cannot be read (${error.message})` : 'it is no whole zip: something else, or cut off, or changed',
    error,
  )
}
