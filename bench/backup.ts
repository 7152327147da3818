// `npm run bench:backup`: how long a backup, a restore and the conversion of a large home take, what is shown meanwhile, and what a backup
// costs those who send mail. Real processes on loopback, the commands at a terminal (Debian's `script`); the homes are in the folder for
// temporary files, which has to be a real disk. docs/performance.md has the figures.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { revertSettings } from '../src/lifecycle/formats/settings.ts'
import { masterFile } from '../src/lifecycle/home-files.ts'
import { fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { machine, watchTree } from './processes.ts'

const HELP = `npm run bench:backup [-- options]
  --messages N   in the queue (default 1,000,000)
  --size BYTES   of each (default 4096)
  --rate N       messages a second that are sent while it runs (default 500)
  --seconds N    of sending before the backup, for comparison (default 20)
  --audit N      lines of audit in the settings that are converted (default 1,000,000)`

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    size: { type: 'string', default: '4096' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    audit: { type: 'string', default: '1000000' },
    help: { type: 'boolean', default: false },
  },
})
const SESSIONS = 20
const LATER = 6 * 3_600_000
const HMS = join(import.meta.dirname, '..', 'hms')

interface Made {
  readonly file: string
  readonly size: number
  readonly messages: number
}

/** A command as a person sees it. */
interface Seen<T> {
  readonly answer: T
  readonly seconds: number
  /** The longest time in which nothing was shown. */
  readonly silence: number
  /** Peak memory in MiB. */
  readonly memory: number
}

async function watched<T>({ home }: TestServer, ...words: readonly string[]): Promise<Seen<T>> {
  const out = join(home, 'run/answer.json')
  const began = performance.now()
  const child = spawn('script', ['-qefc', `'${HMS}' ${words.join(' ')} --home '${home}' --json >'${out}'`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [shown, silence, said] = [began, 0, '']
  child.stdout.on('data', (chunk: Buffer) => {
    silence = Math.max(silence, performance.now() - shown)
    shown = performance.now()
    said += chunk.toString()
  })
  const stop = watchTree(child.pid ?? 0)
  const [code] = (await once(child, 'close')) as [number]
  const { peakMiB } = stop()
  const ended = performance.now()
  if (code !== 0) throw new Error(`hms ${words.join(' ')}: ${said.slice(-2000)}`)
  const answer = JSON.parse(readFileSync(out, 'utf8')) as T
  return { answer, seconds: (ended - began) / 1000, silence: Math.max(silence, ended - shown) / 1000, memory: peakMiB }
}

/** Sends at a rate over kept connections; each message begins at its own time, whatever became of the one before it elsewhere. */
class Sender implements AsyncDisposable {
  readonly #times: number[] = []
  readonly #stopping = new AbortController()
  readonly #sessions: Promise<void>[]

  constructor(port: number, rate: number) {
    this.#sessions = Array.from({ length: SESSIONS }, (_, n) =>
      this.#session(port, { first: (n * 1000) / rate, every: (SESSIONS * 1000) / rate }),
    )
  }

  /** Milliseconds from MAIL to the 250 after the final dot, of those since the last call: median and 99th percentile. */
  take(): { readonly text: string; readonly p99: number } {
    const times = this.#times.splice(0).toSorted((a, b) => a - b)
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN
    const p99 = at(0.99)
    return { p99, text: `half under ${at(0.5).toFixed(1)} ms, 99 of 100 under ${p99.toFixed(1)} ms, of ${times.length}` }
  }

  async #session(port: number, { first, every }: { readonly first: number; readonly every: number }): Promise<void> {
    using client = await SmtpClient.open(port)
    const began = performance.now()
    for (let n = 0; !this.#stopping.signal.aborted; n++) {
      const due = began + first + n * every
      const early = due - performance.now()
      if (early > 0) await wait(early)
      const at = performance.now()
      const answer = await client.send({
        from: 'a@sender.test',
        to: ['later@elsewhere.test'],
        data: `Subject: ${n}\r\n\r\n${'x'.repeat(70)}\r\n`,
      })
      if (answer.code !== 250) throw new Error(answer.text)
      this.#times.push(performance.now() - at)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#sessions)
  }
}

const mb = (value: number): string => `${Math.round(value / 1e6)} MB`

function speed({ seconds, silence, memory }: Seen<unknown>, { messages, octets }: { readonly messages: number; readonly octets: number }) {
  const rate = `${seconds.toFixed(1)} s, ${Math.round(messages / seconds)} messages/s, ${mb(octets)} at ${mb(octets / seconds)}/s`
  return `${rate}, at most ${silence.toFixed(1)} s without a sign, ${Math.round(memory)} MiB`
}

/** At once: the whole takes a quarter of an hour. */
function tell(name: string, figure: string): void {
  console.log(`${name.padEnd(28)} ${figure}`)
}

async function run(server: TestServer): Promise<void> {
  const [messages, size] = [Number(options.messages), Number(options.size)]
  const whole = { messages, octets: messages * size }
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  await server.stop()
  await fillQueue({ home: server.home, messages, recipientsEach: 1, domains: 50_000, size, dueIn: LATER, mixed: true })
  // What was put there is told, so that the journal knows of it.
  await server.startAgain()
  await server.until(({ accepted }) => accepted >= messages, 600_000)
  await server.stop()
  const stopped = await watched<Made>(server, 'backup')
  tell('backup, stopped', `${speed(stopped, whole)}, the file has ${mb(stopped.answer.size)}`)
  tell('verify', speed(await watched(server, 'backup', 'verify', stopped.answer.file), whole))
  await server.startAgain()
  await server.until(({ queued }) => queued >= messages, 120_000)
  await beside(server, whole)
  tell('restore, all shards there', speed(await watched(server, 'restore', stopped.answer.file, '--yes'), whole))
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(server.home, 'spool', `0.db${suffix}`), { force: true })
  const restored = await watched<{ restored: number }>(server, 'restore', stopped.answer.file, '--yes')
  tell('restore of the lost shard', `${speed(restored, whole)}, ${restored.answer.restored} recipients back`)
  tell('conversion of the settings', await conversion(server))
}

