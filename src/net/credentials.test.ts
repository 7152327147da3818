// No credential is in what a dialog says, from wherever it is listened to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CredentialsLeftOut } from './credentials.ts'

/** `>` before what the client says. */
function heard(...lines: readonly string[]): readonly string[] {
  const dialog = new CredentialsLeftOut()
  return lines.map((line) => (line.startsWith('>') ? `>${dialog.client(line.slice(1))}` : dialog.server(line)))
}

test('credentials of every form of AUTH are left out, and nothing else', () => {
  assert.deepEqual(heard('220 hello', '>EHLO me', '250 AUTH PLAIN', '>AUTH PLAIN AGFubgBzZWNyZXQ=', '235 welcome', '>MAIL FROM:<>'), [
    '220 hello',
    '>EHLO me',
    '250 AUTH PLAIN',
    '>AUTH PLAIN (credentials)',
    '235 welcome',
    '>MAIL FROM:<>',
  ])
  assert.deepEqual(heard('220 hello', '>AUTH LOGIN', '334 VXNlcm5hbWU6', '>YW5u', '334 UGFzc3dvcmQ6', '>c2VjcmV0', '535 no', '>QUIT'), [
    '220 hello',
    '>AUTH LOGIN',
    '334 (challenge)',
    '>(credentials)',
    '334 (challenge)',
    '>(credentials)',
    '535 no',
    '>QUIT',
  ])
  assert.deepEqual(heard('220 hello', '334 is none without AUTH', '>nonsense'), ['220 hello', '334 is none without AUTH', '>nonsense'])
})

test('who begins to listen in the middle of a log-in hears no credential', () => {
  assert.deepEqual(heard('>c2VjcmV0', '235 welcome', '>MAIL FROM:<>'), ['>(credentials)', '235 welcome', '>MAIL FROM:<>'])
  assert.deepEqual(heard('334 UGFzc3dvcmQ6', '>c2VjcmV0', '235 welcome', '>nonsense'), [
    '334 (challenge)',
    '>(credentials)',
    '235 welcome',
    '>nonsense',
  ])
  assert.deepEqual(heard('>RCPT TO:<a@example.net>', '250 ok'), ['>RCPT TO:<a@example.net>', '250 ok'])
})
