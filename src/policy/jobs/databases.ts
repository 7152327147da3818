// Databases that jobs read their recipients from: by a URL in the job, or better by the name of one in config/databases.yaml. A password is in
// neither: job files are passed on, and the configuration is in backups.
import { isIP } from 'node:net'
import { parse } from 'yaml'
import { z } from 'zod'
import { messageOf } from '../../base/fault.ts'

export interface DatabasePlace {
  readonly kind: 'postgres' | 'mysql'
  /** A name or an address, or the folder or file of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  /** `verified`: by its certificate, which is for that name. `unverified`: encrypted, whoever it is. */
  readonly tls: 'off' | 'unverified' | 'verified'
}

export interface NamedDatabase {
  readonly place: DatabasePlace
  /** Paths, relative ones to the folder of the file. */
  readonly passwordFile?: string
  readonly ca?: string
}

const KINDS = { 'postgres:': 'postgres', 'postgresql:': 'postgres', 'mysql:': 'mysql', 'mariadb:': 'mysql' } as const
const PORTS = { postgres: 5432, mysql: 3306 } as const
const TLS = { disable: 'off', require: 'unverified', 'verify-full': 'verified' } as const
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/
const PARAMETERS = new Set(['sslmode', 'host'])

export function isDatabaseUrl(text: string): boolean {
  return /^[a-z]+:\/\//i.test(text)
}

/** A string: what is wrong with it, the end of a sentence. It never holds what the URL holds. */
export function databasePlace(text: string): DatabasePlace | string {
  const url = URL.canParse(text) ? new URL(text) : null
  const kind = url === null ? undefined : KINDS[url.protocol as keyof typeof KINDS]
  if (url === null || kind === undefined) return 'is no URL such as postgres://user@db.example/shop or mysql://user@db.example/shop'
  if (url.password !== '')
    return 'has a password in it: name the database in config/databases.yaml, with a password_file, or set PGPASSWORD or MYSQL_PWD'
  for (const name of url.searchParams.keys())
    if (!PARAMETERS.has(name)) return `has a parameter that is not known; there are ${[...PARAMETERS].join(', ')}`
  const [user, database] = [decoded(url.username), decoded(url.pathname.slice(1))]
  if (user === null || database === null || user === '' || database === '') return 'must name a user and a database'
  const socket = url.searchParams.get('host')
  if (socket !== null && (!socket.startsWith('/') || url.hostname !== 'localhost'))
    return 'can have the path of a socket as ?host=/run/… with localhost alone'
  const host = socket ?? url.hostname.replace(/^\[|\]$/g, '')
  if (host === '') return 'must name a host'
  const said = url.searchParams.get('sslmode')
  if (said !== null && !Object.hasOwn(TLS, said)) return `has an sslmode that is none of ${Object.keys(TLS).join(', ')}`
  const isNear = socket !== null || LOOPBACK.test(host)
  const tls = said === null ? (isNear ? 'off' : 'verified') : TLS[said as keyof typeof TLS]
  if (socket !== null && tls !== 'off') return 'cannot have TLS over a socket of this machine'
  // Of an address the clients know no name, and would take a certificate for that of this machine.
  if (tls === 'verified' && isIP(host) !== 0)
    return 'must have a name in place of an address, which the certificate is for, or sslmode=require'
  return { kind, host, port: url.port === '' ? PORTS[kind] : Number(url.port), user, database, tls }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

const path = z.string('must be a path').min(1, 'must be a path').max(4096, 'must be a path')
const FILE = z.record(
  z.string().regex(/^[\w.-]{1,100}$/, 'is no name: letters, digits, dots, hyphens and underscores'),
  z.strictObject({ url: z.string('must be a URL'), password_file: path.optional(), ca: path.optional() }, 'must be an object'),
  'must be an object of names',
)

/** A string: what is wrong with the file, a sentence. */
export function readDatabases(text: string): ReadonlyMap<string, NamedDatabase> | string {
  let values: unknown
  try {
    values = parse(text)
  } catch (error) {
    return `It is no YAML: ${messageOf(error).split('\n')[0]?.replace(/[:.]$/, '')}.`
  }
  const checked = FILE.safeParse(values ?? {})
  if (!checked.success) {
    const [issue] = checked.error.issues
    return `${(issue?.path ?? []).map(String).join('.') || 'It'}: ${issue?.message ?? 'is not of its form'}.`
  }
  const found = new Map<string, NamedDatabase>()
  for (const [name, { url, password_file: passwordFile, ca }] of Object.entries(checked.data)) {
    const place = databasePlace(url)
    if (typeof place === 'string') return `${name}.url ${place}.`
    found.set(name, { place, ...(passwordFile !== undefined && { passwordFile }), ...(ca !== undefined && { ca }) })
  }
  return found
}
