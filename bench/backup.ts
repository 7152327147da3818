// `npm run bench:backup`: how long a backup and a restore of a large queue take, and what a backup costs those who send mail meanwhile.
// Real processes on loopback; the homes are in the folder for temporary files, which has to be a real disk. docs/performance.md has the figures.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { machine } from './processes.ts'

const HELP = `npm run bench:backup [-- options]
  --messages N   in the queue (default 1,000,000)
  --size BYTES   of each (default 4096)
  --rate N       messages a second that are sent while it runs (default 500)
  --seconds N    of sending before the backup, for comparison (default 20)`

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    size: { type: 'string', default: '4096' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
})
const SESSIONS = 20
const LATER = 6 * 3_600_000

interface Made {
  readonly file: string
  readonly size: number
  readonly messages: number
  readonly seconds: number
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
  take(): string {
    const times = this.#times.splice(0).toSorted((a, b) => a - b)
    const at = (share: number): string => `${(times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1)} ms`
    return `half under ${at(0.5)}, 99 of 100 under ${at(0.99)}, of ${times.length}`
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

function speed({ messages, size, seconds }: Made, octets: number): string {
  const mb = (value: number): string => `${Math.round(value / 1e6)} MB`
  return `${seconds.toFixed(1)} s, ${Math.round(messages / seconds)} messages/s, ${mb(octets)} at ${mb(octets / seconds)}/s, the file has ${mb(size)}`
}

async function run(server: TestServer): Promise<Record<string, string>> {
  const [messages, size] = [Number(options.messages), Number(options.size)]
  const octets = messages * size
  const figures: Record<string, string> = {}
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  await server.stop()
  await fillQueue({ home: server.home, messages, recipientsEach: 1, domains: 50_000, size, dueIn: LATER })
  const stopped = await server.hms<Made>('backup')
  figures['backup, stopped'] = speed(stopped, octets)
  const began = performance.now()
  await server.hms('backup', 'verify', stopped.file)
  figures['verify'] = `${((performance.now() - began) / 1000).toFixed(1)} s`
  await server.startAgain()
  await server.until(({ queued }) => queued >= messages, 120_000)
  {
    await using sender = new Sender(server.smtpPort, Number(options.rate))
    await wait(3000)
    sender.take()
    await wait(Number(options.seconds) * 1000)
    figures[`accepting at ${options.rate}/s`] = sender.take()
    const beside = await server.hms<Made>('backup')
    figures['accepting during a backup'] = sender.take()
    figures['backup, running'] = speed(beside, octets)
  }
  await server.stop()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(server.home, 'spool', `0.db${suffix}`), { force: true })
  const restoring = performance.now()
  const { restored } = await server.hms<{ restored: number }>('restore', stopped.file, '--yes')
  const seconds = (performance.now() - restoring) / 1000
  figures['restore of the lost shard'] = `${seconds.toFixed(1)} s, ${Math.round(restored / seconds)} recipients/s`
  return figures
}

async function main(): Promise<void> {
  if (options.help) return console.log(HELP)
  const { cores, kernel, processor } = machine()
  console.log(`${processor}, ${cores} cores, Linux ${kernel}`)
  await using server = await startServer()
  for (const [name, figure] of Object.entries(await run(server))) console.log(`${name.padEnd(28)} ${figure}`)
}

await main()
