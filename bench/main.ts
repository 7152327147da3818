// `npm run bench`: how many messages a second are accepted, and relayed to the last delivery; what they cost. Real processes
// on loopback, smtp-source to the server to smtp-sink, everything durable. `-- --help` lists the options.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contender } from './contender.ts'
import { startHms } from './hms.ts'
import { type Load, missingPrograms, send, Sink } from './load.ts'
import { startPostfix } from './postfix.ts'
import { machine, watchTree } from './processes.ts'
import { reportTable, type Run, summarize } from './report.ts'

const HELP = `npm run bench [-- options]
  --peer postfix    run Postfix on the same load and print ratios (root; only "--peer postfix --no-hms": Postfix alone)
  --full            every load: 1, 20 and 100 sessions, kept and one a message, 4 KiB and 50 KiB; otherwise 20 kept, 4 KiB
  --sessions N --size BYTES --one-per-message     one load of your own
  --messages N      messages a run (default: by load)
  --runs N          runs of each load (default 3), of which the median counts
  --dir DIR         where homes are made (default: the system's folder for temporary files; it must be a real disk)
  --json            print the figures as JSON`

const { values: options } = parseArgs({
  options: {
    peer: { type: 'string' },
    'no-hms': { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    sessions: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    'one-per-message': { type: 'boolean', default: false },
    messages: { type: 'string' },
    runs: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function loads(): Load[] {
  const messages = (sessions: number, size: number): number =>
    options.messages === undefined ? (sessions === 1 ? 2000 : size > 16_384 ? 4000 : 10_000) : Number(options.messages)
  if (!options.full) {
    const [sessions, size] = [Number(options.sessions), Number(options.size)]
    return [{ sessions, size, kept: !options['one-per-message'], messages: messages(sessions, size) }]
  }
  return [4096, 51_200].flatMap((size) =>
    [1, 20, 100].flatMap((sessions) => [true, false].map((kept) => ({ sessions, kept, size, messages: messages(sessions, size) }))),
  )
}

function nameOf({ sessions, kept, size }: Load): string {
  return `${sessions} ${kept ? 'kept' : 'one each'}, ${size / 1024} KiB`
}

/** Messages that each contender got so far: `told` counts from its start. */
const sent = new Map<Contender, number>()

async function measure(contender: Contender, load: Load, sink: Sink): Promise<Run> {
  const before = sink.received
  const end = watchTree(contender.pid)
  const began = performance.now()
  const acceptSeconds = await send(load, contender.port)
  await sink.until(before + load.messages)
  const relaySeconds = (sink.lastAt - began) / 1000
  const total = (sent.get(contender) ?? 0) + load.messages
  sent.set(contender, total)
  await contender.told(total)
  const { seconds, peakMiB } = end()
  return {
    contender: contender.name,
    load: nameOf(load),
    accepted: load.messages / acceptSeconds,
    relayed: load.messages / relaySeconds,
    processor: (seconds / load.messages) * 1000,
    peakMiB,
  }
}

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(options.dir, 'hms-bench-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const sink = opened.use(await Sink.start())
  const contenders: Contender[] = []
  if (!options['no-hms']) contenders.push(opened.use(await startHms(folder, sink.port)))
  if (options.peer === 'postfix') contenders.push(opened.use(await startPostfix(folder, sink.port)))
  const runs: Run[] = []
  for (const load of loads()) {
    for (let n = 0; n < Number(options.runs); n++) {
      for (const contender of contenders) {
        const run = await measure(contender, load, sink)
        runs.push(run)
        console.error(`${run.load}, ${run.contender}: ${Math.round(run.accepted)}/s accepted, ${Math.round(run.relayed)}/s relayed`)
      }
    }
  }
  const summaries = summarize(runs)
  const about = { ...machine(), node: process.version, contenders: contenders.map(({ name, version }) => `${name} ${version}`) }
  if (options.json) console.log(JSON.stringify({ about, summaries, runs }))
  else {
    console.log(`\n${about.contenders.join(', ')}, Node ${about.node}, ${about.cores} cores (${about.processor}), Linux ${about.kernel}`)
    console.log(reportTable(summaries))
  }
}

if (options.help) console.log(HELP)
else {
  const missing = missingPrograms(options.peer === 'postfix')
  if (missing.length > 0) {
    console.error(`The bench needs ${missing.join(', ')}: apt-get install -y --no-install-recommends postfix`)
    process.exit(1)
  }
  await bench()
}
