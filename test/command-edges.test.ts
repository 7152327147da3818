// Every command with nonsense: unknown ids, empty values, negative and huge numbers, names with control characters, too many words. Whatever
// is typed, the answer is a sentence and an exit code, never a bug; with --json it is one object. Nobody looks on: what would ask refuses.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import type { Argument, Command, Option } from 'commander'
import type { Cli } from '../src/cli/cli.ts'
import { COMMANDS } from '../src/cli/commands.ts'
import { reportFailure } from '../src/cli/failure.ts'
import { buildProgram } from '../src/cli/program.ts'
import type { Terminal } from '../src/cli/terminal.ts'
import { programFolder, programVersion } from '../src/lifecycle/program.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const HMS = join(import.meta.dirname, '../hms')
const place = mkdtempSync(join(tmpdir(), 'hms-edges-'))
const NONSENSE = ['', ' ', 'nope', '-1', '99999999999999999999', 'x'.repeat(5000), 'a\r\nb', '../..', 'ä@', '1000']
/** Of an option, behind arguments that are there. */
const OF_OPTIONS = ['', '-1', '99999999999999999999', 'a\r\nb', '../..', 'nope']
/** They follow without an end, ask for passwords, or are about the machine: tests of their own try them. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'top',
  'trace',
  'install',
  'uninstall',
  'upgrade',
  'downgrade',
  'doctor',
  'support-bundle',
])
const FOLLOWS: ReadonlySet<string> = new Set(['--follow', '--watch', '--wait'])

interface Said {
  readonly status: number
  readonly out: string
  readonly error: string
}

let server: TestServer
const was = process.cwd()

// What waits within keeps no process alive.
const alive = setInterval(() => {}, 1000)

before(async () => {
  const cwd = join(place, 'a/b/c')
  mkdirSync(cwd, { recursive: true })
  server = await startServer()
  for (const line of [
    ['domain', 'add', 'shop.example', '1000'],
    ['suppression', 'create', 'blocked'],
    ['user', 'add', 'ann', '--role', 'owner'],
    ['dkim', 'create', 'shop.example'],
  ])
    await server.hms(...line)
  process.chdir(cwd)
  // What reads a secret or a message from there gets none.
  Object.defineProperty(process, 'stdin', { get: () => Readable.from([]) })
  for (const name of Object.keys(process.env)) if (name.startsWith('HMS_')) delete process.env[name]
  process.env['HMS_DNS_SERVERS'] = '127.0.0.1:9'
  process.env['HMS_DNS_TIMEOUT'] = '100ms'
  // What is no file is fetched by npm, here from where nobody answers.
  process.env['npm_config_registry'] = 'http://127.0.0.1:9'
  process.env['npm_config_fetch_retries'] = '0'
})
after(async () => {
  clearInterval(alive)
  await server[Symbol.asyncDispose]()
  process.chdir(was)
  rmSync(place, { recursive: true, force: true })
})

async function hms(json: boolean, ...words: readonly string[]): Promise<Said> {
  let [out, error] = ['', '']
  const terminal: Terminal = {
    width: 100,
    height: 40,
    interactive: false,
    watched: false,
    write: (text) => void (out += text),
    warn: (text) => void (error += text),
    confirm: async () => false,
    ask: async () => undefined,
    secret: async () => undefined,
  }
  const cli: Cli = {
    home: server.home,
    json,
    version: programVersion(),
    programRoot: programFolder,
    terminal,
    call: (name, params) => server.call(name, params),
    answer: (result, text) => terminal.write(json ? `${JSON.stringify(result)}\n` : text(result)),
  }
  try {
    const program = await buildProgram(cli, words[0])
    await program.parseAsync([...words], { from: 'user' })
    return { status: typeof process.exitCode === 'number' ? process.exitCode : 0, out, error }
  } catch (failure) {
    return { status: reportFailure(failure, json, terminal), out, error }
  } finally {
    process.exitCode = undefined
  }
}

async function inTime(said: Promise<Said>, line: readonly string[]): Promise<Said> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no end: ${JSON.stringify(line)}`)), PATIENCE_MS)
  return Promise.race([said, promise]).finally(() => clearTimeout(timer))
}

/** One object, whether it went well or not. */
async function asJson(line: readonly string[]): Promise<void> {
  const { status, out, error } = await inTime(hms(true, ...line), line)
  if (status === 0) {
    assert.equal(error, '', line.join(' '))
    for (const one of out.split('\n').slice(0, -1)) JSON.parse(one)
  } else {
    const told = JSON.parse(error || out) as { error?: { code: string; message: string } }
    assert.ok(told.error === undefined || (told.error.code !== '' && told.error.message !== ''), line.join(' '))
  }
}

interface Leaf {
  readonly words: readonly string[]
  readonly given: readonly Argument[]
  readonly options: readonly Option[]
}

