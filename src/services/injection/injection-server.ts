// A worker's part of the listeners for injection: inject.listen and inject.tls_listen. What answers is loaded with the first call, as many a
// server is never called.
import type { Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Injector } from '../../engine/accept/injector.ts'
import type { Answered, WebListener, WebRequest } from '../../net/web/web-listener.ts'
import type { FindTemplate } from '../../api/inject/filled.ts'
import { type Launch, placesOf } from '../launch.ts'
import { certificateOf } from '../listeners.ts'

export interface InjectionServer {
  /** Accepts no more; calls under way are answered. */
  close(grace: Ms): Promise<void>
}

export interface InjectionParts {
  readonly launch: Launch
  readonly settings: () => Settings
  readonly injector: Injector
  readonly findTemplate: FindTemplate
  readonly log: Log
}

/** For a call: header, whole, and silence while it is sent. A large one over a thin line takes its time. */
const PATIENCE = { header: 10_000, request: 120_000, silence: 60_000 }

/** Rejects where an address cannot be listened at. Where none is named it costs nothing. */
export async function openInjection({ launch, settings, injector, findTemplate, log }: InjectionParts): Promise<InjectionServer> {
  const { config, slots } = launch
  const [plain, secure] = [placesOf(launch, 'inject.listen'), placesOf(launch, 'inject.tls_listen')]
  if (plain.length + secure.length === 0) return { close: async () => {} }
  const { openWebListener } = await import('../../net/web/web-listener.ts')
  using opened = new DisposableStack()
  const listeners: WebListener[] = []
  let api: Promise<{ handle(request: WebRequest): Promise<Answered> }> | null = null
  const common = {
    purpose: 'injection',
    connections: Math.ceil(config['inject.connections'] / slots),
    connectionsPerAddress: config['inject.connections_per_address'],
    room: Math.max(config['inject.request_size'], config['spool.memory'] / 2),
    handle: async (request: WebRequest) => {
      api ??= import('../../api/inject/open.ts').then(({ openApi }) =>
        openApi({ settings, injector, findTemplate, config, clock: systemClock, version: launch.version, log }),
      )
      return (await api).handle(request)
    },
    clock: systemClock,
    log,
    patience: PATIENCE,
  }
  for (const on of plain) listeners.push(await openWebListener({ ...common, on, context: null, proxyFrom: config['inject.proxy_from'] }))
  if (secure.length > 0) {
    const certificate = opened.use(certificateOf(launch, log))
    const tls = { context: () => certificate.context, nameless: () => certificate.options, proxyFrom: [] }
    for (const on of secure) listeners.push(await openWebListener({ ...common, ...tls, on }))
  }
  const held = opened.move()
  return {
    close: async (grace) => {
      await Promise.all(listeners.map((listener) => listener.close(grace)))
      held.dispose()
    },
  }
}
