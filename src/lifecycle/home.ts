// The home of an installation: what lies where, and how a new one is made. It is made beside its place and renamed into it,
// so that a home is there whole or not at all, whatever ends the process. A folder that is there already (a mounted disk, a
// package's /var/lib/hms) stays as it is and is filled: the settings, which tell a home, come last.
import { randomBytes, scrypt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type AccountId, ANONYMOUS_ACCOUNT } from '../base/brand.ts'
import { Fault, messageOf } from '../base/fault.ts'
import type { SocketAddress } from '../contract/option-kinds.ts'
import { newAccount } from '../contract/settings.ts'
import { makeSelfSigned } from '../net/tls/self-signed.ts'
import { drawApiKey, hashOfKey } from '../policy/accounts/keys.ts'
import { drawPassword, verifierFor } from '../smtp/new-login.ts'
import { initSettings } from '../store/sqlite/settings/settings.ts'
import { CONFIG_FILE, type Environment, loadConfig } from './config.ts'
import { defaultConfigFile } from './config/default-file.ts'
import { configPath, recordOrigin, shippedBy } from './config/shipped.ts'
import { programVersion } from './program.ts'
import { formatSocketAddress } from './config/option-value.ts'
import { keyFile, masterFile, tlsFiles } from './home-files.ts'
import { homeState } from './home-state.ts'
import { writeIdentity } from './identity.ts'

/** What a new home tells, once: passwords and keys are kept only as hashes. */
export interface NewHome {
  readonly smtp: string
  readonly inject: string
  readonly panel: string
  readonly admin: { readonly user: string; readonly password: string }
  readonly account: { readonly id: AccountId; readonly user: string; readonly password: string; readonly apiKey: string }
}

const FOLDERS = ['config', 'config/tls', 'spool', 'events', 'accounts', 'run'] as const
const FIRST_ACCOUNT = 1001 as AccountId
const BY = 'hms init'

/**
 * Makes a home with an administrator, the anonymous account and a first sending account. `sealingKey`: where the key that seals secrets is
 * to be, for `secrets.key_file`; else it is in the home. Rejects with a Fault; leaves nothing then but that key.
 */
export async function initHome(home: string, env: Environment = process.env, sealingKey?: string): Promise<NewHome> {
  const state = homeState(home)
  if (state === 'home') {
    const mend = "'hms start' runs it; name another folder with --home for another one."
    throw new Fault('home-exists', `${home} is a home already; nothing was changed.`, { blame: 'caller', mend })
  }
  if (state === 'other') {
    const mend = 'Name another folder with --home; one that is empty or does not exist yet.'
    throw new Fault('home-not-empty', `${home} is not empty and no home of hms; nothing was changed.`, { blame: 'caller', mend })
  }
  const there = existsSync(home)
  const building = join(there ? home : dirname(home), `.${basename(home)}.new-${process.pid}`)
  try {
    mkdirSync(dirname(home), { recursive: true })
    for (const folder of ['', ...FOLDERS]) mkdirSync(join(building, folder), { mode: 0o700 })
    const made = await fill(building, env, sealingKey)
    if (there) moveInto(home, building)
    else renameSync(building, home)
    return made
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    if (error instanceof Fault) throw error
    throw new Fault('home-unusable', `No home can be made in ${home}: ${messageOf(error)}.`, {
      blame: 'owner',
      cause: error,
      mend: 'Run hms as a user who may write there, or name another folder with --home.',
    })
  }
}

function moveInto(home: string, building: string): void {
  const [last, names] = [basename(masterFile(home)), readdirSync(building)]
  for (const name of [...names.filter((one) => one !== last), last]) renameSync(join(building, name), join(home, name))
  rmdirSync(building)
}

async function fill(home: string, env: Environment, sealingKey: string | undefined): Promise<NewHome> {
  const shipped = shippedBy(programVersion())
  const write = (path: string, text: string | Buffer): void => writeFileSync(path, text, { mode: 0o600, flush: true })
  for (const [name, text] of shipped.files) {
    write(configPath(home, name), text)
    recordOrigin(home, name, text, shipped.version)
  }
  if (sealingKey !== undefined) write(join(home, CONFIG_FILE), defaultConfigFile(new Map([['secrets.key_file', sealingKey]])))
  const config = loadConfig(home, env)
  const { cert, key: privateKey } = makeSelfSigned([config['host.name'] || hostname(), 'localhost', '127.0.0.1', '::1'], Date.now())
  const files = tlsFiles(home, config)
  if (config['smtp.tls_cert'] === '') {
    write(files.cert, cert)
    write(files.key, privateKey)
  }
  const { admin, account, installation } = await fillSettings({ file: masterFile(home), keyFile: keyFile(home, config) })
  await writeIdentity(home, installation)
  const first = (addresses: readonly SocketAddress[]): string => (addresses[0] === undefined ? '' : formatSocketAddress(addresses[0]))
  return {
    smtp: first(config['smtp.listen']),
    inject: first(config['inject.listen']),
    panel: first(config['panel.listen']),
    admin,
    account,
  }
}

async function fillSettings(files: {
  readonly file: string
  readonly keyFile: string
}): Promise<Pick<NewHome, 'admin' | 'account'> & { readonly installation: string }> {
  const admin = { user: 'admin', password: drawPassword() }
  const account = { id: FIRST_ACCOUNT, user: 'first', password: drawPassword(), apiKey: drawApiKey('first') }
  const verifier = await verifierFor(account.password)
  using store = initSettings(files)
  store.putAccount(newAccount(ANONYMOUS_ACCOUNT, 'Anonymous'), BY)
  store.putAccount(newAccount(account.id, 'First account'), BY)
  store.putCredential({ user: account.user, account: account.id, ...verifier, networks: [] }, BY)
  store.putInjectionKey({ kind: 'api', user: 'api:first', account: account.id, networks: [], hash: hashOfKey(account.apiKey) }, BY)
  store.putUser({ name: admin.user, role: 'owner', hash: await hashPassword(admin.password) }, BY)
  return { admin, account, installation: store.installation() }
}

/** scrypt (rfc:7914) in PHC form (2^15, 8, 1: 32 MiB, some 80 ms): for people, who log in seldom. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)
  const hash = await derive(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 })
  const b64 = (octets: Buffer): string => octets.toString('base64').replaceAll('=', '')
  return `$scrypt$ln=15,r=8,p=1$${b64(salt)}$${b64(hash)}`
}
