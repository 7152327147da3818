// `npm run bench:reports`: what a month of mail leaves in the rollups, how fast a dashboard is answered from it, and what an event costs to count.
// Events are made up as a provider of mail with 200 accounts sees them, and counted and written by the code that a server counts with.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MailEvent } from '../src/contract/events.ts'
import type { ReportWish } from '../src/engine/ports/reports.ts'
import { EventWriter, readEvents } from '../src/message/event-line.ts'
import { Gathering } from '../src/policy/reports/gathering.ts'
import { LineFields } from '../src/policy/reports/line-fields.ts'
import { Tally } from '../src/policy/reports/tally.ts'
import { ReportBook } from '../src/store/sqlite/reports/report-book.ts'
import { queryReports } from '../src/store/sqlite/reports/report-query.ts'
import { chance } from '../testkit/chance.ts'

const HELP = `npm run bench:reports -- [--events N] [--times N]
  --events N  that are made for the month (2000000)
  --times N   each stands for so many of 100 million (50): figures are as large, rare values fewer`
const [ACCOUNTS, DOMAINS, MAILINGS, SOURCES, SITES] = [200, 50_000, 15, 40, 9000]
const HOUR = 3_600_000
const BEGIN = Date.UTC(2026, 9, 1)
const HOURS = 31 * 24

const draw = chance(7)

