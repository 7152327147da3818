// The bench of `npm run bench` without a scenario: Debian's smtp-source sends through a server to Debian's smtp-sink, turn by
// turn for every contender. The clock stops when the server has told of the last message: event store and logs.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Contender, Told } from './contender.ts'
import { type DkimChoice, type HmsServer, signaturesEach, startHms } from './hms.ts'
import { freePort, type Load, send, Sink } from './load.ts'
import { startPostfix } from './postfix.ts'
import { machine, titlesOf, watchTree } from './processes.ts'
import { profileOptions, profileTables, type Window } from './profile.ts'
import { figure, reportTable, type Run, summarize } from './report.ts'
import { signedPerSecond } from './signing-speed.ts'
import { TRIVIAL, type TrivialName } from './trivial-plugins.ts'

export interface RelayBench {
  readonly loads: readonly Load[]
  /** One home each, one after the other. */
  readonly dkim: readonly DkimChoice[]
  readonly runs: number
  /** Messages through every server before the first run. */
  readonly warm: number
  readonly peer: boolean
  readonly hms: boolean
  /** A second server with this one, turn by turn; null: none. */
  readonly plugin: TrivialName | null
  /** Nobody takes the mail: all of it stays queued. */
  readonly acceptOnly: boolean
  /** Where homes are made. */
  readonly folder: string
  /** Where profiles go. */
  readonly profile: string | null
}

export interface RelayReport {
  readonly runs: readonly Run[]
  readonly contenders: readonly string[]
  /** What is printed below the table. */
  readonly notes: readonly string[]
}

const TOLD_WITHIN_MS = 60_000
const TOLD_EVERY_MS = 10
/** Before the first run. */
const WARM_UP = { sessions: 20, kept: true, size: 4096 } as const
const DKIM_NAMES: Readonly<Record<DkimChoice, string>> = { none: '', rsa: ', RSA', ed25519: ', Ed25519', both: ', RSA and Ed25519' }
const OPENSMTPD_ACCEPTS = 4300
const WITH_PLUGIN = 'hms, plug-in'

function nameOf({ sessions, kept, size }: Load, dkim: DkimChoice): string {
  return `${sessions} ${kept ? 'kept' : 'one each'}, ${size / 1024} KiB${DKIM_NAMES[dkim]}`
}

/** The next hop: one that counts, or one that takes connections and says nothing, so that nothing is ever delivered. */
type NextHop = Sink | SilentHop

