// What was tried on those who check who somebody is: over a real access.db, with time in the hand of the test.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Principal } from '../../contract/access.ts'
import { drawManagementKey, hashOfRecoveryCode, hashOfSecret } from '../../policy/access/access-names.ts'
import { openAccess } from '../../store/sqlite/access/access.ts'
import { makeKeyFile } from '../../store/sqlite/settings/sealing.ts'
import { hashesOf } from '../../../testkit/access-house.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { Doorkeeper } from './doorkeeper.ts'
import { Guarded } from './guarded.ts'
import { ProviderLogouts } from './oidc/provider-logouts.ts'
import { OwnAccess } from './own-access.ts'
import { Proofs } from './proofs.ts'
import { drawTotp } from './second-factor.ts'

const PASSWORD = 'correct horse battery'
const FAR = { method: 'POST', address: '192.0.2.7', secure: true, host: 'mta.example', origin: 'https://mta.example' } as const
const NEAR = { method: 'POST', address: '127.0.0.1', secure: false, host: 'localhost:8080', origin: 'http://localhost:8080' } as const
/** A page of evil.example, whose name leads to this machine by now. */
const REBOUND = { ...NEAR, host: 'evil.example:8080', origin: 'http://evil.example:8080' } as const

async function house() {
  const folder = temporaryFolder()
  const keyFile = join(folder.path, 'key')
  makeKeyFile(keyFile)
  const clock = new FakeClock()
  const hashes = hashesOf()
  const hash = await hashes.hash(PASSWORD)
  const firstUsers = () => [{ name: 'ann', role: 'owner' as const, hash }]
  const book = openAccess({ file: join(folder.path, 'access.db'), keyFile, firstUsers }, clock.now())
  const guarded = new Guarded(configWith({ 'auth.failures': 5 }), clock)
  const proofs = new Proofs()
  const own = new OwnAccess({
    book,
    proofs,
    logouts: new ProviderLogouts(),
    hashes,
    guarded,
    clock,
    host: 'mta.example',
    names: { hosts: [], ports: [], plainPorts: [] },
    note: () => {},
    failed: () => {},
  })
  const door = new Doorkeeper({ book, guarded, own, proofs, clock })
  /** Time passes only while a delay is waited for. */
  const passing = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setInterval(() => clock.timers > 0 && clock.pass(250), 1)
    try {
      return await work
    } finally {
      clearInterval(timer)
    }
  }
  const login = (password: string, facts: Parameters<typeof door.authenticate>[0] = FAR) =>
    passing(own.call('login', { user: 'ann', password }, { facts, principal: null }))
  const asked = async (facts: Parameters<typeof door.authenticate>[0]): Promise<string> => {
    const found = await door.authenticate(facts)
    return found.kind === 'denied' ? found.code : found.name
  }
  const dispose = (): void => {
    book[Symbol.dispose]()
    folder[Symbol.dispose]()
  }
  return { clock, book, guarded, own, login, asked, passing, [Symbol.dispose]: dispose }
}

const failing = (code: string) => ({ name: 'Fault', code })
const cookieOf = (set: string | undefined): string => set?.split(';')[0] ?? assert.fail('no cookie')

test('a page of another name that leads to this machine is no page of ours, and locks nobody out', async () => {
  using at = await house()
  const cookie = cookieOf((await at.login(PASSWORD, NEAR)).cookie)
  assert.equal(await at.asked({ ...NEAR, cookie }), 'ann')
  assert.equal(await at.asked({ ...REBOUND, cookie }), 'not-authenticated')
  for (let n = 0; n < 20; n++) {
    await assert.rejects(at.login('wrong', REBOUND), failing('tls-needed'))
    assert.equal(await at.asked({ ...REBOUND, authorization: 'Bearer hms_mgmt_x' }), 'not-authenticated')
  }
  for (const host of ['localhost', '127.0.0.1:8080', '[::1]:8080']) await at.login(PASSWORD, { ...NEAR, host, origin: `http://${host}` })
})

