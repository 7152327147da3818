// `npm run bench:inject`: messages handed in by HTTP beside the same by SMTP, on kept connections, delivered to our own sink meanwhile. How many
// a second, and in what time they were answered: one a call, one a call under an idempotency key, and many a call.
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import type { AccountId } from '../src/base/brand.ts'
import type { Operations } from '../src/contract/operations.ts'
import { connectBus } from '../src/net/bus/client.ts'
import { deskSocketPath } from '../src/services/home.ts'
import { Ground } from './ground.ts'
import { freePort } from './load.ts'
import { machine } from './processes.ts'

const HELP = `npm run bench:inject -- [--seconds N] [--connections N] [--size OCTETS] [--batch N] [--folder PATH]
  --seconds N      of each load (10)
  --connections N  at once (20)
  --size OCTETS    of the text of a message (1024)
  --batch N        messages of a call that has many (100)
  --folder PATH    where the home is made (the folder for temporary files)`
const ACCOUNT = 1001 as AccountId

interface Load {
  readonly url: string
  readonly key: string
  readonly seconds: number
  readonly connections: number
}

async function keyOf(home: string): Promise<string> {
  using bus = await connectBus<Operations>(deskSocketPath(home), { version: 'bench' })
  const made = await bus.call('credential.key', { account: ACCOUNT, kind: 'api' })
  if (!('key' in made)) throw new Error('a key of this kind has one secret')
  return made.key
}

/** `each`: messages of a call. Throws where one was refused, as refusals are quick. */
async function http(name: string, { url, key, seconds, connections }: Load, { path, body, each, isOnce }: HttpCall): Promise<number> {
  let calls = 0
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const setup = (client: autocannon.Client): void => {
    const next = (): void => client.setHeaders({ ...headers, 'idempotency-key': `${process.pid}-${++calls}` })
    next()
    client.on('response', next)
  }
  const result = await autocannon({
    url: `${url}${path}`,
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    connections,
    duration: seconds,
    ...(isOnce && { setupClient: setup }),
  })
  if (result.non2xx + result.errors > 0) throw new Error(`${name}: ${result.non2xx} calls were refused, ${result.errors} failed`)
  const rate = (result['2xx'] * each) / result.duration
  told(name, rate, result.latency.p50, result.latency.p99)
  return result['2xx'] * each
}

interface HttpCall {
  readonly path: string
  readonly body: unknown
  readonly each: number
  readonly isOnce: boolean
}

function told(name: string, rate: number, p50: number, p99: number): void {
  console.log(`${name}: ${Math.round(rate)} messages/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '20' },
      size: { type: 'string', default: '1024' },
      batch: { type: 'string', default: '100' },
      folder: { type: 'string', default: process.env['TMPDIR'] ?? '/tmp' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const [seconds, connections, size, each] = [values.seconds, values.connections, values.size, values.batch].map(Number)
  if (seconds === undefined || connections === undefined || size === undefined || each === undefined) return console.log(HELP)
  console.log(Object.values(machine()).join(', '))
  const port = await freePort()
  await using ground = await Ground.open({ folder: values.folder, hms: { config: { 'inject.listen': `127.0.0.1:${port}` } } })
  const smtp = await ground.measure({ sessions: connections, kept: true, size, recipients: 1, seconds, pipelined: true })
  told('SMTP', smtp.accepted, smtp.latency.p50, smtp.latency.p99)
  const load: Load = { url: `http://127.0.0.1:${port}`, key: await keyOf(ground.hms.home), seconds, connections }
  const message = {
    from: 'a@example.test',
    to: ['b@d0.bench.test'],
    subject: 'A message',
    text: `${'x'.repeat(70)}\n`.repeat(Math.ceil(size / 71)),
  }
  let taken = (await ground.hms.told()).accepted
  const one = { path: '/v1/messages', body: message, each: 1 }
  taken += await http('HTTP, one a call', load, { ...one, isOnce: false })
  taken += await http('HTTP, one a call under a key of its own', load, { ...one, isOnce: true })
  const many = { path: '/v1/messages/batch', body: { messages: Array.from({ length: each }, () => message) }, each, isOnce: false }
  taken += await http(`HTTP, ${each} a call`, { ...load, connections: Math.min(4, connections) }, many)
  // What was answered is there, and leaves.
  await ground.untilTold(taken, performance.now())
}

await main()
