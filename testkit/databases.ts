// Database servers of others, as they are installed on this machine: each in a folder of its own, with a user `hms` and TLS, until it is disposed of.
// As root they run as nobody, as neither starts as root.
import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../bench/load.ts'
import { makeSelfSigned, type SelfSigned } from '../src/net/tls/self-signed.ts'
import { until } from './patience.ts'

export interface DatabaseServer extends AsyncDisposable {
  readonly port: number
  readonly password: string
  /** Of its certificate, which is for localhost. */
  readonly ca: string
}

const NOBODY = 65_534
const PASSWORD = 'open sesame: "quite" secret'
const TRIES = 5

const isRoot = process.getuid?.() === 0
const asOther: SpawnOptions = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** Where PostgreSQL's programs are; null: there is none. */
export function postgresPrograms(): string | null {
  const all = '/usr/lib/postgresql'
  const versions = existsSync(all) ? readdirSync(all).toSorted((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(all, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb'))) ?? null
}

/** The prefix of MariaDB, such as `/usr`; null: there is none. */
export function mariadbPrefix(): string | null {
  return (
    [process.env['MARIADB_PREFIX'] ?? '', '/usr', '/usr/local'].find((one) => one !== '' && existsSync(join(one, 'sbin/mariadbd'))) ?? null
  )
}

/** Which others may enter: the folder for tests may be root's alone. */
function folderOfOther(): string {
  const folder = mkdtempSync(join(isRoot ? '/tmp' : tmpdir(), 'hms-db-'))
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  return folder
}

function own(path: string, text: string): string {
  writeFileSync(path, text)
  chmodSync(path, 0o600)
  if (isRoot) chownSync(path, NOBODY, NOBODY)
  return path
}

type Start = (folder: string, port: number, certificate: SelfSigned) => ChildProcess

/** The port may be somebody else's by the time it is wanted: then another one. */
async function started(prepare: (folder: string) => void, start: Start): Promise<DatabaseServer> {
  const folder = folderOfOther()
  const certificate = makeSelfSigned(['localhost'], Date.now())
  try {
    prepare(folder)
    for (let n = 0; n < TRIES; n++) {
      const port = await freePort()
      const child = start(folder, port, certificate)
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
      await until(
        async () => child.exitCode !== null || /ready (?:to accept|for) connections/.test(said),
        () => said,
      )
      if (child.exitCode === null && (await isOpen(port))) return server(folder, { port, certificate, child, ended })
      child.kill('SIGKILL')
      await ended
    }
    throw new Error('the database does not start')
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

interface Running {
  readonly port: number
  readonly certificate: SelfSigned
  readonly child: ChildProcess
  readonly ended: Promise<void>
}

function server(folder: string, { port, certificate, child, ended }: Running): DatabaseServer {
  return {
    port,
    password: PASSWORD,
    ca: certificate.cert,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGQUIT')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export function startPostgres(programs: string): Promise<DatabaseServer> {
  const prepare = (folder: string): void => {
    const password = own(join(folder, 'password'), PASSWORD)
    const options = [
      '-D',
      join(folder, 'data'),
      '-U',
      'hms',
      '-A',
      'scram-sha-256',
      '--pwfile',
      password,
      '-E',
      'UTF8',
      '--locale',
      'C',
      '-N',
    ]
    execFileSync(join(programs, 'initdb'), options, { ...asOther, stdio: 'pipe', cwd: folder })
  }
  return started(prepare, (folder, port, { cert: certificate, key }) => {
    const [cert, secret] = [own(join(folder, 'cert'), certificate), own(join(folder, 'key'), key)]
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: cert,
      ssl_key_file: secret,
      unix_socket_directories: folder,
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return spawn(join(programs, 'postgres'), ['-D', join(folder, 'data'), ...options], { ...asOther, cwd: folder })
  })
}

export function startMariadb(prefix: string): Promise<DatabaseServer> {
  const [program, share] = [join(prefix, 'sbin/mariadbd'), join(prefix, 'share/mysql')]
  const libraries = join(prefix, 'lib/x86_64-linux-gnu')
  const env = { ...process.env, LD_LIBRARY_PATH: libraries }
  const usual = (folder: string): string[] => [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--lc-messages-dir=${share}`,
    `--tmpdir=${folder}`,
  ]
  const prepare = (folder: string): void => {
    mkdirSync(join(folder, 'data'))
    if (isRoot) chownSync(join(folder, 'data'), NOBODY, NOBODY)
    const tables = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'].map((name) => readFileSync(join(share, name), 'utf8'))
    const users = ['127.0.0.1', 'localhost'].flatMap((host) => [
      `CREATE USER hms@'${host}' IDENTIFIED BY '${PASSWORD}';`,
      `GRANT ALL ON *.* TO hms@'${host}';`,
    ])
    // A statement a line.
    const input = ['CREATE DATABASE mysql;', 'CREATE DATABASE shop;', 'USE mysql;', ...tables, 'FLUSH PRIVILEGES;', ...users, ''].join('\n')
    execFileSync(program, [...usual(folder), '--bootstrap', '--skip-name-resolve'], { ...asOther, env, input, stdio: 'pipe', cwd: folder })
  }
  return started(prepare, (folder, port, { cert: certificate, key }) => {
    const [cert, secret] = [own(join(folder, 'cert'), certificate), own(join(folder, 'key'), key)]
    const options = [
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--ssl-cert=${cert}`,
      `--ssl-key=${secret}`,
    ]
    return spawn(program, [...usual(folder), ...options, `--pid-file=${join(folder, 'pid')}`], { ...asOther, env, cwd: folder })
  })
}
