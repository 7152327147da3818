// Scenarios that set a few loads against each other: what TLS and logins cost, inbound and outbound, what many recipients in
// one transaction save, what a slow disk does, and one core against two.
import { existsSync } from 'node:fs'
import { figuresTable, inTurns, kernelTable, partsTable, type ScenarioOptions, USUAL, type Variant, type VariantRuns } from './scenario.ts'

const STRACE = '/usr/bin/strace'
const SYNC_TAKES_US = 5000
/** Enough that the desk's pause between two pulls does not count. */
const RECIPIENTS = 30_000

async function compare(variants: readonly Variant[], options: ScenarioOptions): Promise<readonly VariantRuns[]> {
  const { messages } = options
  const sized = messages === null ? variants : variants.map((variant) => ({ ...variant, load: { ...variant.load, messages } }))
  const done = await inTurns(sized, options)
  console.log(`\n${figuresTable(done)}\n\n${partsTable(done)}\n\n${kernelTable(done)}`)
  return done
}

/** Inbound, with a full handshake and a login each time, and with one for all messages of a connection. */
export function auth(options: ScenarioOptions): Promise<unknown> {
  const load = { ...USUAL, messages: 3000 }
  const secure = { starttls: true, login: true }
  const variants: Variant[] = [
    { name: 'clear, kept', ground: {}, load },
    { name: 'clear, one each', ground: {}, load: { ...load, kept: false } },
    { name: 'STARTTLS, AUTH, kept', ground: {}, load: { ...load, ...secure } },
    { name: 'STARTTLS, AUTH, one each', ground: {}, load: { ...load, ...secure, kept: false } },
  ]
  return compare(variants, options)
}

export function starttlsOut(options: ScenarioOptions): Promise<unknown> {
  const load = { ...USUAL, messages: 3000 }
  const each = { 'delivery.messages_per_connection': '1' } as const
  const sink = { starttls: true }
  const variants: Variant[] = [
    { name: 'clear, kept', ground: {}, load },
    { name: 'STARTTLS, kept', ground: { sink, hms: { tls: 'encrypt' } }, load },
    { name: 'clear, one each', ground: { hms: { config: each } }, load },
    { name: 'STARTTLS, one each', ground: { sink, hms: { tls: 'encrypt', config: each } }, load },
  ]
  return compare(variants, options)
}

export function recipients(options: ScenarioOptions): Promise<unknown> {
  const variants = [1, 10, 100].map((count) => ({
    name: `${count} in a transaction`,
    ground: {},
    load: { ...USUAL, recipients: count, messages: Math.ceil((options.messages ?? RECIPIENTS) / count) },
  }))
  return compare(variants, { ...options, messages: null })
}

/** Every sync of the server takes 5 ms longer. Under strace without the delay shows what strace itself costs. */
export async function slowSync(options: ScenarioOptions): Promise<void> {
  if (!existsSync(STRACE)) throw new Error('slow-sync needs strace: apt-get install -y --no-install-recommends strace')
  const calls = 'fdatasync,fsync'
  const strace = [STRACE, '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`]
  const slow = [...strace, '-e', `inject=${calls}:delay_exit=${SYNC_TAKES_US}`]
  const delayed = ', a sync takes 5 ms more'
  const variants = [20, 100].flatMap((sessions): Variant[] => {
    const load = { ...USUAL, sessions, messages: 5000 }
    return [
      { name: `${sessions} sessions`, ground: {}, load },
      { name: `${sessions} sessions, strace only`, ground: { hms: { under: strace } }, load },
      { name: `${sessions} sessions${delayed}`, ground: { hms: { under: slow } }, load },
    ]
  })
  for (const { name, runs } of await compare(variants, options)) {
    const least = Math.min(...runs.map(({ latency }) => latency.least))
    if (name.endsWith(delayed) && least < SYNC_TAKES_US / 1000)
      throw new Error(`a message was acknowledged after ${least} ms: the delay does not hold`)
  }
}

/**
 * The server pinned to one core and to two; generator and sink run anywhere. Two workers with the connections of one have half
 * as many each, and commit half as much at once; so they are tried with twice as many too, both ways.
 */
export function cores(options: ScenarioOptions): Promise<unknown> {
  const ways = [
    { workers: 1, connections: 20 },
    { workers: 2, connections: 20 },
    { workers: 2, connections: 40 },
  ]
  const variants = ['0', '0,1'].flatMap((list) =>
    ways.map(({ workers, connections }): Variant => ({
      name: `${list === '0' ? 'one core' : 'two cores'}, ${workers} ${workers === 1 ? 'worker' : 'workers'}, ${connections} connections`,
      ground: {
        hms: {
          under: ['taskset', '-c', list],
          config: { workers: String(workers), 'delivery.connections_per_site': String(connections) },
        },
      },
      load: { ...USUAL, sessions: connections, messages: 10_000 },
    })),
  )
  return compare(variants, options)
}
