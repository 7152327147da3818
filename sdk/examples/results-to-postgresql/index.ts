// Results to PostgreSQL: a row for each delivery, failure, deferral, bounce and complaint. Rows go in batches; a hook is done when its row is
// committed, and what fails is told again by the server later, with the same id: no result is lost, and none is there twice.
import { definePlugin, type PluginContext } from '@hurricane-mta/plugin'
import { z } from 'zod'
import { type Database, Results } from './results.ts'

const settings = z.object({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().default(5432),
  database: z.string().default('postgres'),
  user: z.string(),
  /** Whoever shows settings leaves it out. */
  password: z.string().meta({ secret: true }),
  /** The authority of the server's certificate, in PEM; left out: no TLS. */
  ca: z.string().optional(),
  table: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'a table is a-z, 0-9 and _')
    .default('hms_results'),
  /** Rows of one statement. */
  batch: z.number().int().min(1).max(5000).default(500),
  /** Milliseconds that a row waits for others. */
  wait: z.number().int().min(0).max(5000).default(100),
})

let results: Results | null = null

type Context = PluginContext<z.infer<typeof settings>>

/** Made at the first row: a database that is away does not keep the plug-in from starting. */
function resultsOf({ settings: { table, batch, wait, ca, ...rest }, log }: Context): Results {
  const database: Database = { ...rest, ...(ca !== undefined && { ssl: { ca } }) }
  results ??= new Results({ database, table, batch, wait, warn: (text) => log.warn(text) })
  return results
}

export default definePlugin({
  name: 'results-to-postgresql',
  apiVersion: 1,
  settings,
  hooks: {
    sent: (event, context) => resultsOf(context).add({ ...event, code: null, text: event.reply.text }),
    failed: (event, context) => resultsOf(context).add({ ...event, code: event.failureCode, text: event.reply?.text ?? event.reason }),
    deferred: (event, context) => resultsOf(context).add({ ...event, code: event.failureCode, text: event.reply?.text ?? event.reason }),
    bounce: (event, context) => resultsOf(context).add({ ...event, code: event.failureCode, text: event.response }),
    feedbackLoop: (event, context) => resultsOf(context).add({ ...event, code: null, text: event.feedbackType }),
  },
})
