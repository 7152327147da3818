// What is in a packed tar (.tar.gz, .tgz), one member after another, out of a stream that may be of anyone's making: nothing is kept, and what
// it may unfold to is bounded while it does.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Fault } from '../base/fault.ts'

/** Octets that the archive may still unfold to; raised once it is known what belongs into it. */
export interface Allowance {
  octets: number
}

export interface TarMember {
  readonly name: string
  /** `file`, `directory`, `symlink`, `link` and others. */
  readonly type: string
  readonly executable: boolean
  readonly size: number
  /** Of a file it must be read to its end before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>
}

/** `long`: it unfolds to more than is allowed; `sizeless`: a member has no size; `broken`: it cannot be read. */
export type TarTrouble =
  | { readonly kind: 'long' }
  | { readonly kind: 'sizeless'; readonly name: string }
  | { readonly kind: 'broken'; readonly cause: unknown }

/** `faultOf`: the trouble in the words of what is read. */
export async function* membersOf(
  source: Readable,
  allowance: Allowance,
  faultOf: (trouble: TarTrouble) => Fault,
): AsyncGenerator<TarMember> {
  // Loaded with the first archive: a server may run for weeks without one.
  const { extract } = await import('tar-stream')
  const tar = extract()
  const metered = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      allowance.octets -= chunk.length
      if (allowance.octets < 0) throw faultOf({ kind: 'long' })
      yield chunk
    }
  }
  const told = (error: unknown): Fault => (error instanceof Fault ? error : faultOf({ kind: 'broken', cause: error }))
  const broken = new AbortController()
  const flow = pipeline(source, createGunzip(), metered, tar, { signal: broken.signal })
  // What goes wrong in the flow ends the loop below as well; this only keeps it from being reported twice.
  flow.catch(() => {})
  try {
    for await (const entry of tar) {
      const { name, type, size = 0, mode = 0 } = entry.header
      // A size that is no number (tar-stream makes null of some) would be waited for without end.
      if (!Number.isSafeInteger(size) || size < 0) throw faultOf({ kind: 'sizeless', name })
      yield { name, type: type ?? '', executable: (mode & 0o100) !== 0, size, content: contentOf(entry, told) }
      if (type !== 'file') entry.resume()
    }
    await flow
  } catch (error) {
    throw told(error)
  } finally {
    broken.abort()
  }
}

/** What breaks off in the middle of a file is told in the same words. */
async function* contentOf(entry: AsyncIterable<unknown>, told: (error: unknown) => Fault): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of entry) yield chunk as Buffer
  } catch (error) {
    throw told(error)
  }
}