class SilentHop implements AsyncDisposable {
  readonly port: number
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket)
    socket.on('error', () => {})
  })
  readonly #sockets = new Set<Socket>()

  private constructor(port: number) {
    this.port = port
  }

  static async start(): Promise<SilentHop> {
    const hop = new SilentHop(await freePort())
    hop.#server.listen(hop.port, '127.0.0.1')
    await once(hop.#server, 'listening')
    return hop
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Seconds since `began` until the contender has told of as much as `wanted`. */
async function untilTold(contender: Contender, wanted: Told, began: number): Promise<number> {
  for (;;) {
    const told = await contender.told()
    const now = performance.now()
    if (told === null || (told.accepted >= wanted.accepted && told.delivered >= wanted.delivered)) return (now - began) / 1000
    if (now - began > TOLD_WITHIN_MS + 1000 * wanted.accepted)
      throw new Error(`${contender.name} has told of ${JSON.stringify(told)}, not of ${JSON.stringify(wanted)}`)
    await wait(TOLD_EVERY_MS)
  }
}

async function measure(contender: Contender, load: Load, name: string, hop: NextHop): Promise<Run> {
  const sink = hop instanceof Sink ? hop : null
  const before = sink?.received ?? 0
  const told = (await contender.told()) ?? { accepted: 0, delivered: 0 }
  const end = watchTree(contender.pid)
  const began = performance.now()
  const acceptSeconds = await send(load, contender.port)
  await sink?.until(before + load.messages)
  const relaySeconds = sink === null ? null : (sink.lastAt - began) / 1000
  const wanted = { accepted: told.accepted + load.messages, delivered: told.delivered + (sink === null ? 0 : load.messages) }
  const seen = await untilTold(contender, wanted, began)
  const toldSeconds = (await contender.told()) === null ? (relaySeconds ?? acceptSeconds) : seen
  const { seconds, peakMiB } = end()
  return {
    contender: contender.name,
    load: name,
    accepted: load.messages / acceptSeconds,
    relayed: relaySeconds === null ? null : load.messages / relaySeconds,
    told: load.messages / toldSeconds,
    processor: (seconds / load.messages) * 1000,
    peakMiB,
  }
}

function tell({ load, contender, accepted, relayed, told }: Run): void {
  const parts = [
    `${Math.round(accepted)}/s accepted`,
    relayed === null ? [] : `${Math.round(relayed)}/s relayed`,
    `${Math.round(told)}/s told`,
  ]
  console.error(`${load}, ${contender}: ${parts.flat().join(', ')}`)
}

/** All loads over one home; the profile is printed when it has stopped. */
async function group(bench: RelayBench, dkim: DkimChoice): Promise<RelayReport> {
  const folder = mkdtempSync(join(bench.folder, 'hms-bench-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const capacity = bench.hms ? await signedPerSecond(dkim) : Infinity
  const contenders: Contender[] = []
  // The next hop goes first: a server that stops would wait for one that does not speak.
  const hop = bench.acceptOnly ? await SilentHop.start() : await Sink.start()
  const profile = bench.profile === null ? null : join(bench.profile, dkim)
  let hms: HmsServer | null = null
  if (bench.hms) {
    if (profile !== null) mkdirSync(profile, { recursive: true })
    hms = opened.use(await startHms({ folder, route: hop.port, dkim, nodeOptions: profile === null ? '' : profileOptions(profile) }))
    contenders.push(hms)
  }
  if (bench.plugin !== null) {
    const beside = mkdtempSync(join(folder, 'plugin-'))
    const server = opened.use(await startHms({ folder: beside, route: hop.port, dkim, plugin: TRIVIAL[bench.plugin] }))
    contenders.push({ ...server, name: WITH_PLUGIN })
  }
  if (bench.peer) contenders.push(opened.use(await startPostfix(folder, hop.port)))
  opened.use(hop)
  const runs: Run[] = []
  const windows: Window[] = []
  // What is compiled, cached and opened at first is not what a server costs that has run for a minute.
  if (bench.warm > 0) for (const contender of contenders) await measure(contender, { ...WARM_UP, messages: bench.warm }, '', hop)
  for (const load of bench.loads) {
    for (let n = 0; n < bench.runs; n++) {
      for (const contender of contenders) {
        const from = performance.now()
        const run = await measure(contender, load, nameOf(load, dkim), hop)
        if (contender === hms) windows.push([from, performance.now()])
        tell(run)
        runs.push(run)
      }
    }
  }
  const notes = notesOf(bench, dkim, runs, capacity)
  if (hms !== null) {
    await checkSigned(hms, dkim, windows.length === 0 ? 0 : bench.loads.reduce((sum, { messages }) => sum + messages * bench.runs, 0))
    if (profile !== null) {
      const titles = titlesOf(hms.pid)
      await hop[Symbol.asyncDispose]()
      await hms.stop()
      notes.push(profileTables(profile, titles, windows))
    }
  }
  return { runs, contenders: contenders.map(({ name, version }) => `${name} ${version}`), notes }
}

/** A bench of signing that signed nothing would prove nothing. */
async function checkSigned(hms: HmsServer, dkim: DkimChoice, messages: number): Promise<void> {
  const [made, wanted] = [await hms.signatures(), messages * signaturesEach(dkim)]
  if (made < wanted) throw new Error(`${made} signatures were made of ${wanted}`)
}

/** Of each run with a plug-in against the one without it in the same turn. */
function pluginNotes(plugin: TrivialName, runs: readonly Run[]): string[] {
  return [...Map.groupBy(runs, ({ load }) => load)].map(([load, all]) => {
    const [plain, own] = ['hms', WITH_PLUGIN].map((name) => all.filter(({ contender }) => contender === name))
    const less = figure((own ?? []).map(({ told }, turn) => 100 * (1 - told / (plain?.[turn]?.told ?? Number.NaN))))
    const range = `${less.least.toFixed(1)} to ${less.most.toFixed(1)}`
    return `${load}: with a plug-in that does nothing (${plugin}) ${less.median.toFixed(1)} % less is told a second, turn by turn ${range} %`
  })
}

function notesOf({ acceptOnly, plugin }: RelayBench, dkim: DkimChoice, runs: readonly Run[], capacity: number): string[] {
  const notes = plugin === null ? [] : pluginNotes(plugin, runs)
  for (const { contender, load, accepted, told } of summarize(runs)) {
    if (contender !== 'hms') continue
    if (dkim !== 'none') {
      const share = Math.round((100 * told.median) / capacity)
      notes.push(
        `${load}: ${share} % of the ${Math.round(capacity)}/s that ${machine().cores} cores sign with nothing else to do (openssl speed)`,
      )
    }
    if (acceptOnly)
      notes.push(
        `${load}: accepted ${(accepted.median / OPENSMTPD_ACCEPTS).toFixed(2)} × the ${OPENSMTPD_ACCEPTS}/s that OpenSMTPD was measured with on the development machine`,
      )
  }
  return notes
}

export async function relayBench(bench: RelayBench): Promise<RelayReport> {
  const reports: RelayReport[] = []
  for (const dkim of bench.dkim) reports.push(await group(bench, dkim))
  return {
    runs: reports.flatMap(({ runs }) => runs),
    contenders: reports[0]?.contenders ?? [],
    notes: reports.flatMap(({ notes }) => notes),
  }
}

export function printRelay({ runs, contenders, notes }: RelayReport, json: boolean): void {
  const summaries = summarize(runs)
  const about = { ...machine(), node: process.version, contenders }
  if (json) return console.log(JSON.stringify({ about, summaries, runs, notes }))
  console.log(`\n${contenders.join(', ')}, Node ${about.node}, ${about.cores} cores (${about.processor}), Linux ${about.kernel}`)
  console.log(reportTable(summaries))
  for (const note of notes) console.log(`\n${note}`)
}
