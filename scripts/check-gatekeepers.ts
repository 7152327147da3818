// Gatekeepers: one place speaks SQL, one spawns, one starts threads, one sends datagrams. Mail's time is a Clock: only what watches over
// processes, threads and disks of this machine, and commands at a terminal, wait without one. And no source outside the stores names a
// database file or one of its companions, as closing any descriptor of them drops the process's locks. A rule that matched nowhere, not
// even where it may, fails: it would prove nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

interface Rule {
  readonly what: string
  readonly pattern: RegExp
  /** Prefixes below src/ where it may stand. */
  readonly allowed: readonly string[]
}

const RULES: readonly Rule[] = [
  { what: 'SQLite', pattern: /from 'node:sqlite'/, allowed: ['store/sqlite/'] },
  { what: 'SQL text', pattern: /\b(?:SELECT [\w*(]|INSERT (?:OR \w+ )?INTO |DELETE FROM |UPDATE \w+ SET )/, allowed: ['store/sqlite/'] },
  { what: 'a database file', pattern: /\.db(?:-wal|-shm)?(?=['"`])/, allowed: ['store/sqlite/', 'lifecycle/home-files.ts'] },
  {
    what: 'another process',
    pattern: /from 'node:child_process'/,
    allowed: [
      'cli/npm.ts',
      'lifecycle/plugins/by-release.ts',
      'net/alerts/syslog.ts',
      'plugins/start-process.ts',
      'services/alarms/program-answer.ts',
      'services/launcher/child.ts',
      'services/launcher/notify.ts',
      'services/lifecycle/command-process.ts',
      'services/panel/console-room.ts',
    ],
  },
  {
    what: 'a thread',
    pattern: /from 'node:worker_threads'/,
    allowed: [
      'store/sqlite/',
      ...['signing/', 'rules/', 'reading/', 'pickup/pickup-thread', 'webhooks/webhook-', 'reports/reports-thread'].map(
        (name) => `services/${name}`,
      ),
    ],
  },
  { what: 'datagrams', pattern: /from 'node:dgram'/, allowed: ['net/alerts/', 'net/dns/', 'plugins/host/fence.ts'] },
  { what: 'TLS', pattern: /from 'node:tls'/, allowed: ['net/', 'cli/smtp-dialog.ts'] },
  {
    what: 'the time without a Clock',
    pattern: /\b(?:setTimeout|setInterval|Date\.now|performance\.now)\b|new Date\(\)/,
    allowed: [
      'base/clock.ts',
      'cli/',
      'lifecycle/',
      'net/bus/',
      'store/sqlite/',
      'store/trust/policy-files.ts',
      ...['pause', 'role', 'home-lock', 'backup-hold', 'launcher/child', 'launcher/notify', 'launcher/addresses', 'succession/'].map(
        (name) => `services/${name}`,
      ),
    ],
  },
  {
    // A thread that is ended while it loads such a module takes the whole process with it: V8 takes that for a bug of its own.
    what: 'a wait while a module loads',
    pattern: /^(?!.*\basync\b)\S.*\bawait\b/m,
    allowed: ['cli/main.ts', ...['worker', 'desk', 'control'].map((role) => `services/${role}-main.ts`)],
  },
  { what: 'code from text', pattern: /\beval\(|new Function\(/, allowed: [] },
]

/** `file: sentence` for every breach, and for every rule that saw nothing where it may match. */
export function check(): string[] {
  const findings: string[] = []
  const seen = new Set<Rule>()
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  for (const entry of files) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(join(root, 'src'), path)
    const code = withoutComments(readFileSync(path, 'utf8'))
    for (const rule of RULES) {
      if (!rule.pattern.test(code)) continue
      if (rule.allowed.some((prefix) => name.startsWith(prefix))) seen.add(rule)
      else findings.push(`src/${name} reaches ${rule.what}, which belongs to ${rule.allowed.join(', ') || 'nobody'}`)
    }
  }
  for (const rule of RULES)
    if (rule.allowed.length > 0 && !seen.has(rule)) findings.push(`the rule on ${rule.what} matched nowhere: it proves nothing`)
  return findings
}

function withoutComments(code: string): string {
  return code.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
}

if (import.meta.main) {
  const findings = check()
  for (const finding of findings) console.error(finding)
  if (findings.length > 0) process.exit(1)
  console.log(`gatekeepers: ${RULES.length} rules kept`)
}
