// The TXT record of a DKIM key (rfc:6376#3.6.1, rfc:8463#4) and the comparison with what DNS says.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { DkimAlgorithm, DkimKey } from '../../contract/settings.ts'

export interface DkimRecord {
  /** `selector._domainkey.example.com` */
  readonly name: string
  /** One line of text, as the forms of DNS hosters take it. */
  readonly value: string
}

/** The public half as the record holds it: SubjectPublicKeyInfo for RSA, the bare 32 octets for Ed25519; base64. */
function publicPart(privateKey: string, algorithm: DkimAlgorithm): string {
  const spki = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' })
  return (algorithm === 'rsa-sha256' ? spki : spki.subarray(-32)).toString('base64')
}

export function dkimRecord(key: Pick<DkimKey, 'domain' | 'selector' | 'algorithm' | 'privateKey'>): DkimRecord {
  const kind = key.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'
  return {
    name: `${key.selector}._domainkey.${key.domain}`,
    value: `v=DKIM1; k=${kind}; p=${publicPart(key.privateKey, key.algorithm)}`,
  }
}

/** The tags of a record as seen; null where it is no tag list (rfc:6376#3.2). White space inside `p` does not count. */
export function parseDkimRecord(text: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>()
  for (const part of text.split(';')) {
    if (part.trim() === '') continue
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(0, equals)).trim()
    if (!/^[a-z][a-z0-9_]*$/i.test(name) || tags.has(name)) return null
    tags.set(name, part.slice(equals + 1).replace(/\s+/g, ''))
  }
  return tags
}

export type RecordComparison =
  | { readonly kind: 'match' }
  /** `testing`: matches, but `t=y` tells receivers to treat the mail as unsigned. */
  | { readonly kind: 'testing' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'different'; readonly why: string }

/** Compares what DNS has at the record's name with what should be there. `seen`: one text a TXT record, its strings joined. */
export function compareRecord(expected: DkimRecord, seen: readonly string[]): RecordComparison {
  const wanted = parseDkimRecord(expected.value)
  const candidates = seen.filter((text) => /(?:^|;)\s*p\s*=/.test(text))
  const [first, second] = candidates
  if (first === undefined) return { kind: 'missing' }
  // rfc:6376#3.6.2.2: with several records the result is undefined.
  if (second !== undefined)
    return { kind: 'different', why: `there are ${candidates.length} DKIM records under this name, there must be one` }
  const tags = parseDkimRecord(first)
  if (tags === null) return { kind: 'different', why: 'the record is not a list of tags' }
  if (tags.has('v') && tags.get('v') !== 'DKIM1') return { kind: 'different', why: `it has v=${tags.get('v')} instead of v=DKIM1` }
  if (tags.get('p') === '') return { kind: 'revoked' }
  const kind = tags.get('k') ?? 'rsa'
  if (kind !== wanted?.get('k')) return { kind: 'different', why: `it is for a key of kind ${kind}` }
  if (tags.get('p') !== wanted.get('p')) return { kind: 'different', why: 'it holds another public key' }
  if (!(tags.get('h') ?? 'sha256').split(':').includes('sha256')) return { kind: 'different', why: 'its h= does not allow sha256' }
  return { kind: (tags.get('t') ?? '').split(':').includes('y') ? 'testing' : 'match' }
}