test('a page that came without TLS changes nothing with a session of TLS, nor the other way round', async () => {
  using at = await house()
  const far = cookieOf((await at.login(PASSWORD)).cookie)
  for (const origin of ['http://mta.example', 'https://mta.example:8443', 'https://panel.mta.example', 'null', 'https://mta.example.evil'])
    assert.equal(await at.asked({ ...FAR, cookie: far, origin }), 'wrong-origin', origin)
  assert.equal(await at.asked({ ...FAR, cookie: far, origin: 'https://mta.example:443' }), 'ann')
  const near = cookieOf((await at.login(PASSWORD, NEAR)).cookie)
  assert.equal(await at.asked({ ...NEAR, cookie: near, origin: 'https://localhost:8080' }), 'wrong-origin')
  assert.equal(await at.asked({ ...NEAR, cookie: near, origin: 'http://localhost:3000' }), 'wrong-origin')
})

test('whoever has a key gets in, however many wrong ones came from the same address', async () => {
  using at = await house()
  const secret = drawManagementKey()
  const key = {
    name: 'deploy',
    role: 'viewer',
    account: null,
    scopes: null,
    networks: [],
    madeAt: 0,
    madeBy: 'ann',
    expiresAt: null,
  } as const
  at.book.addKey({ ...key, hash: hashOfSecret(secret) })
  const codes = new Set<string>()
  for (let n = 0; n < 20; n++) codes.add(await at.asked({ ...FAR, authorization: 'Bearer hms_mgmt_x' }))
  assert.deepEqual([...codes], ['not-authenticated', 'too-many-failures'])
  assert.equal(await at.asked({ ...FAR, authorization: `Bearer ${secret}` }), 'key:deploy')
})

test('who asks many at once is told no more than who asks one after the other', async () => {
  using at = await house()
  const gate = Promise.withResolvers<void>()
  const guess = (right: boolean): Promise<boolean> => at.guarded.check('ann', '192.0.2.7', async () => gate.promise.then(() => right))
  // The sixth and the last of forty are right.
  const guesses = Array.from({ length: 40 }, (_, n) => guess(n === 5 || n === 39))
  gate.resolve()
  const told = await Promise.allSettled(guesses)
  assert.deepEqual(
    told.flatMap((one) => (one.status === 'fulfilled' && one.value ? ['right'] : [])),
    [],
  )
  assert.equal(told.filter(({ status }) => status === 'rejected').length, 2)
  await assert.rejects(guess(true), failing('too-many-failures'))
})

test('six digits are guessed at twenty times an hour, from wherever; a recovery code is taken all the same', async () => {
  using at = await house()
  const { secret } = drawTotp('ann', '')
  const recovery = 'ABCD-EFGH-JKLM-NPQR'
  at.book.putNextTotp('ann', secret)
  at.book.confirmTotp('ann', 0, [hashOfRecoveryCode(recovery)])
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  const codeNow = (): string => totp.generate({ timestamp: at.clock.now() })
  // Of no step that is near.
  const wrong = (): string => {
    const near = new Set([-2, -1, 0, 1, 2].map((step) => totp.generate({ timestamp: at.clock.now() + step * 30_000 })))
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.has(code)) ?? '666666'
  }
  const ticket = async (): Promise<string> => {
    const { value } = await at.login(PASSWORD)
    return value.state === 'second-factor' ? value.ticket : assert.fail('no second factor was asked for')
  }
  let [given, address] = [await ticket(), 0]
  const second = (code: string): Promise<unknown> => {
    const facts = { ...FAR, address: `203.0.${++address}.1` }
    return at.passing(at.own.call('login.totp', { ticket: given, code }, { facts, principal: null }))
  }
  for (let n = 1; n <= 20; n++) {
    await assert.rejects(second(wrong()), failing('login-failed'))
    if (n % 4 === 0) given = await ticket()
  }
  await assert.rejects(second(codeNow()), failing('too-many-failures'))
  await assert.rejects(
    at.own.call('login.totp', { ticket: given, code: recovery }, { facts: { ...FAR, secure: false }, principal: null }),
    failing('tls-needed'),
  )
  await second(recovery)
  given = await ticket()
  await assert.rejects(second(recovery), failing('login-failed'))
  at.clock.pass(2 * 3600_000)
  given = await ticket()
  await second(codeNow())
})

test('a session that is only watched by its stream ends as one that nobody uses', async () => {
  using at = await house()
  const cookie = cookieOf((await at.login(PASSWORD)).cookie)
  const watching = { ...FAR, method: 'GET', cookie, watches: true }
  const known: (Principal['name'] | string)[] = []
  for (let hours = 0; hours < 13; hours++) {
    known.push(await at.asked(watching))
    at.clock.pass(3600_000)
  }
  assert.deepEqual([known[11], known[12]], ['ann', 'not-authenticated'])
})
