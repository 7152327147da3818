// PostgreSQL: the query is that of a cursor, which the server declares for nothing but reading, and of which so many rows are asked for at a time.
import { Client, type ClientConfig, type QueryConfig, types } from 'pg'
import type { DatabaseAsked, DatabaseReader, DatabaseRow } from './rows.ts'

const ROWS = 1000

/** As text what would lose something: dates have no time, times no zone of ours. By the numbers of the types. */
const AS_TEXT: ReadonlySet<number> = new Set([1082, 1083, 1114, 1184, 1186, 1266])
const INT8 = 20

function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (AS_TEXT.has(oid)) return (value) => value
  if (oid === INT8) return (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
  return types.getTypeParser(oid, format ?? 'text') as (value: string) => unknown
}

export async function readPostgres({ place, password, ca, sql, patience }: DatabaseAsked): Promise<DatabaseReader> {
  const { host, port, user, database, tls } = place
  const config: ClientConfig = {
    host,
    port,
    user,
    database,
    // Else it is that of ~/.pgpass, as with other programs.
    ...(password !== undefined && { password }),
    ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verified', ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' },
    connectionTimeoutMillis: patience.connect,
    statement_timeout: patience.silence,
    idle_in_transaction_session_timeout: 0,
    application_name: 'hms assemble',
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  }
  const client = new Client(config)
  const end = (): void => {
    // Politely, and without waiting: a cursor that is open is closed by the server.
    client.end().catch(() => undefined)
  }
  // What a connection that breaks has to say is said to whoever asks next.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('BEGIN TRANSACTION READ ONLY')
    await client.query('SET LOCAL cursor_tuple_fraction = 1')
    // In one piece, so that no second statement can be behind it.
    await client.query({ text: `DECLARE hms NO SCROLL CURSOR FOR ${sql.trim().replace(/;$/, '')}`, queryMode: 'extended' } as QueryConfig)
  } catch (error) {
    end()
    throw error
  }
  return { next: async () => (await client.query<DatabaseRow>(`FETCH ${ROWS} FROM hms`)).rows, end }
}
