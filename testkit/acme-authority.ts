// An authority that speaks ACME, for tests: Debian's pebble, with names from a DNS server of the testkit.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../bench/load.ts'
import { issue } from './authority.ts'
import { PATIENCE_MS } from './patience.ts'

const PEBBLE = '/usr/bin/pebble'

export interface AcmeAuthority extends AsyncDisposable {
  readonly directory: string
  /** File that proves its HTTPS. */
  readonly trustFile: string
  /** Where it looks for answers, at each name. */
  readonly httpPort: number
}

export async function startAcmeAuthority({ dns }: { readonly dns: string }): Promise<AcmeAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'hms-acme-'))
  const at = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const root = issue({ subject: 'Test Root', isAuthority: true }, null)
  const own = issue({ subject: 'localhost', names: ['localhost'] }, root)
  const [port, management, httpPort, tlsPort] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: at('cert.pem', own.cert),
    privateKey: at('key.pem', own.key),
    httpPort,
    tlsPort,
  }
  const args = ['-config', at('pebble.json', JSON.stringify({ pebble: config })), '-dnsserver', dns]
  const child = spawn(PEBBLE, args, { env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (const until = Date.now() + PATIENCE_MS; !said.includes('ACME directory available'); await wait(20))
    if (Date.now() > until || child.exitCode !== null) throw new Error(`pebble did not start: ${said}`)
  return {
    directory: `https://localhost:${port}/dir`,
    trustFile: at('root.pem', root.cert),
    httpPort,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
