// `npm run bench:suppression`: a suppression list of 50 million entries. How large it is, how quickly a worker is answered while it has it,
// in how much memory, and how long a million rows of a file take to come in while mail goes on. docs/performance.md has the figures.
import { createWriteStream, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { openSuppressionDatabase } from '../src/store/sqlite/suppression/suppression-schema.ts'
import { SuppressionReader } from '../src/store/sqlite/suppression/suppression-reader.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { LoadApart } from '../testkit/apart.ts'
import { startServer } from '../testkit/server.ts'
import { machine } from './processes.ts'

const HELP = `npm run bench:suppression -- [--entries N] [--rows N]
  --entries N  entries of the list (50000000)
  --rows N     rows of the file that is imported beside it (1000000)`
const LIST = 'large'
/** Rows of one transaction while the table is made. */
const SLICE = 1_000_000

/** As addresses are: spread over the alphabet and domains, 29 characters. */
const address = (n: number): string => `${n.toString(16).padStart(8, '0')}.user@d${String(n % 5000).padStart(5, '0')}.example`

/** In the order of the keys, as the quickest import of all would come. */
function fill(file: string, entries: number): void {
  const database = openSuppressionDatabase(file)
  database.exec('PRAGMA synchronous = OFF')
  database.prepare('INSERT INTO list VALUES (1, ?, NULL, ?, 0, 0)').run(LIST, entries)
  const add = database.prepare(`WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
    INSERT INTO entry SELECT 1, printf('%08x.user@d%05d.example', i, i % 5000), '', 0, 1763800000000 + i, NULL, 'event 0.' || i FROM n`)
  for (let from = 0; from < entries; from += SLICE) add.run(from, Math.min(entries, from + SLICE))
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

const at = (sorted: readonly number[], share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3)} ms`

async function ask(
  reader: SuppressionReader,
  entries: number,
  { questions, addresses, together }: Record<'questions' | 'addresses' | 'together', number>,
) {
  const times: number[] = []
  let [asked, hits] = [0, 0]
  const one = async (): Promise<void> => {
    while (asked < questions) {
      asked++
      // Half of them are on the list.
      const names = Array.from({ length: addresses }, () => address(Math.floor(Math.random() * entries * 2)))
      const began = performance.now()
      const found = await reader.find(LIST, 'bulk', names)
      times.push(performance.now() - began)
      hits += found.filter((by) => by !== null).length
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: together }, one))
  const seconds = (performance.now() - began) / 1000
  const sorted = times.toSorted((a, b) => a - b)
  const share = ((100 * hits) / (questions * addresses)).toFixed(0)
  console.log(
    `  ${addresses} addresses a question, ${together} at once: p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, ${Math.round((questions * addresses) / seconds)} addresses/s, ${share} % found`,
  )
}

async function writeRows(path: string, rows: number, entries: number): Promise<void> {
  const out = createWriteStream(path)
  out.write('address,reason\n')
  for (let n = 0; n < rows; n += 1000) {
    const lines = Array.from(
      { length: 1000 },
      (_, i) => `${address(Math.floor(Math.random() * 0xffffffff))},${i % 2 === 0 ? 'Unsubscribe' : 'Bounce'}\n`,
    )
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  console.log(`a file of ${rows} rows in no order, to a list of ${entries} entries:`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '50000000' },
      rows: { type: 'string', default: '1000000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const [entries, rows] = [Number(values.entries), Number(values.rows)]
  console.log(Object.values(machine()).join(', '))
  await using sink = await CountingSink.start()
  await using server = await startServer()
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink.port}`)
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.stop()
  const file = join(server.home, 'suppression.db')
  let began = performance.now()
  fill(file, entries)
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${entries} entries: made in ${seconds.toFixed(0)} s, ${(statSync(file).size / 2 ** 30).toFixed(2)} GiB, ${Math.round(statSync(file).size / entries)} octets each`,
  )
  const before = process.memoryUsage.rss()
  {
    await using reader = await SuppressionReader.open({
      file,
      clock: systemClock,
      log: jsonLog('bench', 'error', (line) => process.stderr.write(line)),
    })
    await ask(reader, entries, { questions: 20_000, addresses: 1, together: 1 })
    await ask(reader, entries, { questions: 100_000, addresses: 1, together: 32 })
    await ask(reader, entries, { questions: 5000, addresses: 50, together: 1 })
    console.log(
      `  memory of the process: ${Math.round((process.memoryUsage.rss() - before) / 2 ** 20)} MiB more than before, its thread included`,
    )
  }
  const path = join(server.home, 'rows.csv')
  await writeRows(path, rows, entries)
  await server.startAgain()
  await server.call('suppression.policy', { account: 1000 as never, change: { check: LIST, add: LIST } })
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 4 })
  began = performance.now()
  const { added, changed } = await server.hms<{ added: number; changed: number }>('suppression', 'import', path, '--list', LIST)
  const took = (performance.now() - began) / 1000
  const { delivered } = await server.status()
  await load.stop()
  console.log(
    `  ${added} new, ${changed} changed in ${took.toFixed(1)} s; ${Math.round(delivered / took)} messages a second were accepted, looked up and delivered meanwhile`,
  )
  rmSync(path)
}

await main()
