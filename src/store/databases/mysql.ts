// MySQL and MariaDB: the rows of one query in a transaction that only reads, taken from the connection as they are wanted.
import { type ConnectionOptions, createConnection } from 'mysql2'
import type { DatabaseAsked, DatabaseReader, DatabaseRow } from './rows.ts'

const ROWS = 1000
/** Seconds for which the server waits while what was read is handed on. */
const SERVER_WAITS = 3600

export async function readMysql({ place, password, ca, sql, patience }: DatabaseAsked): Promise<DatabaseReader> {
  const { host, port, user, database, tls } = place
  const options: ConnectionOptions = {
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    user,
    password: password ?? '',
    database,
    connectTimeout: patience.connect,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
    multipleStatements: false,
    // Neither does the server ask for a file of ours, nor do we make code of what it says.
    flags: ['-LOCAL_FILES'],
    disableEval: true,
    ...(tls !== 'off' && {
      ssl: { rejectUnauthorized: tls === 'verified', verifyIdentity: tls === 'verified', ...(ca !== undefined && { ca }) },
    }),
  }
  const connection = createConnection(options)
  const end = (): void => connection.destroy()
  const run = (text: string): Promise<void> =>
    new Promise((resolve, reject) => connection.query(text, (error) => (error === null ? resolve() : reject(error))))
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject)
      connection.connect((error) => (error === null ? resolve() : reject(error)))
    })
    connection.on('error', () => undefined)
    await run(`SET SESSION net_write_timeout = ${SERVER_WAITS}`)
    // What ends a transaction by itself, as CREATE does, begins another one, which reads as well.
    await run('SET SESSION TRANSACTION READ ONLY')
    await run('START TRANSACTION')
  } catch (error) {
    end()
    throw error
  }
  const stream = connection.query(sql).stream({ highWaterMark: ROWS })
  const rows = stream[Symbol.asyncIterator]() as AsyncIterator<DatabaseRow>
  return { next: () => some(rows), end }
}

async function some(rows: AsyncIterator<DatabaseRow>): Promise<readonly DatabaseRow[]> {
  const slice: DatabaseRow[] = []
  while (slice.length < ROWS) {
    const { value, done } = await rows.next()
    if (done === true) break
    slice.push(value)
  }
  return slice
}
