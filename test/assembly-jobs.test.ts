// Assembly jobs on a real server: what a job file names is sent to each once, over kills; what cannot be used is told by its line.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { BadRow, Job } from '../src/contract/jobs.ts'
import { postgresPrograms, startPostgres } from '../testkit/databases.ts'
import { until as untilThere } from '../testkit/patience.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

type Shown = Job & { readonly rows: readonly BadRow[] }

const show = (server: TestServer, { id }: Pick<Job, 'id'>): Promise<Shown> => server.hms<Shown>('assemble', 'show', String(id))

function until(server: TestServer, { id }: Pick<Job, 'id'>, condition: (job: Job) => boolean): Promise<Job> {
  let now: Job | null = null
  const look = async (): Promise<Job | null> => (condition((now = await server.call('job.show', { id }))) ? now : null)
  return untilThere(look, () => `the job did not come to that: ${JSON.stringify(now)}`)
}

const LETTER = `message:
  from: News <news@example.test>
  subject: Hello {{ name }}
  text: |
    You have {{ points }} points at {{ shop }}.
  mailing: spring
data: { shop: Example }
`

test('a job file is checked whole, shown without a message sent, then sent to each; bad rows are told by line', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  using folder = temporaryFolder()
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  const rows = ['email;name;points', 'ann@one.test;"Ann; A";7', 'nobody;X;1', 'bob@one.test;"Bo', 'b";8', 'cy@one.test;Cy', '"x"y;1;2', '']
  writeFileSync(join(folder.path, 'people.csv'), rows.join('\r\n'))
  const file = join(folder.path, 'job.yaml')
  writeFileSync(file, `account: ${server.account.id}\nname: Spring\n${LETTER}recipients: { file: people.csv }\n`)

  const dry = await server.run('assemble', file, '--dry-run')
  assert.match(dry.stdout, /To ann@one\.test:[^]*Subject: Hello Ann; A[^]*You have 7 points at Example\.[^]*To bob@one\.test:/, dry.stderr)
  assert.match(dry.stdout, /2 recipients, 3 bad rows\. Nothing was sent\./)
  assert.deepEqual(await server.hms('assemble', 'ls'), [])

  const job = await server.hms<Job>('assemble', file)
  assert.equal(job.id, 1, 'what was only looked at used up no number')
  const done = await until(server, job, ({ state }) => state === 'done')
  assert.deepEqual([done.name, done.queued, done.refused, done.recipients], ['Spring', 2, 0, 2])
  await peer.until(() => peer.messages.length === 2)
  const texts = new Map(peer.messages.map(({ recipients, data }) => [recipients[0], data.toString()]))
  assert.match(texts.get('ann@one.test') ?? '', /Subject: Hello Ann; A\r\n[^]*You have 7 points at Example\./)
  assert.match(texts.get('bob@one.test') ?? '', /You have 8 points/)
  const { rows: bad } = await show(server, job)
  assert.deepEqual(
    bad.map(({ line }) => line),
    [3, 6, 7],
  )
  const [first, second, third] = bad.map(({ problem }) => problem)
  assert.match(first ?? '', /^to is no address/)
  assert.match(second ?? '', /points/)
  assert.match(third ?? '', /something stands behind a quotation mark/)

  writeFileSync(file, `account: ${server.account.id}\n${LETTER.replace('{{ name }}', '{{ name')}recipients: { file: people.csv }\n`)
  assert.match((await server.run('assemble', file)).stderr, /subject/)
  writeFileSync(file, `account: ${server.account.id}\n${LETTER}recipients: { file: none.csv }\n`)
  assert.match((await server.run('assemble', file)).stderr, /There is no file .*none\.csv/)
  const stored = `message: { from: n@example.test, template: { id: letter } }\nrecipients: { file: people.csv }\n`
  writeFileSync(file, `account: ${server.account.id}\n${stored}`)
  assert.match((await server.run('assemble', file)).stderr, /no template letter/)
  writeFileSync(join(folder.path, 'letter.txt'), 'Dear {{ name }}')
  const owner = ['--account', String(server.account.id)]
  await server.hms('template', 'add', 'letter', ...owner, '--subject', 'About {{ points }}', '--text', join(folder.path, 'letter.txt'))
  assert.match((await server.run('assemble', file, '--dry-run')).stdout, /  Subject: About 7\n[^]*  Dear Ann; A\n\n/)
  assert.equal((await server.hms<readonly Job[]>('assemble', 'ls')).length, 1, 'what failed left no job')
})

