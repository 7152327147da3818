// The calls of the injection listener, put together.
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Injector } from '../../engine/accept/injector.ts'
import { InjectionApi } from './api.ts'
import { type FindTemplate, TemplateShelf } from './filled.ts'
import { MessageIntake } from './intake.ts'
import { KeyCheck } from './keys.ts'
import { messageRoutes } from './messages.ts'
import { openapiRoute } from './openapi.ts'
import { previewRoute } from './preview.ts'
import { VENDORS, vendorRoutes } from './vendors/routes.ts'

export interface ApiParts {
  readonly settings: () => Settings
  readonly injector: Injector
  readonly findTemplate: FindTemplate
  readonly config: Config
  readonly clock: Clock
  readonly version: string
  readonly log: Log
}

export function openApi({ settings, injector, findTemplate, config, clock, version, log }: ApiParts): InjectionApi {
  const shelf = new TemplateShelf(findTemplate, settings)
  const around = { keys: new KeyCheck(settings, injector), intake: new MessageIntake(injector, shelf, clock.now) }
  const most = config['inject.request_size']
  const routes = [
    ...messageRoutes(around),
    openapiRoute(version),
    previewRoute({ keys: around.keys, shelf }),
    ...vendorRoutes({ ...around, now: clock.now, most }),
  ]
  return new InjectionApi({ routes, families: VENDORS, most, mayTry: (client) => injector.lockedOut(client), log })
}
