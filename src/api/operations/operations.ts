// All operations in one table a caller, over whatever the context provides.
import type { Actor } from '../../contract/actor.ts'
import { ROUTES } from '../../contract/management.ts'
import type { OperationName } from '../../contract/operations.ts'
import { accountOperations } from './accounts.ts'
import { credentialOperations } from './credentials.ts'
import { alarmOperations } from './alarms.ts'
import { alertOperations } from './alerts.ts'
import type { OperationContext, OperationSurroundings, OperationTable } from './context.ts'
import { Audited } from './audited.ts'
import { auditOperations } from './audit.ts'
import { brakeOperations } from './brakes.ts'
import { dataOperations } from './data-kept.ts'
import { machineOperations } from './machine.ts'
import { keptOperations } from './kept.ts'
import { dkimOperations } from './dkim.ts'
import { jobOperations } from './jobs.ts'
import { lifecycleOperations } from './lifecycle.ts'
import { milterOperations } from './milters.ts'
import { pluginOperations } from './plugins.ts'
import { domainOperations } from './domains.ts'
import { Held, whileStill } from './held.ts'
import { healthOperations } from './health.ts'
import { effectOperations } from './effects.ts'
import { eventOperations } from './events.ts'
import { managementKeyOperations } from './management-keys.ts'
import { sessionOperations } from './sessions.ts'
import { uploadOperations } from './uploads.ts'
import { userOperations } from './users.ts'
import { providerOperations } from './providers.ts'
import { knownOperation } from './known.ts'
import { inboundOperations, reporterOperations } from './inbound.ts'
import { mailReportOperations } from './mail-reports.ts'
import { reportOperations } from './reports.ts'
import { Params } from './params.ts'
import { postOperations } from './posts.ts'
import { quotaOperations } from './quotas.ts'
import { queueOperations, spoolOperations } from './queue.ts'
import { sentOperations } from './sent.ts'
import { reviewOperations } from './suppression-review.ts'
import { supportOperations } from './support.ts'
import { suppressionOperations } from './suppression.ts'
import { suspensionOperations } from './suspensions.ts'
import { readingOperations } from './readings.ts'
import { rebindingOperations } from './rebindings.ts'
import { relayOperations } from './relay.ts'
import { routeOperations } from './routes.ts'
import { rulesOperations } from './rules.ts'
import { sourceOperations } from './sources.ts'
import { streamOperations } from './streams.ts'
import { templateOperations } from './templates.ts'
import { toolOperations } from './home-tools.ts'
import { traceOperations } from './trace.ts'
import { tokenOperations } from './tokens.ts'
import { trackingOperations } from './tracking.ts'
import { warmupOperations } from './warmup.ts'
import { webhookOperations } from './webhooks.ts'
import { whyOperations } from './why.ts'

function statusOperation({ live, refresh, events }: OperationContext): Pick<OperationTable, 'status'> {
  return {
    status: async (values) => {
      new Params(values).done()
      await refresh()
      const { failed, expired, ...totals } = events.totals()
      const state = live()
      const queued = state.workers.reduce((total, worker) => total + worker.queued, 0)
      // What expired has failed, in the words of whoever counts.
      return { ...state, queued, ...totals, failed: failed + expired }
    },
  }
}

const WRITES: ReadonlySet<string> = new Set(ROUTES.filter((one) => one.does === 'write').map((one) => one.operation))
/** What only looks; of what has no route, these. */
const READS: ReadonlySet<string> = new Set(
  ['messages.known', 'sent.find', ...ROUTES.map((one) => one.operation)].filter((name) => !WRITES.has(name)),
)

/** Those that change what workers read beside the settings. */
const SUPPRESSING = /^suppression\.(?:create|drop|policy|add|remove|import|undo|settle)$/

/** The operations of a process, for whoever asks. */
export interface ServedOperations {
  as(actor: Actor): OperationTable
  /** Whose changes hold only where `still` does not throw, and nothing changes between that and the change. */
  bound(actor: Actor, still: () => Promise<void>): OperationTable
}

