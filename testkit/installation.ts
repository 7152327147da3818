// The operations of an installation over real stores, where workers and DNS answer what a test says.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { ANONYMOUS_ACCOUNT } from '../src/base/brand.ts'
import { type Account, newAccount } from '../src/contract/settings.ts'
import type { OperationName, OperationParams, OperationResult, WorkerStatus } from '../src/contract/operations.ts'
import { openAccess } from '../src/store/sqlite/access/access.ts'
import { JobStore } from '../src/store/sqlite/jobs/jobs.ts'
import { WebhooksAtRest } from '../src/store/sqlite/webhooks/webhooks-book.ts'
import { SuppressionStore } from '../src/store/sqlite/suppression/suppression.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { openSent } from '../src/store/sqlite/sent/sent-index.ts'
import { initSettings } from '../src/store/sqlite/settings/settings.ts'
import { NO_RULES } from '../src/contract/rules.ts'
import { configWith } from './engine-home.ts'
import { NO_DATA, NO_HEALTH, NO_HOME, NO_LIFECYCLE, NO_MACHINE, NO_PLUGINS, NO_REPORTS, NO_TOOLS } from './no-data.ts'
import { temporaryFolder } from './spool-samples.ts'
import type { LiveStatus, OperationSurroundings, TxtAnswer } from '../src/api/operations/context.ts'
import { EventTail } from '../src/api/operations/history/event-tail.ts'
import { createOperations, type ServedOperations } from '../src/api/operations/operations.ts'
import { judgeRules } from '../src/policy/rules/judge.ts'

export const NOW = Date.UTC(2026, 10, 22, 7)
const worker: WorkerStatus = {
  slot: 0,
  pid: 1,
  shards: [0],
  queued: 3,
  inboundOpen: 0,
  outboundOpen: 0,
  sending: 0,
  health: 'ok',
  reason: null,
}

const ANONYMOUS: Account = newAccount(ANONYMOUS_ACCOUNT, 'Anonymous')

/** Workers that answer from `answers`, and note what they were asked. */
function answering(
  asked: { name: string; params: unknown }[],
  answers: ReadonlyMap<string, readonly unknown[]>,
): OperationSurroundings['workers'] {
  const ask = (name: string, params: unknown): never => {
    asked.push({ name, params })
    return (answers.get(name) ?? []) as never
  }
  return {
    all: async (name, params) => ask(name, params),
    some: async (name, params) => ({ answers: ask(name, params), missing: [] }),
  }
}

export const LIVE: LiveStatus = {
  running: true,
  version: '1',
  startedAt: NOW,
  workers: [worker, { ...worker, slot: 1 }],
  alerts: [],
  alarms: [],
  stopping: [],
}
const NO_WAYS = { mail: false, webhook: false, syslog: false, smtp: false }
const NOTHING_ELSE = {
  looks: null,
  loop: null,
  data: NO_DATA,
  reports: NO_REPORTS,
  home: NO_HOME,
  lifecycle: NO_LIFECYCLE,
  health: NO_HEALTH,
  plugins: NO_PLUGINS,
  tools: NO_TOOLS,
  makePickup: () => {},
  machine: NO_MACHINE,
}
const NO_ALERTS = { tell: () => {}, list: () => [], test: () => NO_WAYS, reset: () => {} }

/** Without DNS: no site is known. */
export const DELIVERY: OperationSurroundings['delivery'] = {
  config: configWith(),
  shipped: NO_RULES,
  judge: async (question) => judgeRules(question),
  siteOf: async () => ({ kind: 'trouble', reason: 'no DNS' }),
  signerOf: () => null,
}

/** Operations over real stores; workers answer from `answers`, one list a call; DNS from `zone`. */
export function installation({ by = 'test', ...surroundings }: Partial<OperationSurroundings> & { readonly by?: string } = {}) {
  const folder = temporaryFolder()
  const settings = initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') })
  settings.putAccount(ANONYMOUS, 'test')
  const events = openEvents(join(folder.path, 'events'))
  const sent = openSent(join(folder.path, 'sent'))
  const access = openAccess({ file: join(folder.path, 'access.db'), keyFile: join(folder.path, 'key'), firstUsers: () => [] }, 0)
  const zone = new Map<string, TxtAnswer>()
  const asked: { name: string; params: unknown }[] = []
  const answers = new Map<string, readonly unknown[]>()
  let clock = NOW
  const webhooks = new WebhooksAtRest(join(folder.path, 'webhooks.db'), settings.webhooks, () => clock)
  const operations = createOperations({
    alerts: NO_ALERTS,
    settings,
    events,
    access,
    jobs: new JobStore(join(folder.path, 'jobs.db'), 'epoch'),
    webhooks,
    suppression: new SuppressionStore(join(folder.path, 'suppression.db')),
    sent,
    tail: new EventTail('run'),
    ...NOTHING_ELSE,
    workers: answering(asked, answers),
    lookupTxt: async (name) => zone.get(name) ?? { kind: 'records', records: [] },
    delivery: DELIVERY,
    live: () => LIVE,
    now: () => clock++,
    refresh: async () => {},
    ...surroundings,
  })
  return {
    settings,
    events,
    access,
    sent,
    zone,
    asked,
    operations,
    answers,
    ...callsOf(operations, by),
    [Symbol.dispose]() {
      for (const one of [webhooks, settings, events, sent, access, folder]) one[Symbol.dispose]()
    },
  }
}

function callsOf(operations: ServedOperations, by: string) {
  const callAs = <N extends OperationName>(who: string, name: N, params: OperationParams<N>): Promise<OperationResult<N>> => {
    const run = operations.as({ by: who, via: 'hms', address: null })[name] as (params: OperationParams<N>) => Promise<OperationResult<N>>
    return run(params)
  }
  const call = <N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>> => callAs(by, name, params)
  const refuses = (name: OperationName, params: unknown, code = 'invalid-parameter'): Promise<void> =>
    assert.rejects(call(name, params as never), { name: 'Fault', code, blame: 'caller' }, JSON.stringify(params))
  return { call, callAs, refuses }
}
