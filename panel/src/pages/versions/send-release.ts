// A release sent to the server in pieces: each is there for good when it is answered, so that a lost connection, or another day, goes on where it was.
import { NoAnswer, Problem, type ReleaseUpload } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { base64Of } from '../../parts/file-chunks.ts'
import { versions } from '../../texts/versions.ts'

const PIECE = 2 * 1024 * 1024
const MOST_LOST = 5
const WAIT = 2000

/** In words, for the page. */
export class SendFault extends Error {
  override readonly name = 'SendFault'
}

export interface Sending {
  readonly file: File
  /** Makes a change that wants a fresh proof. */
  readonly fresh: <T>(change: () => Promise<T>) => Promise<T>
  readonly told: (sent: number, total: number) => void
  readonly signal: AbortSignal
}

export async function sendRelease({ file, fresh, told, signal }: Sending): Promise<ReleaseUpload> {
  const sha256 = await sha256Of(file)
  const known = (await api.lifecycle.uploadList({ limit: 100 }, { signal })).data
  const before = known.find((one) => one.sha256 === sha256 && one.size === file.size)
  let upload = before ?? (await fresh(() => api.lifecycle.uploadBegin({ size: file.size, sha256 }, { signal })))
  let lost = 0
  while (upload.release === null) {
    told(upload.received, file.size)
    const { id, received: from } = upload
    try {
      const octets = await base64Of(file.slice(from, from + PIECE))
      upload = await api.lifecycle.uploadAdd(id, { from, octets }, { signal })
      lost = 0
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
      if (++lost > MOST_LOST) throw new SendFault(versions.upload.lost)
      await new Promise((resolve) => setTimeout(resolve, WAIT))
      // What arrived of it the server knows.
      upload = await api.lifecycle.uploadShow(id, { signal }).catch(() => upload)
    }
  }
  told(file.size, file.size)
  return upload
}

const isPassing = (error: unknown): boolean => error instanceof NoAnswer || (error instanceof Problem && error.status >= 500)

/** Browsers compute it on pages that came over a connection that nobody reads. */
async function sha256Of(file: File): Promise<string> {
  if (!globalThis.isSecureContext) throw new SendFault(versions.upload.insecure)
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(sum), (octet) => octet.toString(16).padStart(2, '0')).join('')
}
