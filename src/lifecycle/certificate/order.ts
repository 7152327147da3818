// Orders the certificate that listeners show and puts it in place: for the key that is there, so that one file changes at once and TLSA
// records stay true. The account with the authority is kept beside it.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import type { AcmeAccount } from '../../net/acme/order.ts'
import { readJson, writeWhole } from '../config/whole-file.ts'
import { tlsFiles } from '../home-files.ts'
import { hostFiles, isOwners, nameOf } from './hosts.ts'
import { isOrdered } from './state.ts'

/** rfc:8555#8.3 */
const HTTP = 80
const EVERYWHERE = [
  { host: '0.0.0.0', port: HTTP },
  { host: '::', port: HTTP },
]

interface KeptAccount extends AcmeAccount {
  readonly directory: string
}

const accountFile = (home: string, config: Config): string => join(dirname(tlsFiles(home, config).cert), 'acme-account.json')

/** Rejects with a Fault that says what to mend; then everything is as it was. */
export async function orderOwnCertificate(home: string, config: Config): Promise<void> {
  requireWanted(config)
  await order(home, config, config['acme.names'], tlsFiles(home, config))
}

/** The same for a host of links, whose key is made where there is none. */
export async function orderHostCertificate(home: string, config: Config, host: string): Promise<void> {
  const name = nameOf(host)
  requireHostWanted(home, config, name)
  const files = hostFiles(home, name)
  makeFolder(dirname(files.key))
  if (!existsSync(files.key)) writeWhole(files.key, newKey())
  await order(home, config, [name], files)
  writeWhole(files.mark, 'The certificate beside this file is ordered by hms. Without this file it is taken for yours.\n')
}

/** Of whoever owns the folder that it is in: root may order for a server that runs as another. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, gid } = statSync(dirname(folder))
  if (process.geteuid?.() === 0) chownSync(folder, uid, gid)
}

function requireHostWanted(home: string, config: Config, name: string): void {
  if (!config['acme.terms_agreed']) throw termsNotAgreed(config)
  if (!isOwners(home, name)) return
  throw new Fault('certificate-not-ordered', `The certificate of ${name} is a file of yours.`, {
    blame: 'caller',
    mend: `Renew it where it comes from, or take ${hostFiles(home, name).cert} away.`,
  })
}

async function order(
  home: string,
  config: Config,
  names: readonly string[],
  files: { readonly cert: string; readonly key: string },
): Promise<void> {
  const directory = config['acme.directory']
  const kept = accountOf(home, config)
  const key = readFileSync(files.key, 'utf8')
  // Some tens of MB of other people's code, for a minute every other month.
  const { orderCertificate } = await import('../../net/acme/order.ts')
  const issued = await orderCertificate({
    directory,
    names,
    key,
    account: kept,
    trust: config['acme.trust_file'] === '' ? null : readFileSync(config['acme.trust_file'], 'utf8'),
    contact: config['acme.contact'],
    binding: bindingOf(config),
    listen: config['acme.listen'].length > 0 ? config['acme.listen'] : EVERYWHERE,
  }).catch((error: unknown) => {
    throw refused(error, config, names)
  })
  checkIssued(issued.chain, key, names)
  writeWhole(accountFile(home, config), `${JSON.stringify({ ...kept, url: issued.accountUrl }, null, 2)}\n`)
  writeWhole(files.cert, issued.chain)
}

function requireWanted(config: Config): void {
  if (isOrdered(config) && config['acme.terms_agreed']) return
  if (config['smtp.tls_cert'] === '' && config['acme.names'].length > 0) throw termsNotAgreed(config)
  const [what, mend] =
    config['smtp.tls_cert'] !== ''
      ? [
          'The certificate is a file of yours (smtp.tls_cert).',
          'Renew it where it comes from, or take smtp.tls_cert and smtp.tls_key away.',
        ]
      : ['Nobody said which names the certificate is for.', 'Set acme.names in config/hms.yaml, such as [mta1.example.com].']
  throw new Fault('certificate-not-ordered', what, { blame: 'caller', mend })
}

function termsNotAgreed(config: Config): Fault {
  return new Fault('certificate-not-ordered', 'The terms of the authority were not agreed to.', {
    blame: 'caller',
    mend: `Read them at ${config['acme.directory']} and set acme.terms_agreed: true.`,
  })
}

function accountOf(home: string, config: Config): KeptAccount {
  const file = accountFile(home, config)
  const directory = config['acme.directory']
  const kept = readJson(file) as KeptAccount | undefined
  if (kept?.directory === directory) return kept
  return { directory, url: null, key: newKey() }
}

function newKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function bindingOf(config: Config): { readonly kid: string; readonly hmacKey: string } | null {
  const [kid, file] = [config['acme.binding_id'], config['acme.binding_key_file']]
  return kid === '' || file === '' ? null : { kid, hmacKey: readFileSync(file, 'utf8').trim() }
}

function checkIssued(chain: string, key: string, names: readonly string[]): void {
  const certificate = new X509Certificate(chain)
  const strange = names.find((name) => certificate.checkHost(name) === undefined)
  if (certificate.checkPrivateKey(createPrivateKey(key)) && strange === undefined) return
  const what = strange === undefined ? 'for another key' : `not for ${strange}`
  throw new Fault('certificate-not-ordered', `What the authority sent is ${what}; it was not put in place.`, {
    blame: 'peer',
    temporary: true,
  })
}

function refused(error: unknown, config: Config, names: readonly string[]): Fault {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const isOurs = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code)
  const mend = isOurs
    ? 'Free the address or name another with acme.listen; the authority asks at port 80 of each name.'
    : `Each of ${names.join(', ')} must lead to this machine, with port 80 open to the outside.`
  return new Fault('certificate-not-ordered', `No certificate came from ${config['acme.directory']}: ${messageOf(error)}`, {
    blame: isOurs ? 'owner' : 'peer',
    temporary: true,
    mend,
    cause: error,
  })
}
