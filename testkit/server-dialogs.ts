// Dialogs of server sessions that begin in the usual way, as tests: each is played at once and octet by octet, with decisions at once and promised.
import { test } from 'node:test'
import type { ServerSessionOptions } from '../src/smtp/server/session-io.ts'
import { DIALOG_MODES, playDialog } from './server-dialog.ts'

/** What EHLO is answered with, in the clear. */
export const OFFERED = `S: 250-mx.test
  S: 250-PIPELINING
  S: 250-SIZE 1000
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250-DSN
  S: 250-CHUNKING
  S: 250-BINARYMIME
  S: 250-STARTTLS
  S: 250-AUTH SCRAM-SHA-256
  S: 250 HELP`

export const HELLO = `
  S: 220 mx.test ESMTP Hurricane MTA Server
  C: EHLO client.test
  ${OFFERED}
`

export const HELO = `
  S: 220 mx.test ESMTP Hurricane MTA Server
  C: HELO client.test
  S: 250 mx.test
`

/** In the middle of a message. */
export const OPEN = `${HELLO}
  C: MAIL FROM:<a@x.test>
  C: RCPT TO:<b@x.test>
  S: 250 2.1.0 Sender ok.
  S: 250 2.1.5 Recipient ok.
  C: DATA
  S: 354 Start mail input; end with <CRLF>.<CRLF>
`

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

export function dialog(name: string, script: string, options: Partial<ServerSessionOptions> = {}): void {
  test(name, async () => {
    for (const mode of DIALOG_MODES) {
      await playDialog(script, options, mode)
    }
  })
}
