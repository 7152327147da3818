import assert from 'node:assert/strict'
import { createPublicKey, hash, verify } from 'node:crypto'
import { test } from 'node:test'
import { generateDkimKey } from '../message/dkim/keys.ts'
import { SigningThreads } from './signing-threads.ts'

test('many signatures of several keys come back to whom they belong; an unusable key fails its own alone', async () => {
  const [rsa, ed] = await Promise.all([generateDkimKey('rsa-sha256'), generateDkimKey('ed25519-sha256')])
  const broken = { ...rsa, privateKey: 'no key' }
  const threads = new SigningThreads(2)
  const jobs = Array.from({ length: 60 }, (_, n) => ({ text: `octets ${n} \u00e9`, key: [rsa, ed, broken][n % 3] ?? rsa }))
  const done = await Promise.allSettled(jobs.map(({ text, key }) => threads.sign(text, key)))
  for (const [n, { text, key }] of jobs.entries()) {
    const one = done[n]
    if (key === broken) {
      assert.equal(one?.status, 'rejected', `job ${n}`)
      continue
    }
    assert.ok(one?.status === 'fulfilled', `job ${n}`)
    const octets = Buffer.from(text, 'latin1')
    const [digest, data] = key === rsa ? (['sha256', octets] as const) : ([null, hash('sha256', octets, 'buffer')] as const)
    assert.ok(verify(digest, data, createPublicKey(key.privateKey), Buffer.from(one.value, 'base64')), `job ${n}`)
  }
})
