// Takes a person out of a log file: it is written anew beside the old one, synced, and put in its place by a rename, so that a crash leaves the one or
// the other. Memory is that of one line.
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip, createGzip } from 'node:zlib'
import { isMissing } from '../../base/fault.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { dirname } from 'node:path'
import type { LogFile } from '../log-folders.ts'

/** How many lines name him. One that is gone meanwhile, as its days are over, has none. */
export async function linesNaming(file: LogFile, eraser: Eraser): Promise<number> {
  try {
    let found = 0
    for await (const line of linesOf(file)) found += Number(eraser.line(line, isJson(file)) !== line)
    return found
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

/** Gives its size then. */
export async function rewriteLog(file: LogFile, eraser: Eraser): Promise<number> {
  const fresh = `${file.path}.new`
  const into = createWriteStream(fresh, { mode: 0o600, flush: true })
  const lines = async function* (): AsyncGenerator<string> {
    for await (const line of linesOf(file)) {
      const erased = eraser.line(line, isJson(file))
      if (erased !== null) yield `${erased}\n`
    }
  }
  try {
    await (file.compressed ? pipeline(lines, createGzip(), into) : pipeline(lines, into))
    await rename(fresh, file.path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await syncFolder(dirname(file.path))
  return into.bytesWritten
}

function isJson({ suffix }: LogFile): boolean {
  return suffix === 'Events'
}

async function* linesOf({ path, compressed }: LogFile): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const source = createReadStream(path)
  const packed: Readable = compressed ? source.pipe(createGunzip()) : source
  source.once('error', (error) => packed.destroy(error))
  for await (const chunk of packed) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
