// `npm run bench:merge`: one template for many, over HTTP, merged, tracked and signed at delivery, against messages of SMTP that are signed
// alone, in one run at one server: recipients a second that are taken, and that are at the sink; and how many are taken where all of them
// are to leave later.
import { parseArgs } from 'node:util'
import { inject } from '../testkit/injecting.ts'
import { LinkHost } from '../testkit/link-host.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { Generator, OwnSink } from './peers.ts'
import { machine, treeOf } from './processes.ts'

const HELP = `npm run bench:merge -- [--recipients N] [--call N] [--runs N]
  --recipients N   of each load (10000)
  --call N         in one call (5000)
  --runs N         of each load, turn by turn (3), of which the median counts`
const DOMAIN = 'example.test'
const PARAGRAPH =
  '<p>Dear {{ first }}, your order {{ order }} of {{ city }} is on its way, see <a href="https://shop.example.test/orders">all orders</a>.</p>\n'
const HTML = `<html><body><h1>Hello {{ first }}</h1>\n${PARAGRAPH.repeat(20)}<a href="https://shop.example.test/?c={{ order }}">yours</a></body></html>\n`
const MESSAGE = {
  from: `news@${DOMAIN}`,
  subject: 'Order {{ order }} for %%first%%',
  text: 'Dear %%first%%, order {{ order }}.\n',
  html: HTML,
}

interface Rates {
  readonly taken: number
  readonly relayed: number
  /** µs of processor in the worker for each recipient. */
  readonly each: number
}

async function watched(server: TestServer, sink: OwnSink, recipients: number, hand: () => Promise<void>): Promise<Rates> {
  const { recipients: before } = await sink.received()
  const processor = treeOf(server.pidOf(0)).seconds
  const began = performance.now()
  await hand()
  const taken = (recipients * 1000) / (performance.now() - began)
  await sink.until(before + recipients, 120_000)
  const relayed = (recipients * 1000) / (performance.now() - began)
  await server.until(({ queued }) => queued === 0)
  return { taken, relayed, each: ((treeOf(server.pidOf(0)).seconds - processor) * 1e6) / recipients }
}

async function merged(server: TestServer, recipients: number, call: number, sendAt?: string): Promise<void> {
  for (let from = 0; from < recipients; from += call) {
    const count = Math.min(call, recipients - from)
    const rows = Array.from({ length: count }, (_, n) => ({
      to: `r${from + n}@d.bench.test`,
      data: { first: `Ann ${from + n}`, order: `A-${from + n}`, city: 'Springfield' },
    }))
    const { json, status, text } = await inject(server, '/v1/messages/batch', { message: { ...MESSAGE, sendAt }, recipients: rows })
    const queued = status === 200 ? json.results.filter((one: { status?: string }) => one.status === 'queued').length : 0
    if (queued !== count) throw new Error(`${queued} of ${count} were taken: ${text.slice(0, 300)}`)
  }
}

function median(rates: readonly Rates[], of: keyof Rates): number {
  return Math.round(rates.map((one) => one[of]).toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0)
}

async function prepared(opened: AsyncDisposableStack, sink: OwnSink): Promise<TestServer> {
  const links = opened.use(await LinkHost.open('click.example.test'))
  const server = opened.use(await startServer({ config: { ...links.config, 'tracking.listen': '127.0.0.1:0' } }))
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink.port}`, '--tls', 'none')
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('dkim', 'create', DOMAIN)
  await server.hms('dkim', 'verify', DOMAIN, '--force')
  await links.serve(server, server.account.id, '--opens', 'on', '--clicks', 'on')
  return server
}

async function main(): Promise<void> {
  const number = (value: string) => ({ type: 'string', default: value }) as const
  const options = {
    recipients: number('10000'),
    call: number('5000'),
    runs: number('3'),
    help: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) return console.log(HELP)
  const [recipients, call, runs] = [Number(values.recipients), Number(values.call), Number(values.runs)]
  console.log(Object.values(machine()).join(', '))
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(await OwnSink.start({ sites: 0 }))
  const generator = opened.use(new Generator())
  const server = await prepared(opened, sink)
  const plain = async (): Promise<void> => {
    const load = { port: server.smtpPort, sessions: 20, kept: true, size: HTML.length, recipients: 1, domains: 1, pipelined: false }
    await generator.send({ ...load, messages: recipients })
  }
  const [signed, many]: [Rates[], Rates[]] = [[], []]
  // What is loaded at the first messages is loaded.
  await watched(server, sink, 200, () => merged(server, 200, 200))
  for (let n = 0; n < runs; n++) {
    signed.push(await watched(server, sink, recipients, plain))
    many.push(await watched(server, sink, recipients, () => merged(server, recipients, call)))
  }
  const processor = treeOf(server.pidOf(0)).seconds
  const began = performance.now()
  const later = 10 * recipients
  await merged(server, later, call, new Date(Date.now() + 86_400_000).toISOString())
  const taken = Math.round((later * 1000) / (performance.now() - began))
  const each = Math.round(((treeOf(server.pidOf(0)).seconds - processor) * 1e6) / later)
  console.log(`for tomorrow: ${taken}/s taken; ${each} µs of processor each`)
  for (const [what, rates] of [
    ['SMTP, signed', signed],
    ['merged, tracked, signed', many],
  ] as const)
    console.log(
      `${what}: ${median(rates, 'taken')}/s taken, ${median(rates, 'relayed')}/s relayed; ${median(rates, 'each')} µs of processor each`,
    )
  console.log(`relayed, merged to SMTP: ${(median(many, 'relayed') / median(signed, 'relayed')).toFixed(2)}`)
}

await main()
