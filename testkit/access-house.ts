// People who log in over a real access.db, with time in the hand of the test.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Principal } from '../src/contract/access.ts'
import { Doorkeeper } from '../src/api/access/doorkeeper.ts'
import { Guarded } from '../src/api/access/guarded.ts'
import { ProviderLogouts } from '../src/api/access/oidc/provider-logouts.ts'
import { OwnAccess } from '../src/api/access/own-access.ts'
import { Proofs } from '../src/api/access/proofs.ts'
import { PasswordHashes } from '../src/policy/access/password-hash.ts'
import { openAccess } from '../src/store/sqlite/access/access.ts'
import { makeKeyFile } from '../src/store/sqlite/settings/sealing.ts'
import { configWith } from './engine-home.ts'
import { FakeClock } from './fake-clock.ts'
import { temporaryFolder } from './spool-samples.ts'

export const PASSWORD = 'correct horse battery'
/** As a server's in all but its cost, of which each test would have seconds. */
export const hashesOf = (): PasswordHashes => new PasswordHashes({ memoryKib: 64, passes: 1 })
export const FROM = { method: 'POST', address: '192.0.2.7', secure: true, host: 'mta.example', origin: 'https://mta.example' } as const

export async function house() {
  const folder = temporaryFolder()
  const keyFile = join(folder.path, 'key')
  makeKeyFile(keyFile)
  const clock = new FakeClock()
  const hashes = hashesOf()
  const hash = await hashes.hash(PASSWORD)
  const firstUsers = () => [{ name: 'ann', role: 'owner' as const, hash }]
  const book = openAccess({ file: join(folder.path, 'access.db'), keyFile, firstUsers }, clock.now())
  const guarded = new Guarded(configWith({ 'auth.failures': 5 }), clock)
  const notes: string[] = []
  const failures: (string | null)[] = []
  const proofs = new Proofs()
  const own = new OwnAccess({
    book,
    proofs,
    logouts: new ProviderLogouts(),
    hashes,
    guarded,
    clock,
    host: 'mta.example',
    names: { hosts: ['mta.example'], ports: [], plainPorts: [8080] },
    note: ({ by }, action) => notes.push(`${by} ${action}`),
    failed: (_what, user) => failures.push(user),
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
  const login = (password: string, facts: object = {}, user = 'ann') =>
    passing(own.call('login', { user, password }, { facts: { ...FROM, ...facts }, principal: null }))
  const known = async (cookie: string | undefined, facts: object = {}): Promise<Principal> => {
    const found = await door.authenticate({ ...FROM, cookie: cookie?.split(';')[0], ...facts })
    return found.kind === 'denied' ? assert.fail(found.code) : found
  }
  const denied = async (facts: object): Promise<string> => {
    const found = await door.authenticate({ ...FROM, ...facts })
    return found.kind === 'denied' ? found.code : assert.fail(found.name)
  }
  const dispose = (): void => {
    book[Symbol.dispose]()
    folder[Symbol.dispose]()
  }
  return { clock, book, own, login, known, denied, notes, failures, passing, [Symbol.dispose]: dispose }
}

export const failing = (code: string) => ({ name: 'Fault', code })
