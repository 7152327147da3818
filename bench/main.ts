// `npm run bench`: how many messages a second are accepted, and relayed to the last delivery; what they cost. Real processes
// on loopback, smtp-source to the server to smtp-sink, everything durable. With `--scenario`, a load of our own generator and
// sink. `-- --help` lists the options.
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { DkimChoice } from './hms.ts'
import { type Load, missingPrograms } from './load.ts'
import { printRelay, relayBench } from './relay.ts'
import { machine } from './processes.ts'
import { isTrivial, TRIVIAL, type TrivialName } from './trivial-plugins.ts'
import { SCENARIOS } from './scenarios/list.ts'

const HELP = `npm run bench [-- options]
  --peer postfix    run Postfix on the same load and print ratios (root; only "--peer postfix --no-hms": Postfix alone)
  --full            every load: 1, 20 and 100 sessions, kept and one a message, 4 KiB and 50 KiB, without DKIM and with RSA;
                    otherwise 20 kept, 4 KiB
  --sessions N --size BYTES --one-per-message     one load of your own
  --dkim rsa|ed25519|both    sign; printed beside what all cores can sign by openssl speed
  --accept-only     the next hop takes connections and says nothing: all mail stays queued
  --plugin KIND     a second server turn by turn, with a plug-in that does nothing: ${Object.keys(TRIVIAL).join(', ')}
  --profile DIR     write profiles there and print where the time of each thread goes
  --messages N      messages a run (default: by load)
  --runs N          runs of each load (default 3), of which the median counts
  --warm N          messages through every server, the peer too, before the first run (default 5000; 0: none)
  --dir DIR         where homes are made (default: the system's folder for temporary files; it must be a real disk)
  --json            print the figures as JSON (not of a scenario)

npm run bench -- --scenario NAME [--seconds N | --messages N] [--rate N] [--runs N] [--profile DIR] [--plots] [--dir DIR]
${Object.entries(SCENARIOS)
  .map(([name, { about }]) => `  ${name.padEnd(16)}  ${about}`)
  .join('\n')}
  --rate is for latency, soak and day, in place of half of the highest rate and of 1,000/s
  --plots writes pictures into docs/figures; a profile is of all loads over a server`

const { values: options } = parseArgs({
  options: {
    peer: { type: 'string' },
    'no-hms': { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    sessions: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    'one-per-message': { type: 'boolean', default: false },
    dkim: { type: 'string', default: 'none' },
    'accept-only': { type: 'boolean', default: false },
    plugin: { type: 'string' },
    profile: { type: 'string' },
    scenario: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    plots: { type: 'boolean', default: false },
    messages: { type: 'string' },
    runs: { type: 'string', default: '3' },
    warm: { type: 'string', default: '5000' },
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

function dkimChoices(): DkimChoice[] {
  const { dkim } = options
  if (dkim === 'none') return options.full ? ['none', 'rsa'] : ['none']
  if (dkim === 'rsa' || dkim === 'ed25519' || dkim === 'both') return [dkim]
  throw new Error(`--dkim takes rsa, ed25519 or both, not "${dkim}"`)
}

function pluginChoice(): TrivialName | null {
  const { plugin } = options
  if (plugin === undefined) return null
  if (options['no-hms']) throw new Error('--plugin compares two servers of ours, which --no-hms leaves out: give one of them')
  if (isTrivial(plugin)) return plugin
  throw new Error(`--plugin takes ${Object.keys(TRIVIAL).join(', ')}, not "${plugin}"`)
}

async function relay(): Promise<void> {
  const missing = missingPrograms(options.peer === 'postfix')
  if (missing.length > 0) {
    console.error(`The bench needs ${missing.join(', ')}: apt-get install -y --no-install-recommends postfix`)
    process.exit(1)
  }
  const report = await relayBench({
    loads: loads(),
    dkim: dkimChoices(),
    runs: Number(options.runs),
    warm: Number(options.warm),
    peer: options.peer === 'postfix',
    hms: !options['no-hms'],
    plugin: pluginChoice(),
    acceptOnly: options['accept-only'],
    folder: options.dir,
    profile: options.profile === undefined ? null : resolve(options.profile),
  })
  printRelay(report, options.json)
}

async function scenario(name: string): Promise<void> {
  const known = SCENARIOS[name]
  if (known === undefined) throw new Error(`there is no scenario "${name}", only ${Object.keys(SCENARIOS).join(', ')}`)
  const { cores, processor, kernel } = machine()
  console.log(`${name}: ${known.about}\nNode ${process.version}, ${cores} cores (${processor}), Linux ${kernel}`)
  const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text))
  const profile = options.profile === undefined ? null : resolve(options.profile)
  await known.run({
    folder: options.dir,
    profile,
    runs: Number(options.runs),
    messages: numberOf(options.messages),
    seconds: numberOf(options.seconds),
    rate: numberOf(options.rate),
    plots: options.plots ? join(import.meta.dirname, '..', 'docs', 'figures') : null,
  })
}

// Whoever interrupts the bench leaves no server behind: each is stopped when the process ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

if (options.help) console.log(HELP)
else if (options.scenario !== undefined) await scenario(options.scenario)
else await relay()
