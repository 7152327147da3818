// Queries over real database servers, those that this machine has.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type DatabaseServer, mariadbPrefix, postgresPrograms, startMariadb, startPostgres } from '../../../testkit/databases.ts'
import { testCertificate } from '../../../testkit/certificate.ts'
import { databasePlace } from '../../policy/jobs/databases.ts'
import { databaseRows, type DatabaseRow } from './rows.ts'

const opened = new AsyncDisposableStack()
after(() => opened.disposeAsync())

const PATIENCE = { connect: 15_000, silence: 60_000 }
const [programs, prefix] = [postgresPrograms(), mariadbPrefix()]

interface Kind {
  readonly name: 'postgres' | 'mysql'
  readonly missing: string | false
  readonly start: () => Promise<DatabaseServer>
  readonly database: string
  /** So many numbers, one a row. */
  readonly numbers: (count: number) => string
  readonly values: string
  readonly slow: string
  readonly writes: readonly string[]
}

const KINDS: readonly Kind[] = [
  {
    name: 'postgres',
    missing: programs === null && 'there is no PostgreSQL on this machine',
    start: () => startPostgres(programs ?? ''),
    database: 'postgres',
    numbers: (count) => `SELECT generate_series(1, ${count}) AS i`,
    values: `SELECT 'Jörg' AS name, 12.50::numeric AS price, 7::int8 AS points, DATE '2026-03-01' AS day, TIMESTAMP '2026-03-01 08:00:00' AS at, true AS yes, NULL AS none, '{"a":[1]}'::jsonb AS more`,
    slow: 'SELECT pg_sleep(600)',
    writes: [
      'CREATE TABLE t (a INT)',
      'WITH made AS (INSERT INTO pg_description VALUES (1, 1, 1) RETURNING 1) SELECT * FROM made',
      'SELECT 1; DROP TABLE x',
      "SELECT pg_notify('a', 'b') FROM pg_class FOR UPDATE",
    ],
  },
  {
    name: 'mysql',
    missing: prefix === null && 'there is no MariaDB on this machine',
    start: () => startMariadb(prefix ?? ''),
    database: 'shop',
    numbers: (count) => `SELECT seq AS i FROM seq_1_to_${count}`,
    values: `SELECT 'Jörg' AS name, 12.50 AS price, 7 AS points, DATE '2026-03-01' AS day, TIMESTAMP '2026-03-01 08:00:00' AS at, true AS yes, NULL AS none`,
    slow: 'SELECT SLEEP(600)',
    writes: ['CREATE TABLE t (a INT)', 'SELECT 1; DROP TABLE x', "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE mysql.user"],
  },
]

async function all(rows: AsyncIterable<readonly DatabaseRow[]>): Promise<DatabaseRow[]> {
  const found: DatabaseRow[] = []
  for await (const some of rows) found.push(...some)
  return found
}

for (const kind of KINDS) {
  let server: DatabaseServer
  const ask = (sql: string, { params = '', ...change }: { params?: string; password?: string; ca?: string } = {}, patience = PATIENCE) => {
    const place = databasePlace(`${kind.name}://hms@localhost:${server.port}/${kind.database}${params}`)
    assert.ok(typeof place !== 'string', String(place))
    return databaseRows({ place, password: server.password, ca: undefined, sql, ...change }, patience)
  }

  test(`${kind.name}: rows come as they are asked for, with values that a template can show`, { skip: kind.missing }, async () => {
    server = opened.use(await kind.start())
    const rows = await all(ask(kind.numbers(2500)))
    assert.deepEqual([rows.length, Number(rows[0]?.['i']), Number(rows.at(-1)?.['i'])], [2500, 1, 2500])
    const [values] = await all(ask(kind.values))
    const { name, day, at, none, ...others } = values ?? {}
    assert.deepEqual([name, day, at, none], ['Jörg', '2026-03-01', '2026-03-01 08:00:00', null])
    assert.deepEqual([others['price'], others['points'], Number(others['yes'])], ['12.50', 7, 1])
    if (kind.name === 'postgres') assert.deepEqual(others['more'], { a: [1] })
    // No memory holds so many.
    let seen = 0
    for await (const some of ask(kind.numbers(4_000_000_000))) if ((seen += some.length) >= 20_000) break
    assert.ok(seen >= 20_000)
  })

  test(`${kind.name}: nothing but one query that reads is answered, and nobody waits for ever`, { skip: kind.missing }, async () => {
    for (const sql of [...kind.writes, 'SELECT nonsense FROM nowhere', ''])
      await assert.rejects(all(ask(sql)), { code: 'usage', message: /cannot be read: ./ }, sql)
    await assert.rejects(all(ask(kind.slow, {}, { connect: 15_000, silence: 300 })), /cannot be read: /)
  })

  test(`${kind.name}: who it is is proved by TLS, and a password is in no error`, { skip: kind.missing }, async () => {
    const secure = { params: '?sslmode=verify-full' }
    assert.equal((await all(ask('SELECT 1 AS one', { ...secure, ca: server.ca }))).length, 1)
    await assert.rejects(all(ask('SELECT 1', secure)), /self.signed|verify|certificate/i)
    const stranger = testCertificate('other.test')
    await assert.rejects(all(ask('SELECT 1', { ...secure, ca: stranger.cert })), /self.signed|verify|certificate/i)
    assert.equal((await all(ask('SELECT 1 AS one', { params: '?sslmode=require' }))).length, 1)
    const wrong = 'a wrong one'
    await assert.rejects(all(ask('SELECT 1', { password: wrong })), (error: Error) => {
      assert.match(error.message, /password|denied/i)
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`, /a wrong one/)
      return true
    })
  })
}
