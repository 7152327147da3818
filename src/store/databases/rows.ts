// The rows of a query over somebody else's database, as a stream in memory that does not grow with the answer: one transaction that only
// reads, over a connection that is closed in the end. Its client is loaded when it is asked for.
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { DatabasePlace } from '../../policy/jobs/databases.ts'

export type DatabaseRow = Readonly<Record<string, unknown>>

export interface DatabaseAsked {
  readonly place: DatabasePlace
  readonly password: string | undefined
  /** Whom to believe who it is, in PEM; undefined: those whom the system believes. */
  readonly ca: string | undefined
  readonly sql: string
  readonly patience: Patience
}

export interface Patience {
  /** Until it is connected and known. */
  readonly connect: Ms
  /** Between rows, and before the first. */
  readonly silence: Ms
}

export interface DatabaseReader {
  /** Some rows; none: there are no more. */
  next(): Promise<readonly DatabaseRow[]>
  /** At once, whatever is under way. */
  end(): void
}

const PATIENCE: Patience = { connect: 15_000, silence: 600_000 }

/** Throws a Fault where the database cannot be read. */
export async function* databaseRows(asked: Omit<DatabaseAsked, 'patience'>, patience = PATIENCE): AsyncGenerator<readonly DatabaseRow[]> {
  const { place } = asked
  let reader: DatabaseReader | null = null
  try {
    reader = await opened({ ...asked, patience })
    for (;;) {
      const rows = await within(reader.next(), patience.silence, `nothing came for ${patience.silence / 1000} seconds`)
      if (rows.length === 0) return
      yield rows
    }
  } catch (error) {
    throw new Fault('usage', `The database ${nameOf(place)} cannot be read: ${saidOf(error, asked.password)}.`, { blame: 'caller' })
  } finally {
    reader?.end()
  }
}

async function opened(asked: DatabaseAsked): Promise<DatabaseReader> {
  if (asked.place.kind === 'postgres') return (await import('./postgres.ts')).readPostgres(asked)
  return (await import('./mysql.ts')).readMysql(asked)
}

export async function within<T>(work: Promise<T>, most: Ms, what: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  using _timer = machineClock.after(most, () => late.reject(new Error(what)))
  return await Promise.race([work, late.promise])
}

function nameOf({ kind, host, port, database }: DatabasePlace): string {
  return host.startsWith('/') ? `${kind} ${database} at ${host}` : `${kind} ${database} at ${host}:${port}`
}

/** What a client or a database says, in one line, without the password whatever they say. */
function saidOf(error: unknown, password: string | undefined): string {
  const causes = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error)
  const said = causes === '' && error instanceof Error && 'code' in error ? String(error.code) : causes
  const plain = said.replaceAll(/[\r\n\0]+/g, ' ').slice(0, 1000)
  return (password === undefined || password === '' ? plain : plain.replaceAll(password, '…')).replace(/\.$/, '')
}
