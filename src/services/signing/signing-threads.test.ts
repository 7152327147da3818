// The threads that sign, over what a worker gives them: many at once, from memory and from files, of every size, with keys that work
// and keys that do not. What they give is compared with what the message room computes by itself, or verified where it differs.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { Domain } from '../../base/brand.ts'
import type { Body } from '../../engine/ports/spool.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import { PrivateKeys, type SigningKey } from '../../message/dkim/private-keys.ts'
import { signatureFields, signInput } from '../../message/dkim/signer.ts'
import { SigningThreads } from './signing-threads.ts'

const AT = Date.UTC(2026, 10, 22)
const here = new PrivateKeys()
const key = async (algorithm: SigningKey['algorithm'], domain: string): Promise<SigningKey> => ({
  ...(await generateDkimKey(algorithm)),
  domain: domain as Domain,
  selector: 's',
})
const [rsa, ed] = await Promise.all([key('rsa-sha256', 'x.example'), key('ed25519-sha256', 'jürgen.example')])
const broken: SigningKey = { ...rsa, privateKey: 'no key' }

const message = (n: number, octets: number): Buffer =>
  Buffer.from(`From: a@x.example\r\nSubject: ${n} \u00e9\r\n\r\n${`text  ${n}\r\n`.repeat(octets / 8)}`, 'latin1')
/** Both algorithms give the same signature whenever they sign the same. */
const expected = (octets: Buffer, keys: readonly SigningKey[]): string =>
  signatureFields(signInput(octets, AT), keys, (text, one) => here.sign(text, one))
const text = (fields: Uint8Array): string => Buffer.from(fields).toString('latin1')

test('many messages of several keys come back to whom they belong; an unusable key fails its own alone', async () => {
  const threads = new SigningThreads(2)
  // More than there are slots, so that some wait for one.
  const jobs = Array.from({ length: 200 }, (_, n) => ({ octets: message(n, 400), keys: [[rsa], [ed], [broken], [ed, rsa]][n % 4] ?? [] }))
  for (let round = 0; round < 2; round++) {
    const done = await Promise.allSettled(jobs.map(({ octets, keys }) => threads.sign({ kind: 'bytes', bytes: octets }, keys, AT)))
    for (const [n, { octets, keys }] of jobs.entries()) {
      const one = done[n]
      if (keys.includes(broken)) assert.equal(one?.status, 'rejected', `job ${n}`)
      else assert.ok(one?.status === 'fulfilled' && text(one.value) === expected(octets, keys), `job ${n}`)
    }
  }
})

test('messages of every size, in memory and in files, among small ones; a file that is not there is told', async () => {
  using folder = temporaryFolder()
  const threads = new SigningThreads(2)
  const path = (n: number): string => join(folder.path, String(n))
  const sizes = [0, 8, 4000, 60_000, 63_000, 64_000, 66_000, 300_000]
  const cases = Array.from({ length: 64 }, (_, n) => {
    const octets = message(n, sizes[n % sizes.length] ?? 0)
    const isFile = n % 3 === 1
    if (isFile) writeFileSync(path(n), octets)
    const body: Body = isFile ? { kind: 'file', path: path(n), size: octets.length } : { kind: 'bytes', bytes: octets }
    return { octets, body }
  })
  const missing = assert.rejects(threads.sign({ kind: 'file', path: path(999), size: 1 }, [ed], AT), /ENOENT/)
  const signed = await Promise.all(cases.map(({ body }) => threads.sign(body, [ed], AT)))
  for (const [n, { octets }] of cases.entries()) assert.equal(text(signed[n] ?? Buffer.alloc(0)), expected(octets, [ed]), `message ${n}`)
  await missing
})

test('a file is signed while the slots are never empty', async () => {
  using folder = temporaryFolder()
  const threads = new SigningThreads(1)
  const octets = message(0, 100_000)
  writeFileSync(join(folder.path, 'body'), octets)
  const ended = { now: false }
  const small = async (): Promise<void> => {
    while (!ended.now) await threads.sign({ kind: 'bytes', bytes: message(1, 40) }, [ed], AT)
  }
  const all = Array.from({ length: 40 }, small)
  const fields = await threads.sign({ kind: 'file', path: join(folder.path, 'body'), size: octets.length }, [ed], AT)
  ended.now = true
  await Promise.all(all)
  assert.equal(text(fields), expected(octets, [ed]))
})

test('signature fields that fit no slot arrive all the same', async () => {
  const threads = new SigningThreads(2)
  const octets = Buffer.from(`From: a@x.example\r\n${'List-Id:\r\n'.repeat(6000)}\r\nx\r\n`)
  const keys = [ed, { ...ed, selector: 't' }]
  const fields = await threads.sign({ kind: 'bytes', bytes: octets }, keys, AT)
  assert.ok(fields.length > 65_536)
  assert.equal(text(fields), expected(octets, keys))
})
