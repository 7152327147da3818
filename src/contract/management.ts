// The management API as data: every operation has a route here, or a reason why it has none. Dispatcher, OpenAPI document, client, reference
// and tests are made of this table.
import { ACCESS_ROUTES, OWN_ROUTES } from './management/access.ts'
import { ALARM_ROUTES } from './management/alarms.ts'
import { ACCOUNT_ROUTES } from './management/accounts.ts'
import { AUDIT_ROUTES } from './management/audit.ts'
import { DATA_ROUTES } from './management/data.ts'
import { DELIVERY_ROUTES } from './management/delivery.ts'
import { DOMAIN_ROUTES } from './management/domains.ts'
import { LIFECYCLE_ROUTES } from './management/lifecycle.ts'
import { KEPT_ROUTES } from './management/kept.ts'
import { MILTER_ROUTES } from './management/milters.ts'
import { PLUGIN_ROUTES } from './management/plugins.ts'
import { MAIL_ROUTES } from './management/mail.ts'
import { LOGIN_PROVIDER_ROUTES, PROVIDER_ROUTES } from './management/providers.ts'
import { QUEUE_ROUTES } from './management/queue.ts'
import { REPORT_ROUTES } from './management/reports.ts'
import { READING_ROUTES } from './management/readings.ts'
import { TOOL_ROUTES } from './management/tools.ts'
import { WEBHOOK_ROUTES } from './management/webhooks.ts'
import type { PersonalRoute, Route } from './management/route.ts'
import type { OperationName } from './operations.ts'

const TABLE = [
  ...ALARM_ROUTES,
  ...ACCOUNT_ROUTES,
  ...DOMAIN_ROUTES,
  ...DELIVERY_ROUTES,
  ...QUEUE_ROUTES,
  ...MAIL_ROUTES,
  ...DATA_ROUTES,
  ...REPORT_ROUTES,
  ...KEPT_ROUTES,
  ...READING_ROUTES,
  ...LIFECYCLE_ROUTES,
  ...ACCESS_ROUTES,
  ...PROVIDER_ROUTES,
  ...AUDIT_ROUTES,
  ...TOOL_ROUTES,
  ...WEBHOOK_ROUTES,
  ...MILTER_ROUTES,
  ...PLUGIN_ROUTES,
] as const

export const ROUTES: readonly Route[] = TABLE

export const PERSONAL_ROUTES: readonly PersonalRoute[] = [...OWN_ROUTES, ...LOGIN_PROVIDER_ROUTES]

type Row = (typeof TABLE)[number]
type Served = Row['operation']

/** Method and path of a route. */
export type RouteName = Row extends infer One ? (One extends Row ? `${One['method']} ${One['path']}` : never) : never

/** Operations that are nobody's outside, and why. An operation with neither a route nor a reason does not compile. */
export const NOT_SERVED = {
  'messages.known': 'Workers and restores ask it among themselves.',
  'reports.take': 'Workers hand in what they read with it.',
  'sent.find': 'Workers ask by the numbers that their tokens name; people search by address.',
  'sources.checked': 'A check of the network on this machine hands in what it found with it.',
} as const satisfies Readonly<Record<Exclude<OperationName, Served>, string>>

/** Below which the routes are. */
export const API_BASE = '/api/v1'

/** How long a second factor that was shown, or the password of who has none, holds for what asks for a fresh one. */
export const FRESH_FOR = 10 * 60_000

export const PAGES = { usual: 100, most: 1000 } as const