test('an XML job over a query of a database is scheduled, paused, resumed, and cancelled', async () => {
  await using server = await startServer()
  using folder = temporaryFolder()
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  {
    using database = new DatabaseSync(join(folder.path, 'shop.db'))
    database.exec("CREATE TABLE c (mail TEXT, name TEXT, n INTEGER); INSERT INTO c VALUES ('a@one.test', 'A', 1), ('b@one.test', 'B', 2)")
  }
  const file = join(folder.path, 'job.xml')
  const write = (more: string): void =>
    writeFileSync(
      file,
      `<job account="${server.account.id}">${more}
  <message><from>news@example.test</from><subject>{{ name }} &amp; {{ n }}</subject><html><![CDATA[<p>{{ name }}</p>]]></html></message>
  <recipients sqlite="shop.db" address="mail"><query>SELECT mail, name, n FROM c WHERE n &lt; 9 ORDER BY n</query></recipients>
</job>`,
    )
  write('<start>2030-01-01T00:00:00Z</start>')
  const later = await server.hms<Job>('assemble', file)
  assert.deepEqual([later.state, later.recipients, later.queued], ['sending', 2, 0])
  assert.match((await server.run('assemble', 'ls')).stdout, /scheduled/)
  assert.equal((await server.hms<Job>('assemble', 'cancel', String(later.id))).state, 'cancelled')

  write('')
  const job = await server.hms<Job>('assemble', file, '--paused')
  assert.notEqual(job.paused, null)
  await server.hms('assemble', 'resume', String(job.id))
  const done = await until(server, job, ({ state }) => state === 'done')
  assert.deepEqual([done.queued, done.refused], [2, 0])
  await server.until(({ queued }) => queued === 2)
  assert.match((await server.run('assemble', 'pause', String(job.id))).stderr, /Job \d+ is done/)
  assert.equal((await server.call('job.show', { id: later.id })).queued, 0)
})

test('a worker that is killed while it hands a job in sends to nobody twice, and leaves nobody out', async () => {
  using folder = temporaryFolder()
  const crashFile = join(folder.path, 'crash')
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crashFile } })
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  const file = join(folder.path, 'job.yaml')
  writeFileSync(file, `account: ${server.account.id}\n${LETTER}recipients: { file: people.jsonl }\n`)
  const count = 2500
  const lines = Array.from({ length: count }, (_, n) => JSON.stringify({ email: `r${n}@one.test`, name: `N${n}`, points: n }))
  writeFileSync(join(folder.path, 'people.jsonl'), lines.join('\n'))
  let all = 0
  for (const point of ['injection-begun', 'injection-committed', 'job-handed-in'] as const) {
    writeFileSync(crashFile, point)
    const job = await server.hms<Job>('assemble', file)
    const done = await until(server, job, ({ state }) => state === 'done')
    assert.ok(!existsSync(crashFile), `it came to ${point}`)
    assert.deepEqual([done.queued, done.refused], [count, 0])
    all += count
    const { recipients } = await server.call('queue.count', { selection: {} })
    assert.equal(recipients, all, point)
  }
})

const programs = postgresPrograms()

test(
  'recipients come from a query of a PostgreSQL database by its name; its password is nowhere afterwards',
  { skip: programs === null && 'there is no PostgreSQL on this machine' },
  async () => {
    await using database = await startPostgres(programs ?? '')
    await using peer = await SmtpPeer.start()
    await using server = await startServer()
    using folder = temporaryFolder()
    await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
    const config = join(server.home, 'config')
    writeFileSync(join(folder.path, 'password'), `${database.password}\n`)
    writeFileSync(join(config, 'shop.pem'), database.ca)
    const url = `postgres://hms@localhost:${database.port}/postgres?sslmode=verify-full`
    writeFileSync(
      join(config, 'databases.yaml'),
      `shop: { url: '${url}', password_file: ${join(folder.path, 'password')}, ca: shop.pem }\n`,
    )
    const query = "SELECT 'r' || n || '@db.test' AS mail, 'N' || n AS name, n AS points FROM generate_series(1, 3) AS n ORDER BY n"
    const file = join(folder.path, 'job.yaml')
    const job = (recipients: string): void => writeFileSync(file, `account: ${server.account.id}\n${LETTER}recipients: { ${recipients} }\n`)
    job(`database: shop, query: "${query}", address: mail`)
    const done = await until(server, await server.hms<Job>('assemble', file), ({ state }) => state === 'done')
    assert.deepEqual([done.queued, done.bad], [3, 0])
    await peer.until(() => peer.messages.length === 3)
    assert.match(peer.messages.find(({ recipients }) => recipients[0] === 'r2@db.test')?.data.toString() ?? '', /You have 2 points/)
    for (const [recipients, why] of [
      [`database: other, query: "${query}"`, /has no database other; it has shop/],
      [`database: 'postgres://hms:x1y2z3@localhost/postgres', query: "${query}"`, /recipients\.database has a password in it/],
      [
        'database: shop, query: SELECT nonsense',
        /The database postgres postgres at localhost:\d+ cannot be read: column "nonsense" does not exist/,
      ],
      ['database: shop', /must have a query/],
    ] as const) {
      job(recipients)
      const { stderr } = await server.run('assemble', file)
      assert.match(stderr, why)
      assert.doesNotMatch(stderr, /x1y2z3|open sesame/)
    }
    const [kept] = await server.call('job.list', { limit: 10 }).then(({ jobs }) => jobs)
    assert.equal(kept?.id, done.id)
    await server.stop()
    for (const name of readdirSync(server.home, { recursive: true, encoding: 'utf8' })) {
      const path = join(server.home, name)
      if (statSync(path).isFile()) assert.ok(!readFileSync(path).includes('open sesame'), name)
    }
  },
)
