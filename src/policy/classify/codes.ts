// What codes alone say, where no rule knows the text: the enhanced status (rfc:3463 and its registry) first, then the reply's own. Vague
// ones, which receivers use for anything, say nothing: the reply is unknown then, never a failure for ever.
import type { Meaning } from './meanings.ts'
import type { Reading } from './reading.ts'

const PERMANENT: Readonly<Record<string, Meaning>> = {
  '1.0': 'unsure-recipient',
  '1.1': 'unknown-user',
  '1.2': 'unknown-domain',
  '1.3': 'bad-address',
  '1.4': 'unsure-recipient',
  '1.6': 'moved',
  '1.7': 'policy',
  '1.8': 'policy',
  '1.10': 'no-mail',
  '2.1': 'inactive',
  '2.2': 'full',
  '2.3': 'size',
  '3.1': 'trouble',
  '3.2': 'trouble',
  '3.3': 'trouble',
  '3.4': 'size',
  '3.5': 'trouble',
  '4.0': 'trouble',
  '4.1': 'trouble',
  '4.2': 'trouble',
  '4.3': 'trouble',
  '4.4': 'trouble',
  '4.5': 'trouble',
  '4.6': 'loop',
  '4.7': 'expired',
  '4.14': 'loop',
  '4.300': 'expired',
  '4.310': 'unknown-domain',
  '4.312': 'trouble',
  '4.316': 'trouble',
  '7.20': 'authentication',
  '7.21': 'authentication',
  '7.22': 'authentication',
  '7.23': 'authentication',
  '7.24': 'authentication',
  '7.25': 'wrong-setup',
  '7.26': 'authentication',
  '7.30': 'authentication',
  '7.509': 'authentication',
  '7.515': 'authentication',
  '7.511': 'block',
  '7.606': 'block',
  '7.649': 'block',
  '7.708': 'block',
}

const TEMPORARY: Readonly<Record<string, Meaning>> = {
  '2.2': 'full',
  '3.1': 'busy',
  '3.2': 'busy',
  '4.1': 'network',
  '4.2': 'network',
  '4.5': 'busy',
  '4.6': 'loop',
  '4.7': 'expired',
  '5.3': 'rate',
  '7.25': 'wrong-setup',
  '7.28': 'rate',
}

export function byCodes({ code, status }: Reading): Meaning {
  const isTemporary = status === null ? code !== null && code < 500 : status.startsWith('4')
  const detail = status?.slice(2) ?? ''
  const known = (isTemporary ? TEMPORARY : PERMANENT)[detail]
  if (known !== undefined && code !== null && code < 500 && !isTemporary) return softer(known)
  if (known !== undefined) return known
  if (isTemporary) return code === 421 ? 'busy' : code === 452 && status === null ? 'busy' : 'wait'
  if (detail.startsWith('7.')) return 'policy'
  if (detail.startsWith('5.') && detail !== '5.0') return 'protocol'
  if (detail.startsWith('6.')) return 'policy'
  if (status === null && code === 552) return 'full'
  return code !== null && code >= 500 && code < 510 ? 'protocol' : 'unknown'
}

/** What is told with a 4xx is tried again, whatever the text says: no address is given up for it. */
export function softer(meaning: Meaning): Meaning {
  switch (meaning) {
    case 'unknown-user':
    case 'unknown-domain':
    case 'bad-address':
    case 'moved':
    case 'no-mail':
    case 'unsure-recipient':
      return 'unverified'
    case 'trouble':
    case 'protocol':
      return 'wait'
    default:
      return meaning
  }
}
