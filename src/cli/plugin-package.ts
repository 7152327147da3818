// A plug-in as it is handed to the server: a .tgz that is there, a folder that is packed here, or a package that npm of this machine fetches.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'
import { messageOf } from '../base/fault.ts'
import { MOST_FILES, MOST_PACKED, MOST_UNPACKED, unpackPlugin } from '../lifecycle/plugins/package.ts'
import { badArgument } from './cli.ts'
import { npm } from './npm.ts'

const NPM_NAME = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*(?:@[^\s/:]+)?$/
/** Neither is needed where it runs. */
const LEFT_OUT = new Set(['.git', '.bin', '.cache'])

export async function packageOf(what: string): Promise<Buffer> {
  const path = resolve(what)
  if (!existsSync(path)) return packageOfNpm(what)
  const packed = statSync(path).isDirectory() ? await packFolder(path) : readPacked(path)
  if (packed.length <= MOST_PACKED) return packed
  throw badArgument(
    `${what} has ${Math.ceil(packed.length / 2 ** 20)} MiB when packed; a plug-in has ${MOST_PACKED / 2 ** 20} MiB at most.`,
    'Leave out what it does not need where it runs: npm install --omit=dev.',
  )
}

function readPacked(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw badArgument(`${path} cannot be read: ${messageOf(error)}.`, 'Put it where the user of the server may read it.')
  }
}

async function packageOfNpm(name: string): Promise<Buffer> {
  if (!NPM_NAME.test(name) || /\.t(?:ar\.)?gz$/.test(name))
    throw badArgument(`There is no file or folder ${name}, and it is no name of a package.`)
  const folder = mkdtempSync(join(tmpdir(), 'hms-plugin-'))
  try {
    await npm(['pack', name, '--pack-destination', folder], folder)
    const [packed = ''] = await readdir(folder)
    const unpacked = join(folder, 'package')
    await unpackPlugin(await readFile(join(folder, packed)), unpacked)
    // The package for plug-ins comes with the server: peers are not fetched.
    await npm(['install', '--omit=dev', '--legacy-peer-deps', '--no-package-lock', '--install-links'], unpacked)
    return await packFolder(unpacked)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As `npm pack` does, with its node_modules. */
async function packFolder(folder: string): Promise<Buffer> {
  const tar = pack()
  const packed = buffer(tar.pipe(createGzip()))
  try {
    const files = await filesIn(folder)
    for (const { path, size, mode } of files) await add(tar, { path, size, mode }, await readFile(join(folder, path)))
    tar.finalize()
    return await packed
  } catch (error) {
    tar.destroy()
    packed.catch(() => {})
    throw error
  }
}

interface Member {
  readonly path: string
  readonly size: number
  readonly mode: number
}

async function filesIn(folder: string): Promise<readonly Member[]> {
  const files: Member[] = []
  let octets = 0
  const walk = async (place: string): Promise<void> => {
    for (const entry of await readdir(place, { withFileTypes: true })) {
      if (LEFT_OUT.has(entry.name)) continue
      const file = join(place, entry.name)
      const path = relative(folder, file)
      if (entry.isDirectory()) await walk(file)
      else if (entry.isFile()) {
        const { size, mode } = await stat(file)
        octets += size
        files.push({ path, size, mode: mode & 0o777 })
        if (files.length > MOST_FILES || octets > MOST_UNPACKED) throw tooMuch(folder)
      } else
        throw badArgument(`${file} is a link, or no file.`, 'Put the file itself there; npm install --install-links does so for packages.')
    }
  }
  await walk(folder)
  if (!files.some(({ path }) => path === 'package.json')) throw badArgument(`${folder} is no plug-in: it has no package.json.`)
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function tooMuch(folder: string): Error {
  return badArgument(
    `${folder} holds more than ${MOST_FILES} files, or more than ${MOST_UNPACKED / 2 ** 20} MiB.`,
    'Leave out what it does not need where it runs: npm install --omit=dev.',
  )
}

function add(tar: Pack, { path, size, mode }: Member, octets: Buffer): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>()
  tar.entry({ name: `package/${path}`, mode, size }, octets.subarray(0, size), (error) =>
    error === null || error === undefined ? done() : reject(error),
  )
  return promise
}
