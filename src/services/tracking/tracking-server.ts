// A worker's part of the web server for unsubscribing, opens and clicks: listens at tracking.listen and tracking.tls_listen, and answers.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Ms } from '../../base/brand.ts'
import type { MailEvent } from '../../contract/events.ts'
import type { Settings } from '../../contract/settings.ts'
import type { SentLookup } from '../../engine/ports/feedback.ts'
import { Tracker } from '../../engine/tracking/tracker.ts'
import type { WebListener } from '../../net/web/web-listener.ts'
import { type Launch, placesOf } from '../launch.ts'
import { HostCertificates } from './host-certificates.ts'

export interface TrackingServer {
  /** Opens and clicks that could not be told. */
  readonly dropped: number
  /** Accepts no more, answers what was asked, and tells what is still to be told. */
  close(grace: Ms): Promise<void>
}

export interface TrackingParts {
  readonly launch: Launch
  readonly settings: () => Settings
  readonly sent: SentLookup
  readonly tell: (events: readonly MailEvent[]) => Promise<void>
  readonly log: Log
}

/** Rejects where an address cannot be listened at, or there is no certificate. Where none is named it costs nothing. */
export async function openTracking({ launch, settings, sent, tell, log }: TrackingParts): Promise<TrackingServer> {
  const { config, slots } = launch
  const [plain, secure] = [placesOf(launch, 'tracking.listen'), placesOf(launch, 'tracking.tls_listen')]
  if (plain.length + secure.length === 0) return { dropped: 0, close: async () => {} }
  const { openWebListener } = await import('../../net/web/web-listener.ts')
  const tracker = new Tracker({ settings, clock: systemClock, log, tell, sent })
  using opened = new DisposableStack()
  const listeners: WebListener[] = []
  const common = {
    purpose: 'tracking',
    connections: Math.ceil(config['tracking.connections'] / slots),
    connectionsPerAddress: config['tracking.connections_per_address'],
    answer: tracker.answer.bind(tracker),
    clock: systemClock,
    log,
  }
  const proxyFrom = config['tracking.proxy_from']
  for (const on of plain) listeners.push(await openWebListener({ ...common, on, context: null, proxyFrom }))
  if (secure.length > 0) {
    const certificates = opened.use(new HostCertificates(launch, log))
    const context = certificates.contextFor.bind(certificates)
    for (const on of secure) listeners.push(await openWebListener({ ...common, on, context, proxyFrom: [] }))
  }
  const held = opened.move()
  return {
    get dropped() {
      return tracker.visits.dropped
    },
    close: async (grace) => {
      await Promise.all(listeners.map((listener) => listener.close(grace)))
      held.dispose()
      await tracker.visits.stop()
    },
  }
}
