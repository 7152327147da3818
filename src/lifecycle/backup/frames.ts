// The envelope of an encrypted backup: a head with the salt of the passphrase, then frames of 64 KiB, each sealed by AES-256-GCM (NIST
// SP 800-38D) under a key of this file alone, so that no nonce comes twice under one key. The nonce is the number of the frame, and
// whether it is the last: frames cannot be swapped, repeated or cut off unnoticed, and any of them can be read without the ones before it.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { Transform, type TransformCallback } from 'node:stream'
import { Fault } from '../../base/fault.ts'
import { damaged } from './manifest.ts'

const MAGIC = Buffer.from('hms-enc1')
const SALT = 16
export const HEAD = MAGIC.length + SALT
const FRAME = 64 * 1024
const TAG = 16
/** scrypt (rfc:7914#2; 2^16, 8, 1): 64 MiB and some 200 ms for each guess at the passphrase. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 }

function keyFrom(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase.normalize('NFC'), salt, 32, COST)
}

function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(frame), 0)
  nonce.writeUInt8(isLast ? 1 : 0, 8)
  return nonce
}

/** Octets in, frames out. */
export class FrameSealer extends Transform {
  readonly #key: Buffer
  #waiting: Buffer = Buffer.alloc(0)
  #frame = 0

  constructor(passphrase: string) {
    super()
    const salt = randomBytes(SALT)
    this.#key = keyFrom(passphrase, salt)
    this.push(Buffer.concat([MAGIC, salt]))
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = Buffer.concat([this.#waiting, chunk])
    // A full frame waits until more comes: it may be the last.
    while (rest.length > FRAME) {
      this.#seal(rest.subarray(0, FRAME), false)
      rest = rest.subarray(FRAME)
    }
    this.#waiting = rest
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#seal(this.#waiting, true)
    done()
  }

  #seal(octets: Buffer, isLast: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#frame++, isLast), { authTagLength: TAG })
    this.push(Buffer.concat([cipher.update(octets), cipher.final(), cipher.getAuthTag()]))
  }
}

export async function isSealed(file: FileHandle): Promise<boolean> {
  const head = Buffer.alloc(MAGIC.length)
  await file.read(head, 0, head.length, 0)
  return head.equals(MAGIC)
}

/** Reads anywhere in a sealed file. */
export class FrameReader {
  /** Octets of what is sealed. */
  readonly size: number
  readonly #path: string
  readonly #file: FileHandle
  readonly #key: Buffer
  readonly #frames: number
  #at = -1
  #opened: Buffer = Buffer.alloc(0)

  private constructor(path: string, file: FileHandle, { key, octets }: { readonly key: Buffer; readonly octets: number }) {
    this.#path = path
    this.#file = file
    this.#key = key
    this.#frames = Math.ceil((octets - HEAD) / (FRAME + TAG))
    this.size = octets - HEAD - this.#frames * TAG
  }

  /** Throws a Fault: `wrong-passphrase`, or `backup-damaged` where the file was cut. */
  static async open(path: string, passphrase: string): Promise<FrameReader> {
    const file = await open(path, 'r')
    try {
      const head = Buffer.alloc(HEAD)
      await file.read(head, 0, HEAD, 0)
      const { size } = await file.stat()
      const reader = new FrameReader(path, file, { key: keyFrom(passphrase, head.subarray(MAGIC.length)), octets: size })
      if (reader.#frames < 1 || reader.size < 0) throw damaged(path, 'it was cut off')
      await reader.#checkEnds()
      return reader
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Octets from `position`, `length` at most and at least one; none at the end. */
  async read(position: number, length: number): Promise<Buffer> {
    const frame = Math.floor(position / FRAME)
    if (position >= this.size) return Buffer.alloc(0)
    const octets = await this.#open(frame)
    const from = position - frame * FRAME
    return octets.subarray(from, from + length)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** The first frame tells a wrong passphrase, the last one a file that was cut. */
  async #checkEnds(): Promise<void> {
    await this.#open(0).catch(() => Promise.reject(wrongPassphrase(this.#path)))
    await this.#open(this.#frames - 1)
  }

  async #open(frame: number): Promise<Buffer> {
    if (frame === this.#at) return this.#opened
    const sealed = Buffer.alloc(FRAME + TAG)
    const { bytesRead } = await this.#file.read(sealed, 0, sealed.length, HEAD + frame * (FRAME + TAG))
    if (bytesRead < TAG) throw damaged(this.#path, 'it was cut off')
    const nonce = nonceOf(frame, frame === this.#frames - 1)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG })
    decipher.setAuthTag(sealed.subarray(bytesRead - TAG, bytesRead))
    try {
      this.#opened = Buffer.concat([decipher.update(sealed.subarray(0, bytesRead - TAG)), decipher.final()])
    } catch (error) {
      throw damaged(this.#path, 'it was changed or cut off', error)
    }
    this.#at = frame
    return this.#opened
  }
}

function wrongPassphrase(path: string): Fault {
  return new Fault('wrong-passphrase', `${path} cannot be read with this passphrase.`, {
    blame: 'caller',
    mend: 'Check the passphrase; without it nobody can read the backup.',
  })
}
