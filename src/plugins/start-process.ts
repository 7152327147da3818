// Starts the process of a plug-in: Node's permission model with the plug-in's folder to read and nothing to write, an empty environment, a
// limit of memory that the system keeps, and its end with it. Nothing else of the server starts plug-ins' code.
import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Ms } from '../base/brand.ts'
import { machineClock } from '../base/clock.ts'

const MAIN = new URL('./host/main.ts', import.meta.url)
const MIB = 1024 * 1024
/** What Node itself takes, resident. */
const OWN_MEMORY = 64 * MIB
/** What Node has mapped as data before it runs anything, most of it for code that is never made (measured: 560 MiB). */
const OWN_DATA = 640 * MIB

/**
 * `ulimit -d` is RLIMIT_DATA, which the kernel keeps at each mapping: memory beyond is refused to the plug-in, with an error in its own code.
 * `setpriv` has the kernel end it with us, where it is installed; else the end of the channel does, where its code does not loop.
 */
const SHELL = `ulimit -d "$1"; ulimit -c 0; shift
command -v setpriv >/dev/null && set -- setpriv --pdeathsig KILL "$@"
exec "$@"`

export interface ProcessSpec {
  /** As lists of processes show it; left out: that of its folder. */
  readonly name?: string
  /** Real path of the plug-in's folder. */
  readonly folder: string
  /** Octets of resident memory that it may have. */
  readonly memory: number
}

export interface StartedProcess {
  readonly pid: number | undefined
  readonly channel: Duplex
  /** What it writes by itself, in lines of at most 1,000 characters. */
  onLine: (line: string) => void
  /** Resolves when it has ended, with how. Never rejects. */
  readonly ended: Promise<string>
  kill(): void
}

export function startProcess({ folder, memory, name = basename(folder) }: ProcessSpec): StartedProcess {
  const heap = Math.max(16, Math.floor((memory - OWN_MEMORY) / MIB))
  const own = dirname(fileURLToPath(MAIN))
  const readable = [folder, dirname(own), ...zodFolder()].flatMap((path) => ['--allow-fs-read', path])
  const node = [
    process.execPath,
    `--title=hms plug-in ${name}`,
    '--permission',
    '--no-experimental-sqlite',
    ...readable,
    `--max-old-space-size=${heap}`,
    // Its heap is small: helper threads of the collector cost more than they save, beside mail.
    '--single-threaded-gc',
    '--disable-warning=ExperimentalWarning',
  ]
  const limit = String(Math.floor((OWN_DATA + memory) / 1024))
  // A session of its own: what a terminal sends to the server's group is the server's to heed.
  const child = spawn('/bin/sh', ['-c', SHELL, 'sh', limit, ...node, fileURLToPath(MAIN)], {
    cwd: folder,
    env: { TZ: process.env['TZ'] ?? 'UTC', PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  const channel = child.stdio[3] as Duplex
  // Its end tells; what could not be written is answered by nobody.
  channel.on('error', () => undefined)
  const started: StartedProcess = { pid: child.pid, channel, onLine: () => undefined, ended, kill: () => void child.kill('SIGKILL') }
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) readLines(stream, (line) => started.onLine(line))
  child.once('error', (error) => resolve(`it cannot be started: ${error.message}`))
  child.once('close', (code, signal) => resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`))
  return started
}

/** Address of the server's zod, which plug-ins may use; null: it is not there. */
export function zodOfServer(): string | null {
  try {
    return pathToFileURL(realpathSync(fileURLToPath(import.meta.resolve('zod')))).href
  } catch {
    return null
  }
}

function zodFolder(): readonly string[] {
  const zod = zodOfServer()
  return zod === null ? [] : [dirname(fileURLToPath(zod))]
}

const LONGEST_LINE = 1000
/** After so many octets it is left alone for a moment: to read all that a process can write would keep the server from its mail. */
const MOST_READ = 256 * 1024
const MOMENT: Ms = 100

function readLines(stream: Readable, say: (line: string) => void): void {
  let rest = ''
  let read = 0
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE)
    for (const line of lines) if (line !== '') say(line.slice(0, LONGEST_LINE))
    read += chunk.length
    if (read < MOST_READ) return
    read = 0
    stream.pause()
    machineClock.after(MOMENT, () => stream.resume())
  })
}
