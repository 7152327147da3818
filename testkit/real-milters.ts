// Milters of Debian's packages as processes of their own: OpenDKIM, and one in Python on libmilter. Each listens at a Unix socket in a folder of
// the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './patience.ts'

export interface RealMilter extends AsyncDisposable {
  readonly address: string
}

async function started(socket: string, program: string, args: readonly string[]): Promise<RealMilter> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null
  await until(() => existsSync(socket) || isGone(), `${program} listens`)
  if (isGone()) throw new Error(`${program} ended: ${said}`)
  return { address: `unix:${socket}`, [Symbol.asyncDispose]: () => ended(child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  // libmilter takes its time to end in order.
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** `test/fixtures/scripted-milter.py`. */
export function pythonMilter(folder: string): Promise<RealMilter> {
  const socket = join(folder, 'python.sock')
  // Not the first Python there is: the one that the package is for.
  return started(socket, '/usr/bin/python3', [join(import.meta.dirname, '..', 'test', 'fixtures', 'scripted-milter.py'), socket])
}

export interface SigningKey {
  readonly domain: string
  readonly selector: string
  /** Value of its TXT record. */
  readonly record: string
}

/** Signs mail of a domain and verifies all other. The keys of both are in a file, as no name server is asked. */
export async function openDkim(folder: string, domain: string): Promise<RealMilter & { readonly key: SigningKey }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = {
    domain,
    selector: 's1',
    record: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
  }
  const [socket, keyFile, keys, config] = ['opendkim.sock', 'dkim.pem', 'keys', 'opendkim.conf'].map((name) => join(folder, name))
  if (socket === undefined || keyFile === undefined || keys === undefined || config === undefined) throw new Error('four names are four')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  writeFileSync(keys, `s1._domainkey.${domain} ${key.record}\n`)
  const lines = {
    Mode: 'sv',
    Domain: domain,
    Selector: key.selector,
    KeyFile: keyFile,
    TestPublicKeys: keys,
    Socket: `local:${socket}`,
    Canonicalization: 'simple/simple',
    SignHeaders: 'From,Subject,Date,Message-ID,To',
    // What is not there must not be added after it signed.
    OversignHeaders: 'From,Subject,Date,Message-ID,To',
    InternalHosts: '192.0.2.1',
    AlwaysAddARHeader: 'yes',
    AuthservID: 'verifier.test',
    RequireSafeKeys: 'no',
    Syslog: 'no',
  }
  writeFileSync(
    config,
    Object.entries(lines)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  )
  const milter = await started(socket, '/usr/sbin/opendkim', ['-f', '-x', config])
  return { ...milter, key }
}
