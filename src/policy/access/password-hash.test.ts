// What checking a password costs does not tell whether there is such a user, nor how old the hash is.
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { randomBytes, scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { PasswordHashes } from './password-hash.ts'

/** As 1.0.0 kept it. */
function scryptHash(password: string): string {
  const salt = randomBytes(16)
  const hash = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 27 })
  const b64 = (octets: Buffer): string => octets.toString('base64').replaceAll('=', '')
  return `$scrypt$ln=15,r=8,p=1$${b64(salt)}$${b64(hash)}`
}

/** How many hashes of argon2 `work` makes. */
async function argons(work: () => Promise<unknown>): Promise<number> {
  let made = 0
  const hook = createHook({ init: (_id, type) => void (type === 'ARGON2REQUEST' && made++) }).enable()
  try {
    await work()
  } finally {
    hook.disable()
  }
  return made
}

test('a right password is right by either kind of hash; an unknown user, and one whose hash is of 1.0.0, cost as much as any other', async () => {
  const hashes = new PasswordHashes()
  const kept = await hashes.hash('the password')
  const old = scryptHash('the password')
  assert.deepEqual([hashes.isOutdated(kept), hashes.isOutdated(old)], [false, true])
  assert.match(kept, /^\$argon2id\$v=19\$m=65536,t=3,p=4\$/)
  for (const hash of [kept, old]) {
    assert.equal(await hashes.isRight('the password', hash), true)
    assert.equal(await hashes.isRight('another', hash), false)
  }
  assert.equal(await hashes.isRight('another', null), false)
  for (const hash of [kept, old, null]) assert.equal(await argons(() => hashes.isRight('another', hash)), 1)
})
