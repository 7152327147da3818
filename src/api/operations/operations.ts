// All operations in one table a caller, over whatever the context provides.
import type { Actor } from '../../contract/actor.ts'
import { ROUTES } from '../../contract/management.ts'
import type { OperationName } from '../../contract/operations.ts'
import { accountOperations } from './senders/accounts.ts'
import { credentialOperations } from './senders/credentials.ts'
import { alarmOperations } from './history/alarms.ts'
import { alertOperations } from './history/alerts.ts'
import type { OperationContext, OperationSurroundings, OperationTable } from './context.ts'
import { Audited } from './audited.ts'
import { auditOperations } from './history/audit.ts'
import { brakeOperations } from './senders/brakes.ts'
import { dataOperations } from './server/data-kept.ts'
import { machineOperations } from './server/machine.ts'
import { keptOperations } from './history/kept.ts'
import { dkimOperations } from './senders/dkim.ts'
import { jobOperations } from './sending/jobs.ts'
import { lifecycleOperations } from './server/lifecycle.ts'
import { milterOperations } from './delivery/milters.ts'
import { pluginOperations } from './delivery/plugins.ts'
import { domainOperations } from './senders/domains.ts'
import { Held, whileStill } from './held.ts'
import { healthOperations } from './senders/health.ts'
import { effectOperations } from './queue/effects.ts'
import { eventOperations } from './history/events.ts'
import { managementKeyOperations } from './access/management-keys.ts'
import { sessionOperations } from './access/sessions.ts'
import { uploadOperations } from './server/uploads.ts'
import { userOperations } from './access/users.ts'
import { providerOperations } from './access/providers.ts'
import { knownOperation } from './queue/known.ts'
import { inboundOperations, reporterOperations } from './returned/inbound.ts'
import { mailReportOperations } from './returned/mail-reports.ts'
import { reportOperations } from './returned/reports.ts'
import { Params } from './params.ts'
import { postOperations } from './senders/posts.ts'
import { quotaOperations } from './senders/quotas.ts'
import { queueOperations, spoolOperations } from './queue/queue.ts'
import { sentOperations } from './history/sent.ts'
import { reviewOperations } from './returned/suppression-review.ts'
import { supportOperations } from './server/support.ts'
import { suppressionOperations } from './returned/suppression.ts'
import { suspensionOperations } from './queue/suspensions.ts'
import { readingOperations } from './returned/readings.ts'
import { rebindingOperations } from './queue/rebindings.ts'
import { relayOperations } from './senders/relay.ts'
import { routeOperations } from './delivery/routes.ts'
import { rulesOperations } from './delivery/rules.ts'
import { sourceOperations } from './delivery/sources.ts'
import { streamOperations } from './senders/streams.ts'
import { templateOperations } from './senders/templates.ts'
import { toolOperations } from './server/home-tools.ts'
import { traceOperations } from './queue/trace.ts'
import { tokenOperations } from './senders/tokens.ts'
import { trackingOperations } from './senders/tracking.ts'
import { warmupOperations } from './delivery/warmup.ts'
import { webhookOperations } from './history/webhooks.ts'
import { whyOperations } from './queue/why.ts'

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
