// A sender whose mail is signed and tracked: its key of DKIM, the keys of its tokens, the host of its links.
import { createHash } from 'node:crypto'
import type { Domain } from '../src/base/brand.ts'
import type { DkimKey } from '../src/contract/settings.ts'
import { generateDkimKey } from '../src/message/dkim/keys.ts'

export const LINKS = 'click.sender.example'
export const TOKEN_KEYS = [{ n: 1, since: 0, secret: createHash('sha256').update('key').digest() }]
export const SENDER_DKIM: DkimKey = {
  ...(await generateDkimKey('ed25519-sha256')),
  domain: 'sender.example' as Domain,
  selector: 's',
  account: null,
  role: 'author',
  seenAt: 1,
}