/** A backup while mail comes in. */
async function beside(server: TestServer, whole: Parameters<typeof speed>[1]): Promise<void> {
  await using sender = new Sender(server.smtpPort, Number(options.rate))
  await wait(3000)
  sender.take()
  await wait(Number(options.seconds) * 1000)
  const [before, made, during] = [sender.take(), await watched<Made>(server, 'backup'), sender.take()]
  tell(`accepting at ${options.rate}/s`, before.text)
  tell('accepting during a backup', `${during.text}; ${(during.p99 / before.p99).toFixed(2)} times`)
  tell('backup, running', speed(made, whole))
  await sender[Symbol.asyncDispose]()
  await server.stop()
}

/** Of the stopped home, from the format before to the present one: what the first start of a new version does. */
async function conversion(server: TestServer): Promise<string> {
  const { home } = server
  {
    using settings = new DatabaseSync(masterFile(home))
    settings.exec(`WITH RECURSIVE line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < ${Number(options.audit)})
      INSERT INTO audit (at, by, action, subject) SELECT n, 'bench', 'route set', 'd' || n || '.example.test' FROM line`)
  }
  const { from, to, rows } = await revertSettings(home, 1)
  const octets = statSync(to).size
  const first = await watched(server, 'account', 'ls')
  const again = await watched(server, 'account', 'ls')
  const seconds = first.seconds - again.seconds
  if (!statSync(from).isFile()) throw new Error('nothing was converted')
  return `${seconds.toFixed(1)} s for ${rows} rows, ${mb(octets)} at ${mb(octets / seconds)}/s; the shards keep their format`
}

async function main(): Promise<void> {
  if (options.help) return console.log(HELP)
  const { cores, kernel, processor } = machine()
  console.log(`${processor}, ${cores} cores, Linux ${kernel}`)
  await using server = await startServer()
  await run(server)
}

await main()
