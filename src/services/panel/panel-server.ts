// The listeners at panel.listen and panel.tls_listen, and what answers there. The management API is loaded with its first call, as many a
// server is steered by `hms` alone.
import { join } from 'node:path'
import { machineClock, systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { CallLimits } from '../../api/management/limits.ts'
import { answerPanel, type PanelOptions } from '../../api/management/panel.ts'
import type { ServedOperations } from '../../api/operations/operations.ts'
import type { Access } from '../../engine/ports/access.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import { type Answered, openWebListener, type WebListenerOptions, type WebRequest } from '../../net/web/web-listener.ts'
import { type Launch, placesOf } from '../launch.ts'
import { certificateOf } from '../listeners.ts'
import { ConsoleProcesses } from './console-room.ts'
import { PanelFiles } from './panel-files.ts'

export interface PanelParts extends Pick<Required<PanelOptions>, 'ready' | 'metrics' | 'login'> {
  readonly launch: Launch
  readonly operations: ServedOperations
  readonly access: Access
  readonly events: EventStore
  readonly log: Log
}

/** Where the build lays the files of the interactive reference. */
const REFERENCE = join(import.meta.dirname, '../../reference')
/** And those of the Control Panel. */
const FILES = join(import.meta.dirname, '../../panel')
/** For a call: header, whole, and silence while it is sent or followed. */
const PATIENCE = { header: 10_000, request: 60_000, silence: 60_000 }
/** Octets of bodies in memory, of all calls. */
const ROOM = 128 * 1024 * 1024

/** Rejects where an address cannot be listened at, or there is no certificate. Disposing ends connections at once. */
export async function servePanel(parts: PanelParts): Promise<AsyncDisposable> {
  const { launch, log } = parts
  const { config } = launch
  await using opened = new AsyncDisposableStack()
  const common = {
    purpose: 'the panel',
    connections: config['panel.connections'],
    connectionsPerAddress: config['panel.connections_per_address'],
    room: ROOM,
    handle: handlerOf(parts, opened.use(new ConsoleProcesses(machineClock, log))),
    clock: machineClock,
    log,
    patience: PATIENCE,
  }
  const listen = async (options: WebListenerOptions): Promise<void> => {
    const listener = await openWebListener(options)
    opened.defer(() => listener.close(0))
  }
  for (const on of placesOf(launch, 'panel.listen')) await listen({ ...common, on, context: null, proxyFrom: config['panel.proxy_from'] })
  const secure = placesOf(launch, 'panel.tls_listen')
  if (secure.length > 0) {
    const certificate = opened.use(certificateOf(launch, log))
    const tls = { context: () => certificate.context, nameless: () => certificate.options, proxyFrom: [] }
    for (const on of secure) await listen({ ...common, ...tls, on })
  }
  return opened.move()
}

type Handler = (request: WebRequest) => Promise<Answered>

function handlerOf({ launch, operations, access, events, ready, metrics, login, log }: PanelParts, console: ConsoleProcesses): Handler {
  // Of all that a key may call: two ways are not twice as much.
  const { 'panel.calls_per_minute': callsPerMinute, 'panel.changes_per_minute': changesPerMinute } = launch.config
  const limits = new CallLimits({ callsPerMinute, changesPerMinute }, systemClock)
  const own = { operations, access, limits, clock: systemClock, log }
  const api = whenAsked(async () => {
    const { ManagementApi } = await import('../../api/management/dispatcher.ts')
    const { ReferencePages } = await import('../../api/management/reference.ts')
    const calls = new ManagementApi({ ...own, console })
    const reference = new ReferencePages({ version: launch.version, assets: REFERENCE })
    return async (request) => (await reference.answer(request)) ?? calls.handle(request)
  })
  const reporting = whenAsked(async () => {
    const { ReportingApi } = await import('../../api/reporting/reporting-api.ts')
    const calls = new ReportingApi({ ...own, events })
    return (request) => calls.handle(request)
  })
  const files = new PanelFiles(FILES)
  const options = { ready, metrics, api, reporting, login, files: (request: WebRequest) => files.answer(request) }
  return (request) => answerPanel(request, options)
}

function whenAsked(open: () => Promise<Handler>): Handler {
  let opened: Promise<Handler> | null = null
  return async (request) => (await (opened ??= open()))(request)
}
