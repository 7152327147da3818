// Webhooks of a desk: what its thread needs to know of the home and the configuration.
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { keyFile, masterFile, webhooksFile } from '../../lifecycle/home-files.ts'
import type { CommittedFeed } from '../following/committed-feed.ts'
import { hostNameOf } from '../host-name.ts'
import type { Launch } from '../launch.ts'
import { WebhookDesk } from './webhook-desk.ts'

export interface WebhookSurroundings {
  readonly launch: Launch
  readonly settings: SettingsStore
  readonly feed: CommittedFeed
  readonly facts: AlarmFacts
  readonly log: Log
}

const DAY: Ms = 86_400_000

/** Where no account has one, it costs a look at the settings. */
export function openWebhooks({ launch: { home, config }, settings, feed, facts, log }: WebhookSurroundings): WebhookDesk {
  const data = {
    file: webhooksFile(home),
    events: join(home, 'events'),
    settings: { file: masterFile(home), keyFile: keyFile(home, config) },
    installation: settings.installation(),
    allowPrivate: config['webhooks.allow_private'],
    memory: config['webhooks.memory'],
    keptFor: config['webhooks.log_days'] * DAY,
    dns: { servers: config['dns.servers'], timeout: config['dns.timeout'] },
    hostName: hostNameOf(config),
    listeners: config['smtp.listen'],
  }
  return new WebhookDesk({ data, settings: settings.webhooks, feed, facts, clock: systemClock, log })
}
