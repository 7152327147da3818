// `npm test`: builds, installs what the tests need from Debian when run as root, and runs every test quietly.
// Arguments are files or folders to run instead of everything. Ends with a line `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import quiet from './quiet-reporter.ts'

const root = join(import.meta.dirname, '..')
/** Scenarios spend much of their time waiting for each other's processes: of two cores, four of them left a fifth unused. */
const AT_ONCE = 5
/** Far longer than any test takes: a busy machine fails none. */
const LONGEST_MS = 900_000
/** What takes longest, the longest first (`HMS_TEST_SLOW=1` tells it): begun late, one of them alone would be the end of a run. */
const LONGEST = `
  restore panel-roles limits panel-plugins upgrade-killed-trial upgrade-killed-lead crash-points install upgrade
  plugin-upgrade panel-rules random-kills panel-webhooks downgrade panel-users panel-bounces backup panel-accounts release
  large-queue hms-command upgrade-killed panel panel-settings lifecycle-runs panel-reports panel-jobs panel-templates
  command-edges panel-upgrade panel-suppression panel-console panel-alarms access panel-destinations policy-hour
`
  .trim()
  .split(/\s+/)
  .map((name) => join(root, `test/${name}.test.ts`))
const FLAGS = ['--disable-warning=ExperimentalWarning']
/** Debian packages whose programs the scenarios drive: the program that shows it is there, its package, and what does instead. */
const NEEDED = [
  ['/usr/sbin/smtp-sink', 'postfix'],
  ['/usr/bin/swaks', 'swaks'],
  // What swaks speaks TLS with, which Debian only recommends.
  ['/usr/share/doc/libnet-ssleay-perl', 'libnet-ssleay-perl'],
  ['/usr/bin/strace', 'strace'],
  ['/usr/bin/pebble', 'pebble'],
  // Milters: OpenDKIM, and libmilter for one in Python.
  ['/usr/sbin/opendkim', 'opendkim'],
  ['/usr/lib/python3/dist-packages/Milter', 'python3-milter'],
  // Not python3-minimal: that has no smtplib.
  ['/usr/bin/pydoc3', 'python3'],
  // Tests of the panel are in a browser: the whole one does as well.
  ['/usr/lib/chromium/chromium-headless-shell', 'chromium-headless-shell', '/usr/bin/chromium'],
] as const

function install(): void {
  const missing = NEEDED.filter(([program, , orElse = program]) => !existsSync(program) && !existsSync(orElse)).map(([, name]) => name)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) {
    console.error(
      `The tests need Debian's ${missing.join(', ')}. Install them as root: apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    )
    process.exit(1)
  }
  console.log(`installing ${missing.join(', ')} from Debian`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const command = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${missing.join(' ')}`
  const { status } = spawnSync('sh', ['-c', command], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

/** Place in the order of what is begun; that of all but the longest is the same. */
function rank(file: string): number {
  const place = LONGEST.indexOf(file)
  return place < 0 ? LONGEST.length : place
}

function testsBelow(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const wanted = process.argv.slice(2)
// Scenarios first: what is left at the end is quick.
const places =
  wanted.length > 0 ? wanted.map((name) => resolve(name)) : ['test', 'testkit', 'scripts', 'panel', 'src'].map((name) => join(root, name))
const files = places
  .filter((place) => existsSync(place))
  .flatMap((place) => testsBelow(place).toSorted())
  .toSorted((a, b) => rank(a) - rank(b))
const gone = LONGEST.filter((file) => !existsSync(file))
if (gone.length > 0) {
  console.error(`${gone.join(', ')}: in the list of what takes longest (scripts/test.ts), and not there`)
  process.exit(1)
}
if (files.length === 0) {
  console.error('no test file found: nothing was tested')
  process.exit(1)
}
install()
const built = spawnSync(process.execPath, [...FLAGS, join(root, 'scripts/build.ts'), '--if-stale'], { stdio: 'inherit' })
if (built.status !== 0) process.exit(built.status ?? 1)
process.chdir(root)
// Each file of tests is a process that loads much of the same: what the first compiled, the others take over.
const compiled = mkdtempSync(join(tmpdir(), 'hms-compiled-'))
process.env['NODE_COMPILE_CACHE'] = compiled
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
run({ files, concurrency: AT_ONCE, execArgv: [...FLAGS, `--test-timeout=${LONGEST_MS}`] })
  .on('test:fail', () => (process.exitCode = 1))
  .compose(quiet)
  .pipe(process.stdout)
