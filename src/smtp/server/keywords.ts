// What EHLO offers (rfc:5321#4.1.1.1), by what is known of the session then.
import type { FutureRelease } from './handler.ts'
import { holdKeyword } from './hold.ts'

export interface Offer {
  readonly messageSize: number
  readonly startTls: boolean
  readonly isTls: boolean
  readonly mechanisms: readonly string[]
  readonly release: FutureRelease | null
  readonly xclient: boolean
}

export function keywordsOf({ messageSize, startTls, isTls, mechanisms, release, xclient }: Offer): string[] {
  const keywords = ['PIPELINING', `SIZE ${messageSize}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', 'CHUNKING', 'BINARYMIME']
  if (startTls && !isTls) keywords.push('STARTTLS')
  // rfc:8689#2: what came in the clear cannot be asked to go on under TLS only.
  if (isTls) keywords.push('REQUIRETLS')
  keywords.push(`AUTH ${mechanisms.join(' ')}`)
  if (release !== null) keywords.push(holdKeyword(release))
  if (xclient) keywords.push('XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT')
  keywords.push('HELP')
  return keywords
}
