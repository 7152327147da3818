// How many DKIM signatures this machine can make with all its cores and nothing else to do, by `openssl speed`.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { DkimChoice } from './hms.ts'
import { machine } from './processes.ts'

const run = promisify(execFile)
const SECONDS = 2

async function perSecond(algorithm: 'rsa2048' | 'ed25519'): Promise<number> {
  const args = ['speed', '-multi', String(machine().cores), '-seconds', String(SECONDS), algorithm]
  const { stdout } = await run('openssl', args, { encoding: 'utf8' })
  // "rsa 2048 bits 0.000132s 0.000007s   7604.0 133460.0": the figures are time and number, each of signing and verifying.
  const [, found] = /^(?:rsa 2048 bits|\s*253 bits EdDSA \(Ed25519\))\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)/m.exec(stdout) ?? []
  if (found === undefined) throw new Error(`openssl speed ${algorithm} answered in words that the bench does not know:\n${stdout}`)
  return Number(found)
}

/** Messages a second that could be signed so; Infinity where nothing is signed. */
export async function signedPerSecond(dkim: DkimChoice): Promise<number> {
  const rsa = dkim === 'rsa' || dkim === 'both' ? 1 / (await perSecond('rsa2048')) : 0
  const ed25519 = dkim === 'ed25519' || dkim === 'both' ? 1 / (await perSecond('ed25519')) : 0
  return 1 / (rsa + ed25519)
}