/** Callers whose tables are kept: commands and calls come one after the other from the same. */
const MOST_TABLES = 100

export function createOperations(surroundings: OperationSurroundings): ServedOperations {
  const tables = new Map<string, OperationTable>()
  return {
    as: (actor) => {
      const key = JSON.stringify([actor.by, actor.via, actor.address, actor.account])
      const known = tables.get(key)
      if (known !== undefined) return known
      if (tables.size >= MOST_TABLES) tables.clear()
      const table = servedTable(surroundings, actor)
      tables.set(key, table)
      return table
    },
    bound: (actor, still) => servedTable(surroundings, actor, still),
  }
}

function servedTable(surroundings: OperationSurroundings, actor: Actor, still?: () => Promise<void>): OperationTable {
  const own = tableOf({ ...surroundings, actor, by: actor.by })
  const entries = Object.keys(own).map((key) => {
    const name = key as OperationName
    if (READS.has(name)) return [name, own[name]]
    const change = (params: unknown, held?: Held): Promise<unknown> => changing(surroundings, { actor, name, own, params, held })
    if (still === undefined) return [name, (params: unknown) => change(params)]
    const hold = (): Held => new Held(surroundings)
    return [name, (params: unknown) => whileStill(hold, still, (held) => change(params, held))]
  })
  return Object.fromEntries(entries) as OperationTable
}

interface Changing {
  readonly actor: Actor
  readonly name: OperationName
  /** The operations of the actor, for looks. */
  readonly own: OperationTable
  readonly params: unknown
  readonly held: Held | undefined
}

/** One that may change something: audited, and what changed is read by the workers at once, so that it holds when its answer is there. */
async function changing(surroundings: OperationSurroundings, { actor, name, own, params, held }: Changing): Promise<unknown> {
  const { settings, workers } = surroundings
  const call = new Audited(actor, name, held)
  const access = held?.access ?? surroundings.access
  const table = tableOf({ ...surroundings, access, settings: settings.as(call), actor, by: actor.by })
  const run = table[name] as (params: unknown) => Promise<unknown>
  const before = settings.version()
  const result = await call.run(settings, own, { params, work: () => run(params) })
  // A worker that does not answer now looks for itself within a second.
  if (settings.version() !== before || SUPPRESSING.test(name)) await workers.some('settings.changed', {})
  return result
}

function tableOf(context: OperationContext): OperationTable {
  return {
    ...statusOperation(context),
    ...accountOperations(context),
    ...brakeOperations(context),
    ...quotaOperations(context),
    ...streamOperations(context),
    ...templateOperations(context),
    ...tokenOperations(context),
    ...trackingOperations(context),
    ...postOperations(context),
    ...sentOperations(context),
    ...knownOperation(context),
    ...credentialOperations(context),
    ...relayOperations(context),
    ...routeOperations(context),
    ...milterOperations(context),
    ...pluginOperations(context),
    ...rulesOperations(context),
    ...domainOperations(context),
    ...healthOperations(context),
    ...inboundOperations(context),
    ...reporterOperations(context),
    ...reportOperations(context),
    ...mailReportOperations(context),
    ...dataOperations(context),
    ...machineOperations(context),
    ...keptOperations(context),
    ...dkimOperations(context),
    ...queueOperations(context),
    ...whyOperations(context),
    ...effectOperations(context),
    ...alarmOperations(context),
    ...alertOperations(context),
    ...auditOperations(context),
    ...suspensionOperations(context),
    ...sourceOperations(context),
    ...suppressionOperations(context),
    ...reviewOperations(context),
    ...readingOperations(context),
    ...rebindingOperations(context),
    ...warmupOperations(context),
    ...jobOperations(context),
    ...webhookOperations(context),
    ...lifecycleOperations(context),
    ...uploadOperations(context),
    ...supportOperations(context),
    ...userOperations(context),
    ...providerOperations(context),
    ...sessionOperations(context),
    ...managementKeyOperations(context),
    ...spoolOperations(context),
    ...toolOperations(context),
    ...traceOperations(context),
    ...eventOperations(context),
  }
}
