// `hms trace`: the SMTP dialog of live connections, as it happens. Every worker is asked for itself; the lines of one connection stay in order.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import type { TraceFilter, TraceLine, WorkerCalls } from '../../../contract/bus.ts'
import { type BusClient, connectBus } from '../../../net/bus/client.ts'
import { compileNetworks } from '../../../policy/networks.ts'
import { workerSocketPath } from '../../../services/home.ts'
import { canonicalDomain } from '../../../message/addresses.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { SIGNS } from '../../output/dialog-signs.ts'
import { visible } from '../../output/visible.ts'
import { runningServer } from '../../running.ts'

interface Options {
  readonly domain?: string
  readonly in?: string | true
  readonly out?: string | true
}

const POLL = 200
const RETRY = 1000

export function register(command: Command, cli: Cli): void {
  command
    .option('--domain <domain>', 'only connections on which this domain is named as sender or recipient, from their greeting on')
    .option('--in [address]', 'only connections from others, or from this address or network')
    .option('--out [address]', 'only deliveries, or those to this address or network')
    .addHelpText(
      'after',
      '\nIt goes on until it is interrupted. Credentials and messages are left out. Lines that come faster than they are shown are dropped, and\ncounted. With --json each line is an object.\n\nExamples:\n  hms trace --domain example.net\n  hms trace --in 192.0.2.7\n  hms trace --out --json',
    )
    .action(async (options: Options) => {
      const filter = filterOf(options)
      const running = runningServer(cli.home)
      if (running === undefined)
        throw new Fault('not-running', `No server runs on the home ${cli.home}: there is nothing to watch.`, {
          blame: 'caller',
          mend: "Start it with 'hms start'.",
        })
      if (!cli.json) cli.terminal.warn('Watching; Ctrl-C ends it.\n')
      const paths = Array.from({ length: running.workers }, (_, slot) => workerSocketPath(cli.home, running.line, slot))
      await Promise.all(paths.map((path, slot) => watch(cli, { path, filter, slot: paths.length > 1 ? slot : null })))
    })
}

function filterOf({ domain, in: from, out: to }: Options): TraceFilter {
  if (from !== undefined && to !== undefined) throw badArgument('Either --in or --out: without them both are watched.')
  const named = from ?? to
  const address = named === undefined || named === true ? null : named
  if (address !== null && compileNetworks([address]).size === 0)
    throw badArgument(`"${address}" is no address and no network such as 192.0.2.0/24.`)
  const canonical = domain === undefined ? null : canonicalDomain(domain)
  if (domain !== undefined && canonical === null) throw badArgument(`"${domain}" is no domain.`)
  return { way: from === undefined ? (to === undefined ? null : 'out') : 'in', domain: canonical, address }
}

interface Watched {
  readonly path: string
  readonly filter: TraceFilter
  /** Shown where there are several workers. */
  readonly slot: number | null
}

async function watch(cli: Cli, { path, filter, slot }: Watched): Promise<never> {
  const id = randomUUID()
  for (;;) {
    try {
      using client = await connectBus<WorkerCalls>(path, { version: cli.version })
      await follow(cli, client, { id, filter, slot })
    } catch (error) {
      const isAway = error instanceof Fault && ['not-running', 'bus-closed', 'bus-timeout'].includes(error.code)
      if (!isAway || runningServer(cli.home) === undefined) throw error
      cli.terminal.warn(`Worker ${slot ?? 0} is away; it is watched again when it is back.\n`)
      await wait(RETRY)
    }
  }
}

async function follow(
  cli: Cli,
  client: BusClient<WorkerCalls>,
  { id, filter, slot }: { id: string; filter: TraceFilter; slot: number | null },
): Promise<never> {
  for (let after = 0; ;) {
    const { lines, next, missed } = await client.call('trace.pull', { id, filter, after })
    if (missed > 0) cli.terminal.warn(`${missed} lines came too fast and are left out.\n`)
    for (const line of lines) cli.terminal.write(cli.json ? `${JSON.stringify({ worker: slot ?? 0, ...line })}\n` : shown(line, slot))
    after = next
    await wait(POLL)
  }
}

function shown({ at, way, connection, peer, from, text }: TraceLine, slot: number | null): string {
  const time = new Date(at).toISOString().slice(11, 23)
  return `${time} ${way.padEnd(3)} ${slot === null ? '' : `${slot}.`}${connection} ${peer} ${SIGNS[from]} ${visible(text)}\n`
}