/** Numbers below `most`, the first ones most often (Zipf). */
function ranked(most: number, steep: number): () => number {
  const sums: number[] = []
  for (let rank = 1; rank <= most; rank++) sums.push((sums.at(-1) ?? 0) + rank ** -steep)
  return () => {
    const wanted = draw() * (sums.at(-1) ?? 0)
    let [low, high] = [0, most - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const [accountOf, domainOf, mailingOf, sourceOf] = [ranked(ACCOUNTS, 1), ranked(DOMAINS, 1.2), ranked(MAILINGS, 1.5), ranked(SOURCES, 0.5)]
const CODES = [2001, 2001, 2002, 3001, 3003, 4001, 4003, 1004, 1999]

/** Half are accepted, of the others most are delivered. `weight`: each counts as so many. */
function made(at: number, n: number, weight: number): MailEvent {
  const [account, d] = [accountOf(), domainOf()]
  const domain = `domain-${d}.example`
  const base = {
    at,
    account: 1000 + account,
    message: `0a1b2c3d4e5f${n.toString(36)}`,
    clientId: null,
    mailing: `m${account}-${mailingOf()}`,
    stream: 'bulk',
  }
  const of = { ...base, sender: 'bounces@sender.example', size: 20_000 * weight, recipient: `person-${n}@${domain}` }
  if (n % 2 === 0)
    return { ...of, kind: 'accepted', recipients: weight, protocol: 'ESMTPSA', client: '192.0.2.1', user: 'a' } as unknown as MailEvent
  const tried = {
    ...of,
    domain,
    attempt: 1,
    site: `mx.site-${d % SITES}.example`,
    remoteHost: 'mx.example',
    source: `source-${sourceOf()}`,
    tls: null,
  }
  const fate = draw()
  if (fate < 0.9)
    return {
      ...tried,
      kind: 'delivered',
      queuedFor: 300 * 10 ** (3 * draw() ** 3),
      reply: { code: 250, enhanced: '2.0.0', text: 'ok' },
    } as unknown as MailEvent
  const failureCode = CODES[Math.floor(draw() * CODES.length)]
  return {
    ...tried,
    kind: fate < 0.97 ? 'deferred' : 'failed',
    failureCode,
    reason: 'x',
    reply: null,
    queuedFor: 1,
    nextAttempt: at,
  } as unknown as MailEvent
}

const cpu = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

function cost(folder: string): string {
  const writer = new EventWriter(0)
  const lines: Buffer[] = []
  const [count, batch] = [400_000, 4000]
  for (let n = 0; n < count; n += batch)
    lines.push(
      Buffer.from(Array.from({ length: batch }, (_unused, i) => writer.line(made(BEGIN + (n + i) * 7, n + i, 1), n + i + 1)).join('')),
    )
  const parsing = process.cpuUsage()
  for (const octets of lines) for (const one of readEvents(octets)) void one
  const parsed = cpu(parsing)
  const own = new LineFields()
  const scanning = process.cpuUsage()
  let understood = 0
  for (const octets of lines)
    for (let start = 0; start < octets.length;) {
      const end = octets.indexOf(0x0a, start)
      if (own.read(octets, start, end)) understood++
      start = end + 1
    }
  const scanned = cpu(scanning)
  using book = new ReportBook(folder)
  const [tally, line] = [new Tally(), new LineFields()]
  const gathering = new Gathering(tally)
  const counting = process.cpuUsage()
  const write = (n: number): void => {
    book.commit(tally, gathering, new Map([[0, n]]))
    gathering.weigh()
    tally.clear()
  }
  for (const [i, octets] of lines.entries()) {
    if (tally.isFull) write(i * batch)
    for (let start = 0; start < octets.length;) {
      const end = octets.indexOf(0x0a, start)
      if (line.read(octets, start, end)) tally.addLine(line)
      start = end + 1
    }
  }
  write(count)
  const micros = (ms: number): string => ((ms * 1000) / count).toFixed(1)
  return `${micros(cpu(counting))} µs of CPU an event, of which ${micros(scanned)} to read its line (JSON.parse: ${micros(parsed)}); ${understood} of ${count} lines understood`
}

function fill(folder: string, events: number, times: number): void {
  using book = new ReportBook(folder)
  const tally = new Tally()
  const gathering = new Gathering(tally)
  let n = 0
  for (let hour = 0; hour < HOURS; hour++) {
    for (const until = Math.floor(((hour + 1) * events) / HOURS); n < until; n++) {
      tally.add(made(BEGIN + hour * HOUR + (n % 3600) * 1000, n, n % 2 === 0 ? times : 1))
      if (!tally.isFull) continue
      book.commit(tally, gathering, new Map([[0, n]]))
      gathering.weigh()
      tally.clear()
    }
    book.commit(tally, gathering, new Map([[0, n]]))
    gathering.weigh()
    tally.clear()
    while (book.closeSome()) continue
  }
}

function asked(folder: string, what: string, change: Partial<ReportWish>): string {
  const wish: ReportWish = {
    from: BEGIN,
    to: BEGIN + HOURS * HOUR,
    zone: 'UTC',
    interval: 'total',
    by: null,
    account: null,
    filter: {},
    order: 'delivered',
    limit: 20,
    after: 0,
    compare: false,
    ...change,
  }
  const took = Array.from({ length: 5 }, () => {
    const [begun, used] = [performance.now(), process.cpuUsage()]
    queryReports(folder, wish)
    return { wall: performance.now() - begun, cpu: cpu(used) }
  })
  const median = (of: 'wall' | 'cpu'): number => Math.round(took.map((one) => one[of]).toSorted((a, b) => a - b)[2] ?? 0)
  return `  ${what.padEnd(58)} ${median('wall')} ms (${median('cpu')} ms of CPU)\n`
}

const { values } = parseArgs({
  options: { events: { type: 'string', default: '2000000' }, times: { type: 'string', default: '50' }, help: { type: 'boolean' } },
})
if (values.help === true) process.stdout.write(`${HELP}\n`)
else {
  const folder = mkdtempSync(join(tmpdir(), 'hms-reports-'))
  try {
    process.stdout.write(`counting: ${cost(join(folder, 'cost'))}\n`)
    fill(join(folder, 'month'), Number(values.events), Number(values.times))
    const { size } = statSync(join(folder, 'month/2026-10.db'))
    process.stdout.write(`a month of ${Number(values.events) * Number(values.times)} events: ${(size / 1024 / 1024).toFixed(0)} MiB\n`)
    const month = join(folder, 'month')
    for (const [what, change] of [
      ['the month by day', { interval: 'day' }],
      ['the month by day of Vienna', { interval: 'day', zone: 'Europe/Vienna' }],
      ['the month by hour', { interval: 'hour' }],
      ['top domains, with percentiles', { by: 'domain' }],
      ['top domains by day', { by: 'domain', interval: 'day' }],
      ['top domains in the month of Vienna', { by: 'domain', zone: 'Europe/Vienna', from: BEGIN - HOUR, to: BEGIN + (HOURS - 1) * HOUR }],
      ['top codes', { by: 'code', order: 'failed' }],
      ['top mailings of all accounts', { by: 'mailing' }],
      ['top accounts', { by: 'account' }],
      ['codes of one domain', { by: 'code', filter: { domain: 'domain-3.example' }, order: 'failed' }],
      ['domains of one mailing', { by: 'domain', filter: { mailing: 'm0-0' }, account: 1000 as never }],
    ] as const satisfies readonly (readonly [string, Partial<ReportWish>])[])
      process.stdout.write(asked(month, what, change))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
