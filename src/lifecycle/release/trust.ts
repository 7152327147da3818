// Whom a release is taken from. The owner places public keys (Ed25519, PEM) in /etc/hms/keys or, where that has none, in config/keys of the
// home; from then on a release must be signed by one of them. Without keys, or where the person at the shell says `--unsigned`, an unsigned one is taken.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Fault, messageOf } from '../../base/fault.ts'

export interface TrustedKey {
  readonly file: string
  readonly key: KeyObject
}

export interface Trust {
  readonly keys: readonly TrustedKey[]
  /** The person at the shell takes it without a signature. */
  readonly unsigned: boolean
  /** It is taken with the signature of a placed key alone, also where no key is placed. */
  readonly signed?: true
}

/** Folders that the owner places keys in; the first that has any decides. */
export const keyFolders = (home: string): readonly string[] => ['/etc/hms/keys', join(home, 'config/keys')]

/**
 * Every `*.pub` of the first folder that has any: what root trusts is not widened by whoever can write to the home, such as a server that
 * somebody broke into. Throws a Fault on one that is no key: silently ignored it would open the door.
 */
export function readTrust(folders: readonly string[], unsigned: boolean): Trust {
  for (const folder of folders) {
    const keys = namesIn(folder).map((name) => readKey(join(folder, name)))
    if (keys.length > 0) return { keys, unsigned }
  }
  return { keys: [], unsigned }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.pub'))
      .toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw unusable(folder, messageOf(error), error)
  }
}

function readKey(file: string): TrustedKey {
  try {
    const key = createPublicKey(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return { file, key }
  } catch (error) {
    throw unusable(file, messageOf(error), error)
  }
  throw unusable(file, 'it is no Ed25519 key')
}

function unusable(file: string, what: string, cause?: unknown): Fault {
  return new Fault('key-unusable', `The key ${file} of those whose releases are taken cannot be used: ${what}.`, {
    blame: 'owner',
    mend: 'Put an Ed25519 public key in PEM there, or remove the file.',
    cause,
  })
}

/**
 * Name of the key that signed, null where none did and none has to. `signature`: content of manifest.sig, base64, or null.
 * Throws a Fault where a trusted signature is needed and missing.
 */
export function signerOf(manifest: Buffer, signature: string | null, { keys, unsigned, signed }: Trust): string | null {
  const signer = keyThatSigned(manifest, signature, keys)
  if (signer !== null) return signer
  if ((keys.length === 0 && signed !== true) || unsigned) return null
  if (keys.length === 0)
    throw new Fault('release-unsigned', 'No key is placed that could have signed the release. Nothing was installed.', {
      blame: 'caller',
      mend: 'Place the key of whom you take releases from in /etc/hms/keys, or leave --signed out.',
    })
  const what = signature === null ? 'is not signed' : 'is not signed by any key that you placed'
  throw new Fault('release-unsigned', `The release ${what} (${keys.map(({ file }) => file).join(', ')}). Nothing was installed.`, {
    blame: 'caller',
    mend: 'Fetch the signed release; at the shell --unsigned takes it nevertheless.',
  })
}

/** Name of the key whose signature (base64) it is; null where it is of none of them. */
export function keyThatSigned(text: Buffer, signature: string | null, keys: readonly TrustedKey[]): string | null {
  const octets = signature === null ? null : Buffer.from(signature, 'base64')
  const signer = octets?.length === 64 ? keys.find(({ key }) => verify(null, text, key, octets)) : undefined
  return signer === undefined ? null : basename(signer.file)
}