function leavesOf(command: Command, words: readonly string[]): readonly Leaf[] {
  const own = command.commands.length === 0 || command.registeredArguments.length > 0 || command.options.length > 0
  const below = command.commands.flatMap((one) => leavesOf(one, [...words, one.name()]))
  return own ? [{ words, given: command.registeredArguments, options: command.options }, ...below] : below
}

/** What is there, by the name of the argument: so that an option is tried as well, and not only what is before it. */
const THERE: Readonly<Record<string, string>> = {
  account: '1000',
  id: '1000',
  alarm: 'oldest-due',
  domain: 'shop.example',
  list: 'blocked',
  setting: 'events.days',
  name: 'ann',
  user: 'ann',
  state: 'active',
  pattern: 'x.example',
  address: 'ann@x.example',
  target: 'ann@x.example',
}

/** Lines that a slip, or a script with an empty variable, would make of a command. */
function* linesOf({ words, given, options }: Leaf): Iterable<readonly string[]> {
  const takes = (one: Option): boolean => one.required || one.optional
  const must = (value: string): string[] => options.filter(({ mandatory }) => mandatory).map((one) => `${one.long}=${value}`)
  yield words
  yield [...words, ...given.map(() => 'nope'), ...must('nope'), 'too', 'many', 'words']
  yield [...words, '--no-such-option']
  for (const value of NONSENSE) {
    // A word that begins with a hyphen is an option otherwise.
    yield [...words, ...must(value), ...(given.length > 0 ? ['--', ...given.map(() => value)] : [])]
  }
  for (const one of options.filter((each) => takes(each) && !FOLLOWS.has(each.long ?? '')))
    for (const value of OF_OPTIONS)
      yield [...words, ...given.map((arg) => THERE[arg.name()] ?? '1000'), ...must('1000'), `${one.long}=${value}`]
}

test('whatever is typed, each command answers with a sentence or refuses with one', async () => {
  const bugs: string[] = []
  let tried = 0
  for (const name of Object.keys(COMMANDS).filter((one) => !LEFT_OUT.has(one))) {
    const program = await buildProgram({ terminal: { width: 100 }, version: '1' } as unknown as Cli, name)
    const command = program.commands.find((one) => one.name() === name)
    assert.ok(command !== undefined)
    for (const leaf of leavesOf(command, [name]))
      for (const line of linesOf(leaf)) {
        tried++
        if (line === leaf.words) await asJson(line)
        const { status, out, error } = await inTime(hms(false, ...line), line)
        const shown = `hms ${line.map((word) => JSON.stringify(word.slice(0, 40))).join(' ')}`
        // A sentence that says what, not a trace of where; some commands show what they found and end with 1.
        if (
          status !== 0 &&
          ((out === '' && !/^hms: [^]{6,}[.?!)]\n/.test(error)) || /That is a bug|undefined|\[object|NaN|SQLITE| at \w+ \(/.test(error))
        )
          bugs.push(`${shown} → ${status} ${JSON.stringify(error.slice(0, 300))}`)
        if (/undefined|\[object |NaN|Invalid Date/.test(out)) bugs.push(`${shown} → ${JSON.stringify(out.slice(0, 300))}`)
      }
  }
  assert.ok(tried > 2000)
  assert.deepEqual(bugs, [])
})

test('what cannot be undone wants --yes where nobody can be asked, and unknown names are no success', async () => {
  const refuses = async (pattern: RegExp, ...line: readonly string[]): Promise<void> => {
    const { status, error } = await hms(false, ...line)
    assert.ok(status !== 0 && pattern.test(error), `${line.join(' ')}: ${status} ${error}`)
  }
  await refuses(/^hms: It cannot be undone, and nobody can be asked here\.\n +Say --yes/, 'erase', '--address', 'nobody@x.example')
  assert.equal((await hms(false, 'erase', 'ls')).out, 'Nobody was erased.\n')
  await refuses(/Say --yes/, 'suppression', 'drop', 'blocked')
  await refuses(/There is no user "nope"/, 'session', 'end', '--user', 'nope')
  await refuses(/There is no account 4711/, 'session', 'end', '--account', '4711')
  assert.equal((await hms(false, 'session', 'end', '--user', 'ann')).out, 'Ended 0 sessions.\n')
  await refuses(/A silence of no time is none/, 'alarms', 'silence', 'disk-days', '--for', '0s')
  await refuses(/more than ten years/, 'alarms', 'silence', 'disk-days', '--for', '99999d')
  await assert.rejects(server.call('alarm.silence', { name: 'disk-days', until: 1 }), /over already/)
  await refuses(/more than spaces/, 'account', 'add', '  ')
  await refuses(/A file cannot be used: EISDIR/, 'suppression', 'import', '/', '--list', 'blocked')
  await refuses(/"a\\x0d\\x0ab" is no account/, 'account', 'show', 'a\r\nb')
})

test('an answer into a pipe that closes ends without a word', () => {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-o', 'pipefail', '-c', `'${HMS}' --home '${server.home}' config describe | head -1`],
    { encoding: 'utf8' },
  )
  assert.deepEqual([status, stderr, stdout.split('\n').length], [0, '', 2])
})
